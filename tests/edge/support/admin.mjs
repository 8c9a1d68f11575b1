// Operations on accounts, as whoever bills them says them.
import { send } from "./client.mjs";

/// The admin token of gates that have one.
export const ADMIN = "an admin token for tests, longer than 32 bytes";

/// Says an operation on `what`, such as "acme/plan".
export const admin = (gate, method, what, body, token = ADMIN) =>
  send(gate.url, { method, path: `/_headgate/accounts/${what}`, headers: { authorization: `Bearer ${token}` }, body: body && JSON.stringify(body) });
