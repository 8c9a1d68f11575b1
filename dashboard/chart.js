// Bars over time, and how much of a limit is used. Lengths are attributes of shapes: styles in place are not allowed here.
import { el, shape, table } from "./element.js";
import { clock, number } from "./words.js";

const [WIDTH, HEIGHT] = [600, 120];

/// Bars of several kinds upon each other, one for each of `count` steps of `step` ms up to `now`. `points` have `at` and a number of each
/// kind; what is not there is nought. `series` are [field, name] by turns, their classes `bar-1` and on. Beside it the same as a table.
export function bars({ title, series, points, now, step, count }) {
  const found = new Map(points.map((point) => [Math.floor(point.at / step), point]));
  const last = Math.floor(now / step);
  const steps = Array.from({ length: count }, (_, n) => last - count + 1 + n);
  const value = (at, field) => found.get(at)?.[field] ?? 0;
  const total = (at) => series.reduce((sum, [field]) => sum + value(at, field), 0);
  const most = Math.max(1, ...steps.map(total));
  const sums = series.map(([field, name]) => `${name.toLowerCase()} ${number(steps.reduce((sum, at) => sum + value(at, field), 0))}`);
  const drawn = steps.flatMap((at, n) => stack(series.map(([field]) => (value(at, field) / most) * HEIGHT), n, WIDTH / count));
  const rows = steps.filter((at) => found.has(at)).reverse().map((at) => [clock(at * step), ...series.map(([field]) => number(value(at, field)))]);
  return el("figure", {},
    el("figcaption", {}, el("span", {}, title), legend(series)),
    el("p", { class: "most" }, number(most)),
    shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `${title}: ${sums.join(", ")}.` }, drawn),
    el("p", { class: "axis" }, el("span", {}, clock(steps[0] * step)), el("span", {}, clock(last * step))),
    el("details", { "data-key": title }, el("summary", { "data-key": `${title} table` }, "As a table"),
      table(title, ["From", ...series.map(([, name]) => `#${name}`)], rows, "Nothing.")));
}

function stack(heights, at, width) {
  let top = HEIGHT;
  return heights.map((height, n) => {
    top -= height;
    return height > 0 && shape("rect", { class: `bar-${n + 1}`, x: (at + 0.1) * width, y: top, width: width * 0.8, height });
  });
}

const legend = (series) => el("span", { class: "legend" }, series.map(([, name], at) => {
  const sign = shape("rect", { class: `bar-${at + 1}`, width: 10, height: 10 });
  return el("span", {}, shape("svg", { viewBox: "0 0 10 10", width: 10, height: 10, "aria-hidden": "true" }, sign), ` ${name}`);
}));

/// How much is used, as a meter: of `most`, said as `text`.
export function meter(label, used, most, text) {
  const share = most > 0 ? Math.min(1, Math.max(0, used / most)) : 1;
  const level = share >= 1 ? "full" : share >= 0.8 ? "near" : "fine";
  const values = { "aria-label": label, "aria-valuemin": 0, "aria-valuemax": most, "aria-valuenow": Math.min(most, Math.max(0, used)), "aria-valuetext": text };
  return el("div", { role: "meter", class: "meter", ...values },
    shape("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
      shape("rect", { class: "track", width: 100, height: 6 }), shape("rect", { class: level, width: share * 100, height: 6 })));
}
