// The chart: a bar per variant, as long as its median of requests/s, and a line over the quartiles.
const [LEFT, WIDTH, BAR, GAP, TOP, RIGHT] = [240, 420, 18, 10, 34, 100];

const STYLE = `text { font: 13px system-ui, sans-serif; fill: #24292f; } .faint { fill: #57606a; } .grid { stroke: #d0d7de; }
    .other { fill: #8c959f; } .gate { fill: #1f6feb; } .spread { stroke: #24292f; stroke-width: 1.5; }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .faint { fill: #9198a1; } .grid { stroke: #3d444d; }
      .other { fill: #656c76; } .gate { fill: #4493f8; } .spread { stroke: #e6edf3; } }`;

/// The chart as SVG, readable on light and on dark ground.
export function chart({ machine, variants }) {
  const step = stepOf(Math.max(...variants.map(({ per_second }) => per_second.high)));
  const most = step * Math.ceil(Math.max(...variants.map(({ per_second }) => per_second.high)) / step);
  const x = (value) => LEFT + (value / most) * WIDTH;
  const bottom = TOP + variants.length * (BAR + GAP);
  const ticks = Array.from({ length: Math.round(most / step) + 1 }, (_, at) => at * step);
  const [width, height] = [LEFT + WIDTH + RIGHT, bottom + 44];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
  <title id="title">Requests per second of each variant: the median, and the quartiles as a line</title>
  <style>
    ${STYLE}
  </style>
  <text x="${LEFT}" y="16">requests/s, 16 connections: median and quartiles</text>
${ticks.map((tick) => `  <line class="grid" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${TOP - 6}" y2="${bottom}"/>
  <text class="faint" x="${at(x(tick))}" y="${bottom + 16}" text-anchor="middle">${tick}</text>`).join("\n")}
${variants.map((variant, row) => bar(variant, TOP + row * (BAR + GAP), x)).join("\n")}
  <text class="faint" x="0" y="${height - 6}">${escaped(`${machine.cores} x ${machine.cpu}, workerd ${machine.workerd}`)}</text>
</svg>
`;
}

function bar({ name, label, per_second: { median, low, high } }, y, x) {
  const [middle, kind] = [y + BAR / 2, name.startsWith("headgate") ? "gate" : "other"];
  return `  <text x="${LEFT - 10}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>
  <rect class="${kind}" x="${LEFT}" y="${y}" width="${at(x(median) - LEFT)}" height="${BAR}"/>
  <line class="spread" x1="${at(x(low))}" x2="${at(x(high))}" y1="${middle}" y2="${middle}"/>
  <text x="${at(x(high) + 8)}" y="${middle + 4}">${median.toFixed(0)}</text>`;
}

/// A step of 1, 2 or 5 times a power of ten that makes four to ten of the whole.
function stepOf(most) {
  const power = 10 ** Math.floor(Math.log10(most / 4));
  return [5, 2, 1].map((times) => times * power).find((step) => most / step >= 4);
}

const at = (value) => value.toFixed(1);
const escaped = (text) => text.replace(/[&<>]/g, (letter) => `&#${letter.codePointAt(0)};`);
