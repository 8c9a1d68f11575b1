// Cold starts: from the start of a workerd process to its first answers, beside a Worker that only passes requests on.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { gzipSync } from "node:zlib";
import { root } from "../../scripts/tools.mjs";
import { Connection, requestOf } from "../edge/client.mjs";
import { quantile, spread } from "../edge/numbers.mjs";
import { startVariants } from "../edge/runtime.mjs";
import { named } from "../edge/variants.mjs";

const VARIANTS = named(["js-pass", "js-bucket", "headgate-one", "headgate-three"]);

/// Answers after the first that are looked at.
const NEXT = 20;

/// For each Worker: ms until the process listens, for its first answer and for one of the next, and until the first in all.
export async function cold({ starts }, say) {
  const [times, failures] = [new Map(VARIANTS.map(({ name }) => [name, []])), []];
  for (let start = 0; start < starts; start++) {
    for (const variant of VARIANTS) times.get(variant.name).push(await started(variant, failures));
    say(`start ${start + 1} of ${starts}`);
  }
  const [base, module] = [times.get("js-pass"), await wasm(starts)];
  const lines = VARIANTS.map(({ name, label, policy }) => {
    const own = times.get(name);
    const of = (what) => spread(own.map((time) => time[what]));
    return {
      name, label, listen_ms: of("listen"), first_ms: of("first"), next_ms: of("next"), all_ms: of("all"),
      more_ms: spread(own.map(({ all }, at) => all - base[at].all)), wasm: policy ? module : null,
    };
  });
  return { lines, failures };
}

async function started(variant, failures) {
  const runtime = await startVariants([variant], { accounts: 1, rate: 100 });
  try {
    const listen = performance.now() - runtime.began;
    const connection = await Connection.to(runtime.ports[variant.name]);
    const took = [];
    let all;
    for (let at = 0; at <= NEXT; at++) {
      const { status, body, ms } = await connection.ask(requestOf(0));
      all ??= performance.now() - runtime.began;
      if (status !== 200 || !body.includes(variant.says)) failures.push(`${variant.name}: ${status} ${body}`);
      took.push(ms);
    }
    connection.close();
    return { listen, first: took[0], next: quantile(took.slice(1), 0.5), all };
  } finally {
    await runtime.stop();
  }
}

/// How large the gate's Wasm is, in bytes, and how long this program compiles it, in ms: a hint, for the Worker's runtime is
/// another.
async function wasm(starts) {
  const bytes = readFileSync(join(root, "build", "index_bg.wasm"));
  const took = [];
  for (let start = 0; start < starts; start++) {
    const began = performance.now();
    await WebAssembly.compile(bytes);
    took.push(performance.now() - began);
  }
  return { bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, compile_ms: spread(took) };
}
