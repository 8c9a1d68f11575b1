import { json } from "./respond.js";

const LIFETIME_MS = 15 * 60 * 1000;

// Good as a holdToken; the demo keeps no record of it.
export function createSessionToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  const token = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
  const expiresAt = new Date(Date.now() + LIFETIME_MS).toISOString();
  return json({ token, expiresAt }, { status: 201 });
}
