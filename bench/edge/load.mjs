// Load: as fast as answers come, or at a pace.
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection, requestOf } from "./client.mjs";

/// workerd closes a connection that nobody uses for five seconds.
const USABLE_FOR = 2_500;

/// Asks one variant, and looks whether its answers are right.
export class Client {
  constructor(port, variant, { connections = 0, accounts }) {
    Object.assign(this, { port, variant, count: connections });
    this.requests = Array.from({ length: accounts }, (_, account) => requestOf(account));
    this.next = 0;
    this.idle = [];
    this.failures = [];
  }

  /// The first request of each account.
  async begin() {
    const { variant } = this;
    const connection = await Connection.to(this.port);
    for (const request of this.requests) {
      const { status, body } = await connection.ask(request);
      if (status !== (variant.first ?? variant.status ?? 200)) throw new Error(`${variant.name} answers its first request with ${status} ${body}`);
    }
    connection.close();
  }

  /// Sends requests on all connections for so many seconds, each as soon as the last one is answered. How many were, in
  /// how many ms, and how long each took.
  rush(seconds) {
    return this.run((ms) => ms < seconds * 1_000);
  }

  /// The same with one request of each of so many accounts, from where the last walk has ended on.
  walk(accounts = this.requests.length) {
    let left = accounts;
    return this.run(() => left-- > 0);
  }

  /// The same for as long as there is `more`, which is told the ms since the first.
  async run(more) {
    const took = [];
    const connections = await Promise.all(Array.from({ length: this.count }, () => Connection.to(this.port)));
    const began = performance.now();
    await Promise.all(connections.map((connection) => new Promise((done) => {
      const ask = () => more(performance.now() - began) ? connection.send(this.request(), answered) : done();
      const answered = (error, answer, ms) => {
        if (!error) took.push(ms);
        if (this.isRight(error, answer)) ask();
        else done();
      };
      ask();
    })));
    const ms = performance.now() - began;
    for (const connection of connections) connection.close();
    return { requests: took.length, ms, took };
  }

  /// Sends so many requests a second for so many seconds, at random as independent clients send them, on as many
  /// connections as that takes. How many were sent, and how many of them refused because a lane was full.
  async pace(perSecond, seconds) {
    const answers = [];
    const end = performance.now() + seconds * 1_000;
    for (let next = performance.now(); next < end; next -= (Math.log(1 - Math.random()) * 1_000) / perSecond) {
      await sleep(Math.max(0, next - performance.now()));
      answers.push(this.one());
    }
    const refused = (await Promise.all(answers)).filter(Boolean);
    return { requests: answers.length, refused: refused.length };
  }

  /// One request on a connection that nobody uses; whether a full lane refused it.
  async one() {
    const connection = await this.connection();
    const answer = await connection.ask(this.request()).catch((error) => void this.isRight(error));
    this.idle.push(connection);
    const isRefused = answer?.status === 429 && this.variant.status !== 429;
    if (answer && !isRefused) this.isRight(undefined, answer);
    return isRefused;
  }

  request() {
    this.next = (this.next + 1) % this.requests.length;
    return this.requests[this.next];
  }

  /// Takes note of what is not.
  isRight(error, answer) {
    const { status = 200, says } = this.variant;
    if (answer?.status === status && answer.body.includes(says) && answer.body.endsWith("}")) return true;
    this.failures.push(error ? error.message : `${answer.status} ${answer.body}`);
    return false;
  }

  /// One that has just been used, or a new one.
  async connection() {
    const last = this.idle.pop();
    if (last && performance.now() - last.began < USABLE_FOR) return last;
    last?.close();
    return Connection.to(this.port);
  }

  /// What `path` says.
  async told(path) {
    const connection = await Connection.to(this.port);
    const { body } = await connection.ask(requestOf(0, path));
    connection.close();
    return JSON.parse(body);
  }

  close() {
    for (const connection of this.idle) connection.close();
  }
}
