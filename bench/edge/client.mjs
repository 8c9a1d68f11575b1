// A lean HTTP/1.1 client: bare sockets, kept alive, one request each at a time, always the same bytes.
import { once } from "node:events";
import net from "node:net";
import { performance } from "node:perf_hooks";
import { keyOf, PATH } from "./variants.mjs";

/// Whoever waits longer for an answer, in ms, waits for nothing.
const ANSWER_WITHIN = 20_000;

/// What `account` asks for, as bytes.
export function requestOf(account, path = PATH) {
  const fields = { Host: "api.example.com", "X-Api-Key": keyOf(account), Accept: "application/json", "User-Agent": "bench/1" };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

/// A connection that answers are read from, one at a time.
export class Connection {
  static async to(port) {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Connection(socket);
  }

  constructor(socket) {
    this.socket = socket;
    this.received = "";
    socket.on("data", (data) => this.read(data));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("the connection was closed")));
    socket.setTimeout(ANSWER_WITHIN, () => this.answered && socket.destroy(new Error(`no answer in ${ANSWER_WITHIN} ms`)));
  }

  /// Sends a request; `answered(error, answer, ms)` is called once.
  send(bytes, answered) {
    this.answered = answered;
    this.began = performance.now();
    if (this.socket.destroyed) this.fail(new Error("the connection was closed before"));
    else this.socket.write(bytes);
  }

  /// The same as a promise of { status, body, ms }.
  ask(bytes) {
    return new Promise((resolve, reject) => {
      this.send(bytes, (error, answer, ms) => (error ? reject(error) : resolve({ ...answer, ms })));
    });
  }

  read(data) {
    this.received += data.latin1Slice();
    const answer = answerIn(this.received);
    if (!answer) return;
    this.received = "";
    this.end(undefined, answer, performance.now() - this.began);
  }

  fail(error) {
    this.end(error);
  }

  end(...outcome) {
    const { answered } = this;
    this.answered = undefined;
    answered?.(...outcome);
  }

  close() {
    this.answered = undefined;
    this.socket.destroy();
  }
}

/// The answer that a text is, if it is there whole: nothing can follow it, since one request is sent at a time.
export function answerIn(text) {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const status = Number(text.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head));
  if (length) {
    const body = text.slice(head + 4);
    return body.length < Number(length[1]) ? undefined : { status, body };
  }
  return text.endsWith("\r\n0\r\n\r\n") ? { status, body: unchunked(text.slice(head + 4)) } : undefined;
}

function unchunked(text) {
  let body = "";
  for (let at = 0; ;) {
    const line = text.indexOf("\r\n", at);
    const length = Number.parseInt(text.slice(at, line), 16);
    if (!(length > 0)) return body;
    body += text.slice(line + 2, line + 2 + length);
    at = line + 2 + length + 2;
  }
}
