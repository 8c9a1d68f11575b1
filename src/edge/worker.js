// The Worker as the runtime sees it: the gate as a plain handler, which costs no object per request, and its objects as
// classes that are called without HTTP in between, which the runtime allows only of those that extend its own.
//
// What the build makes of the Rust part comes behind proxies that look after a Wasm instance that has panicked. They
// are gone through only then.
import { page } from "./pages.js";
import { DurableObject } from "cloudflare:workers";
import Guard, { AccountObject as Account, CollectorObject as Collector, Gateway, ShardObject as Shard } from "./index.js";

// Deep stacks are costly to take, and the runtime takes many.
Error.stackTraceLimit = 10;

const wasm = globalThis.__worker_init_state;
// Called from Wasm, whose own modules cannot import what lies beside them.
globalThis.headgatePage = page;

/// Calls into Wasm; a trap there means that the instance is to be made anew.
function entered(enter) {
  try {
    return enter();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) wasm.criticalError = true;
    throw error;
  }
}

const called = (Guarded) => class extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.make();
  }

  make() {
    const guarded = wasm.criticalError && new Guarded(this.ctx, this.env);
    this.machine = entered(() => new Guarded.prototype.constructor(this.ctx, this.env));
    this.instance = wasm.instanceId;
    if (guarded) guarded.free();
  }

  live() {
    if (wasm.criticalError || this.instance !== wasm.instanceId) this.make();
    return this.machine;
  }

  answer(message) {
    return entered(() => this.live().answer(message));
  }

  alarm() {
    return entered(() => this.live().alarm());
  }
};

export const AccountObject = called(Account);
export const ShardObject = called(Shard);
export const CollectorObject = called(Collector);
export default {
  fetch(request, env, ctx) {
    // Making one sees to it that there is an instance again.
    if (wasm.criticalError) new Guard(ctx, env);
    return entered(() => Gateway.fetch(request, env, ctx));
  },
};
