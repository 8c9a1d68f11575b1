// What was measured, as data and as a table.
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/tools.mjs";
import { marks, ratio } from "./marks.mjs";
import { price, quantile, spread } from "./numbers.mjs";

/// The result of a run, as it goes into the JSON file.
export function resultOf(variants, settings, rates, costs) {
  const lines = variants.map((variant) => lineOf(variant, rates, costs));
  const of = (name) => {
    const line = lines.find((it) => it.name === name);
    return line && { ...line, rates: rates.get(name).rates };
  };
  return { machine: machine(), settings, variants: lines, marks: marks(of), failures: lines.flatMap(({ failures }) => failures) };
}

function lineOf({ name, label, base }, rates, costs) {
  const [{ took, requests, cpu, clientCpu, failures, ...of }, cost] = [rates.get(name), costs.get(name)];
  return {
    name, label, requests,
    per_second: spread(of.rates),
    ratio: rates.has(base) ? { of: base, ...ratio(of, rates.get(base)) } : null,
    latency_ms: { p50: quantile(took, 0.5), p90: quantile(took, 0.9), p99: quantile(took, 0.99) },
    cpu_ms: Number.isNaN(cpu) ? null : cpu / requests,
    client_cpu_ms: clientCpu / requests,
    calls: cost.calls, rows: cost.rows, reads: cost.reads, price: price(cost),
    failures: [...failures, ...cost.failures].map((failure) => `${name}: ${failure}`),
  };
}

/// What it was measured on.
export function machine() {
  const of = (name) => JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
  return { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, memory_gib: Math.round(totalmem() / 2 ** 30), kernel: release(), node: process.version,
    workerd: of("workerd"), load: loadavg()[0] };
}

const COLUMNS = [
  ["variant", 32, ({ label }) => label],
  ["requests/s", 11, ({ per_second }) => per_second.median.toFixed(0)],
  ["quartiles", 13, ({ per_second: { low, high } }) => `${low.toFixed(0)}-${high.toFixed(0)}`],
  ["ratio", 7, ({ ratio }) => ratio?.median.toFixed(2) ?? "-"],
  ["to", 12, ({ ratio }) => ratio?.of ?? "-"],
  ["p50 ms", 8, ({ latency_ms: { p50 } }) => p50.toFixed(1)],
  ["p90", 7, ({ latency_ms: { p90 } }) => p90.toFixed(1)],
  ["p99", 7, ({ latency_ms: { p99 } }) => p99.toFixed(1)],
  ["CPU ms", 8, ({ cpu_ms }) => cpu_ms?.toFixed(3) ?? "-"],
  ["calls", 7, ({ calls }) => calls.toFixed(2)],
  ["rows", 8, ({ rows }) => rows.toFixed(4)],
  ["USD/million", 12, ({ price }) => price.toFixed(2)],
];

/// The result as lines of text.
export function table({ machine: { cpu, cores, load, node, workerd }, settings, variants, marks }) {
  const row = (cells) => cells.map((cell, at) => cell.padEnd(COLUMNS[at][1])).join("").trimEnd();
  const client = Math.max(...variants.map(({ client_cpu_ms, per_second }) => client_cpu_ms * per_second.median)) / 10;
  return [
    `${cores} x ${cpu}, load ${load.toFixed(1)}, node ${node}, workerd ${workerd}`,
    `${settings.rounds} rounds of ${settings.seconds} s each, ${settings.accounts} account(s); the client used ${client.toFixed(0)} % of a core at most`, "",
    row(COLUMNS.map(([name]) => name)), ...variants.map((variant) => row(COLUMNS.map(([, , cell]) => cell(variant)))), "",
    ...marks.map(({ what, sign, target, found, isMet }) => {
      const state = isMet === null ? "not measured" : isMet ? "met" : "not met";
      return `${what.padEnd(34)}${sign} ${String(target).padEnd(7)}${(found?.toFixed(3) ?? "-").padEnd(9)}${state}`;
    }),
  ];
}
