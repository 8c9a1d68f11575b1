// A slow report: the answer begins at once and lasts for rows × interval.
import { wholeNumber } from "./parameters.js";
import { refuse, textStream } from "./respond.js";

export function report({ url, params }) {
  if (!/^[\w-]{1,64}$/.test(params.id)) refuse(404, "report_not_found", "A report's id is 1 to 64 letters, digits, - or _");
  const rows = wholeNumber(url, "rows", { min: 1, max: 10_000, fallback: 10 });
  const interval = wholeNumber(url, "interval", { min: 0, max: 60_000, fallback: 200 });
  return textStream(reportLines(params.id, rows, interval), "text/csv; charset=utf-8");
}

async function* reportLines(id, rows, interval) {
  yield "report,row,sold,revenue\n";
  for (let row = 1; row <= rows; row++) {
    await scheduler.wait(interval);
    const sold = (row * 37) % 101;
    yield `${id},${row},${sold},${sold * 45}\n`;
  }
}
