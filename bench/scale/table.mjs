// What was measured, as tables in Markdown.
const whole = (value) => (Number.isFinite(value) ? Math.round(value).toLocaleString("en") : "-");
const exact = (digits) => (value) => value?.toFixed(digits) ?? "-";
const quartiles = (of) => ({ median, low, high }) => `${of(median)} (${of(low)} to ${of(high)})`;

/// Each column's head, and its cell of a line.
const COLUMNS = {
  core: [
    ["limits", ({ limits }) => limits], ["accounts", ({ accounts }) => whole(accounts)], ["bytes, resumed", ({ bytes_resumed }) => whole(bytes_resumed)],
    ["bytes, in use", ({ bytes_used }) => whole(bytes_used)], ["bytes of the row", ({ row_bytes }) => whole(row_bytes)],
    ["decision, ns", ({ decision_ns }) => quartiles(whole)(decision_ns)], ["resuming, ns", ({ resume_ns }) => quartiles(whole)(resume_ns)],
  ],
  pace: [
    ["requests/s of the account", ({ per_second }) => per_second.toLocaleString("en")], ["rows per request", ({ rows }) => exact(4)(rows)],
    ["seconds awake per request", ({ awake_seconds }) => exact(4)(awake_seconds)], ["USD per million", ({ price }) => exact(2)(price)],
  ],
  accounts: [
    ["Worker", ({ label }) => label], ["accounts", ({ accounts }) => whole(accounts)], ["requests/s, new", ({ per_second }) => whole(per_second.first)], ["awake", ({ per_second }) => whole(per_second.awake)],
    ["asleep", ({ per_second }) => whole(per_second.resumed)], ["KiB each, awake", ({ awake_bytes }) => exact(1)(awake_bytes / 1_024)],
    ["after sleep", ({ asleep_bytes }) => exact(1)(asleep_bytes / 1_024)], ["open files, awake", ({ open_files }) => whole(open_files.awake)],
    ["asleep", ({ open_files }) => whole(open_files.asleep)], ["files", ({ files }) => whole(files)], ["KiB on disk each", ({ accounts, disk_bytes }) => exact(1)(disk_bytes / 1_024 / accounts)],
    ["bytes of a row", ({ rows, row_bytes }) => whole(row_bytes / rows)],
  ],
  hot: [
    ["accounts", ({ accounts }) => whole(accounts)], ["requests/s", ({ per_second }) => quartiles(whole)(per_second)], ["of one account", ({ ratio }) => quartiles(exact(2))(ratio)],
    ["p50, p99 (ms)", ({ latency_ms: { p50, p99 } }) => `${exact(1)(p50)}, ${exact(1)(p99)}`], ["CPU ms", ({ cpu_ms }) => exact(3)(cpu_ms)], ["cores", ({ cores }) => exact(2)(cores)],
    ["object's own ms", ({ object_ms }) => exact(4)(object_ms)], ["an object is busy", ({ object_share }) => `${exact(1)(100 * object_share)} %`],
  ],
  policies: [
    ["what", ({ what }) => what], ["how many", ({ size }) => whole(size)], ["KiB of policy", ({ bytes }) => exact(1)(bytes / 1_024)], ["requests/s", ({ per_second }) => quartiles(whole)(per_second)],
    ["of the smallest", ({ ratio }) => quartiles(exact(2))(ratio)], ["p50 (ms)", ({ p50_ms }) => exact(1)(p50_ms)], ["CPU ms", ({ cpu_ms }) => exact(3)(cpu_ms)],
  ],
  cold: [
    ["Worker", ({ label }) => label], ["until it listens, ms", ({ listen_ms }) => quartiles(whole)(listen_ms)], ["first answer", ({ first_ms }) => quartiles(exact(1))(first_ms)],
    ["next ones", ({ next_ms }) => quartiles(exact(1))(next_ms)], ["start to first answer", ({ all_ms }) => quartiles(whole)(all_ms)],
    ["more than the pass-through", ({ more_ms }) => quartiles(whole)(more_ms)], ["Wasm KiB, gzip", ({ wasm }) => (wasm ? `${whole(wasm.bytes / 1_024)}, ${whole(wasm.gzip / 1_024)}` : "-")],
    ["compiled by node, ms", ({ wasm }) => (wasm ? quartiles(exact(1))(wasm.compile_ms) : "-")],
  ],
};

/// The table of a part.
export const tableOf = (part, lines) => markdown(COLUMNS[part].map(([head]) => head), lines.map((line) => COLUMNS[part].map(([, cell]) => cell(line))));

/// Rows of cells below their heads.
export const markdown = (heads, rows) => [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
