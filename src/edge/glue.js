// What takes many calls of the runtime and is one for Wasm, where each crossing costs more than what it does. No rule is
// in here: which headers, how long and what then, Rust says. Headers come and go as one text: name and value by turns, each
// on a line of its own, as no header holds a line end.

const LATE = "the origin is late";

/// The method, the URL and all headers of a request.
export function told(request) {
  let text = `${request.method}\n${request.url}`;
  for (const [name, value] of request.headers) text += `\n${name}\n${value}`;
  return text;
}

/// Whether an answer opens a socket, its status, and all its headers.
export function seen({ status, webSocket, headers }) {
  let text = `${webSocket ? "socket" : ""}\n${status}`;
  for (const [name, value] of headers) text += `\n${name}\n${value}`;
  return text;
}

/// Takes headers away and sets others: names, an empty line, and names and values, from that line on.
function rewrite(headers, lines, from) {
  let at = from;
  for (; lines[at] !== ""; at += 1) headers.delete(lines[at]);
  for (at += 2; at < lines.length; at += 2) headers.set(lines[at - 1], lines[at]);
}

/// An answer of the gate's own.
export function own(status, text, body) {
  const headers = {};
  const lines = text.split("\n");
  for (let at = 2; at < lines.length; at += 2) {
    const [name, value] = [lines[at - 1], lines[at]];
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  return new Response(body, { status, headers });
}

/// A file of the dashboard, which lies beside Wasm; undefined if there is none of that name.
export const page = (request, name, prefix) => globalThis.headgatePage?.(request, name, prefix);

/// An answer made of a body and of an answer, or what stands for one, with other headers.
export function passed(body, init, changes, exposed) {
  const response = new Response(body, init);
  rewrite(response.headers, changes.split("\n"), 0);
  if (exposed) response.headers.append("Access-Control-Expose-Headers", exposed);
  return response;
}

/// A request as it goes on, made of a request, or of what stands for one: its URL on a line, then what changes of its
/// headers. One text instead of three, since each costs.
export function forwarded(init, text) {
  const lines = text.split("\n");
  const request = new Request(lines[0], init);
  rewrite(request.headers, lines, 1);
  return request;
}

/// Sends a request on; undefined if no answer comes in time. With a controller the call can be aborted, as it is then, and the answer's body comes as it is on the wire. Without, the call ends with the request that it is for,
/// and there is nothing to say beside the request, which is dear to say.
export function send(to, request, controller, ms, wake, id) {
  const init = controller && { signal: controller.signal, encodeResponseBody: "manual" };
  limited(() => to.fetch(request, init), ms, () => controller?.abort(LATE), wake, id);
}

/// Says a message to the object of a name; undefined if no answer comes in time.
export function ask(objects, name, message, ms, wake, id) {
  limited(() => objects.getByName(name).answer(message), ms, () => {}, wake, id);
}

function limited(call, ms, stop, wake, id) {
  let timer;
  const settle = (isKept, value) => {
    clearTimeout(timer);
    tell(wake, id, isKept, value);
  };
  try {
    timer = setTimeout(() => {
      stop();
      tell(wake, id, true, undefined);
    }, ms);
    call().then((value) => settle(true, value), (error) => settle(false, error));
  } catch (error) {
    settle(false, error);
  }
}

/// Calls back after a while; the timer, which may be cleared.
export const after = (ms, wake, id) => setTimeout(tell, ms, wake, id, true);

/// An exchange that holds a slot. What aborts it is all here, so that it does when Wasm is lost in a panic.
export class Exchange {
  constructor(request, gone, lost) {
    this.controller = new AbortController();
    this.lost = lost;
    this.end = (how) => this.over(how);
    const abort = () => this.controller.abort(gone);
    const { signal } = request;
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort);
  }

  /// Waits for its end: how it ended, or, if that takes longer than `ms`, an error. Is it not waited for again, it is
  /// aborted `rest` ms later, and no later than that where the first timer was late.
  wait(ms, rest, wake, id) {
    clearTimeout(this.timer);
    if (this.ended) return tell(wake, id, true, this.ended.how);
    this.wake = (isOver, how) => tell(wake, id, isOver, how);
    const ends = Date.now() + ms + rest;
    this.timer = setTimeout(() => {
      this.timer = setTimeout(() => this.controller.abort(this.lost), Math.max(0, ends - Date.now()));
      this.wake(false);
    }, ms);
  }

  /// It has ended.
  over(how) {
    if (this.ended) return;
    this.ended = { how };
    clearTimeout(this.timer);
    this.wake?.(true, how);
  }

  /// It ends when a promise is settled.
  until(promise) {
    promise.then(this.end, this.end);
  }

  /// A body that goes on through a stream, of that length if it is known, until whose end the exchange lasts.
  piped(body, length) {
    const { readable, writable } = length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
    this.until(body.pipeTo(writable));
    return readable;
  }
}

const tasks = new FinalizationRegistry(({ forget, task }) => forget(task));

/// What wakes a task. When nothing can call it any more, the task is forgotten.
export function waker(come, forget, task) {
  const wake = (...what) => come(...what);
  tasks.register(wake, { forget, task });
  return wake;
}

/// Says what a promise comes to.
export function whenSettled(promise, wake, id) {
  promise.then((value) => tell(wake, id, true, value), (error) => tell(wake, id, false, error));
}

function tell(wake, id, isKept, value) {
  try {
    wake(id, isKept, value);
  } catch (error) {
    // A trap in Wasm, which is looked after as an error of the Worker's, not as a rejection that nobody handles.
    reportError(error);
  }
}

/// What KV holds under a name: text or null.
export const kvText = async (kv, name, seconds) => kv.get(name, { cacheTtl: seconds });

/// The same with what is known of it, as JSON.
export const kvEntry = async (kv, name) => JSON.stringify({ ...(await kv.getWithMetadata(name)), name });

/// Entries whose names begin alike, as JSON; with their texts or without.
export async function kvPage(kv, prefix, limit, cursor, whole) {
  const { keys, list_complete: isLast, cursor: next } = await kv.list({ prefix, limit, cursor });
  const values = whole && keys.length > 0 ? await kv.get(keys.map(({ name }) => name)) : new Map();
  const entries = keys.map(({ name, metadata }) => ({ name, metadata, value: values.get(name) }));
  return JSON.stringify({ entries, next: isLast ? null : next });
}

/// Puts an entry, for so many seconds if that is said.
export const kvPut = async (kv, name, text, seconds, metadata) => kv.put(name, text, { expirationTtl: seconds, metadata: metadata && JSON.parse(metadata) });

export const kvDelete = async (kv, name) => kv.delete(name);

/// Writes points, a list of them as JSON, to a dataset of Analytics Engine.
export function writePoints(dataset, points) {
  for (const point of JSON.parse(points)) dataset.writeDataPoint(point);
}
