// The limiter that one writes in a dozen lines: a token bucket in memory, in one object per key, asked by RPC.
import { DurableObject } from "cloudflare:workers";

const [PER_MS, BURST] = [1_000, 1_000_000];

export class Bucket extends DurableObject {
  state = { left: BURST, at: Date.now() };

  take() {
    const now = Date.now();
    const left = Math.min(BURST, this.state.left + (now - this.state.at) * PER_MS);
    const passes = left >= 1;
    this.state = { left: passes ? left - 1 : left, at: now };
    return { passes, left: Math.floor(this.state.left) };
  }
}

/// The same, which a restart does not fill up again.
export class StoredBucket extends Bucket {
  constructor(context, env) {
    super(context, env);
    context.blockConcurrencyWhile(async () => (this.state = (await context.storage.get("bucket")) ?? this.state));
  }

  async take() {
    const taken = super.take();
    await this.ctx.storage.put("bucket", this.state);
    return taken;
  }
}

export default {
  async fetch(request, { BUCKETS, ORIGIN }) {
    const key = request.headers.get("x-api-key");
    if (!key) return new Response("An API key is required.", { status: 401 });
    const { passes, left } = await BUCKETS.getByName(key).take();
    if (!passes) return new Response("Rate limit exceeded.", { status: 429, headers: { "retry-after": "1" } });
    const answer = await ORIGIN.fetch(request);
    const headers = new Headers(answer.headers);
    headers.set("x-ratelimit-limit", BURST);
    headers.set("x-ratelimit-remaining", left);
    headers.set("x-ratelimit-reset", Math.ceil((BURST - left) / PER_MS / 1_000));
    return new Response(answer.body, { status: answer.status, headers });
  },
};
