// What the gate is asked, and the token that it is asked with. The token is kept here, and at most until the tab is closed.

const PREFIX = "/_headgate/";
const PLACE = "headgate-token";

let token = null;

/// What the gate refused, or could not do.
export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

/// What happens when the gate does not take the token any more.
export const session = { ended: () => {}, scope: null };

/// Whether there may be changes.
export const mayChange = () => session.scope === "write";

/// The token that the tab has kept.
export const keptToken = () => stored((store) => store.getItem(PLACE)) ?? null;

/// Takes a token, if the gate does; fails if not.
export async function signIn(said, keeps) {
  token = said;
  try {
    session.scope = (await read("token")).scope;
  } catch (error) {
    token = null;
    throw error;
  }
  stored((store) => (keeps ? store.setItem(PLACE, said) : store.removeItem(PLACE)));
}

export function signOut() {
  token = null;
  session.scope = null;
  stored((store) => store.removeItem(PLACE));
}

// Browsers may be told to keep nothing.
function stored(use) {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}

/// The path of an account, or of a part of it.
export const accountPath = (account, ...parts) => ["accounts", ...[account, ...parts].map(encodeURIComponent)].join("/");

export const read = (path) => call("GET", path);

/// The same, but null from a gate that does not know the path.
export const readIfKnown = (path) => read(path).catch((error) => {
  if (error.status === 404) return null;
  throw error;
});

/// Asks the gate, with a body of text or JSON: its answer, or a failure with what it says is wrong.
export const call = (method, path, body) => answered(method, path, body, parsed);

/// The same for a text that is no JSON.
export const readText = (path) => answered("GET", path, undefined, (text) => text);

async function answered(method, path, body, reads) {
  const response = await sent(method, path, body);
  const text = await response.text();
  const answer = response.ok ? reads(text) : undefined;
  if (answer !== undefined) return answer;
  const { code = "unreadable", message = `The gate answered ${response.status}, and nothing that reads.` } = parsed(text)?.error ?? {};
  if (response.status === 401) session.ended();
  throw new Refused(response.status, code, message);
}

async function sent(method, path, body) {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  try {
    const headers = { Authorization: `Bearer ${token}` };
    return await fetch(PREFIX + path, { method, headers, body: text, cache: "no-store", credentials: "omit", redirect: "error" });
  } catch {
    throw new Refused(0, "unreachable", "The gate does not answer.");
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
