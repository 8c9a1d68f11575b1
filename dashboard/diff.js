// What differs between two texts, line by line.

/// Most pairs of lines that are compared one by one; of longer changes the whole is shown as replaced.
const MOST = 4_000_000;

/// The lines of both in order, each with "same", "gone" or "new".
export function diff(before, after) {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let [start, end] = [0, 0];
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1;
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const same = (line) => ({ kind: "same", line });
  const changed = between(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return [...a.slice(0, start).map(same), ...changed, ...a.slice(a.length - end).map(same)];
}

/// By the longest lines that both have in common, from a table of how long these are from each pair of places on.
function between(a, b) {
  const [gone, fresh] = [(line) => ({ kind: "gone", line }), (line) => ({ kind: "new", line })];
  if (a.length * b.length > MOST) return [...a.map(gone), ...b.map(fresh)];
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1] + 1 : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  const lines = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", line: a[i] });
      [i, j] = [i + 1, j + 1];
    } else if (j >= b.length || (i < a.length && common[(i + 1) * width + j] >= common[i * width + j + 1])) lines.push(gone(a[i++]));
    else lines.push(fresh(b[j++]));
  }
  return lines;
}

/// JSON as it is compared: each member on a line of its own. Another text stays as it is.
export function laidOut(text) {
  try {
    return `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
  } catch {
    return text;
  }
}

/// How many lines are shown round a change.
const ROUND = 3;

/// The lines near changes, in runs, each with the numbers of its lines before and after.
export function hunks(lines) {
  const isNear = new Array(lines.length).fill(false);
  lines.forEach(({ kind }, at) => {
    if (kind !== "same") isNear.fill(true, Math.max(0, at - ROUND), at + ROUND + 1);
  });
  const runs = [];
  let [before, after] = [0, 0];
  lines.forEach((it, at) => {
    if (it.kind !== "new") before += 1;
    if (it.kind !== "gone") after += 1;
    if (!isNear[at]) return;
    if (at === 0 || !isNear[at - 1]) runs.push([]);
    runs.at(-1).push({ ...it, number: it.kind === "gone" ? before : after });
  });
  return runs;
}
