// Operations on accounts, as whoever bills them says them.
import { send } from "./client.mjs";

/// The admin token of gates that have one.
export const ADMIN = "an admin token for tests, longer than 32 bytes";

/// The token of gates that have one which may only look.
export const READER = "a reading token for tests, longer than 32 bytes";

/// Asks for what is below the gate's own path, such as "policy/versions"; a body that is no text is said as JSON.
export const ask = (gate, method, what, body, token = ADMIN) => send(gate.url, {
  method, path: `/_headgate/${what}`, headers: token ? { authorization: `Bearer ${token}` } : {},
  body: typeof body === "string" ? body : body && JSON.stringify(body),
});

/// Says an operation on an account, such as on "acme/plan".
export const admin = (gate, method, what, body, token = ADMIN) => ask(gate, method, `accounts/${what}`, body, token);

/// What a gate needs for both tokens.
export const TOKENS = { ADMIN_TOKEN: ADMIN, ADMIN_READ_TOKEN: READER };

/// Those of a gate's KV entries whose names begin with a text, in the order of their names.
export async function heldAs(gate, prefix) {
  const held = (await gate.heldInKv()).filter(({ key }) => key.startsWith(prefix));
  return held.sort((one, other) => (one.key < other.key ? -1 : 1));
}
