// What is asked again and again, unless nobody looks.
import { button, el, replace } from "./element.js";
import { second } from "./words.js";

/// A place that shows what `look` gives as `shown`, asked every `ms` until the signal ends it, and a line that says as of when (`at`) and
/// can pause it. `look` gets what asks at once.
export function watched(ms, signal, look) {
  const place = el("div", { "aria-busy": "true" }, el("p", {}, "Looking …"));
  const asked = el("p", { class: "asked" });
  let isPaused = false;
  const load = async () => {
    try {
      const { shown, at } = await look(() => live.now());
      replace(place, shown);
      asked.textContent = at === undefined ? "" : `As of ${second(at)}.`;
    } catch (error) {
      asked.textContent = `${error.message} What is shown may be old.`;
    }
    place.removeAttribute("aria-busy");
  };
  const live = every(ms, signal, () => isPaused, load);
  const pause = button("Pause", () => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? "Go on" : "Pause";
    if (!isPaused) live.now();
  }, { key: "pause" });
  return { place, line: el("p", { class: "live" }, asked, pause) };
}

/// Calls `ask` at once and then every `ms` after it has ended, not while the page is hidden or `isPaused` says so, until the signal ends it.
/// Gives what asks at once.
function every(ms, signal, isPaused, ask) {
  let timer;
  let asking;
  const run = async () => {
    clearTimeout(timer);
    await (asking ??= ask().finally(() => (asking = undefined)));
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(tick, ms);
  };
  const tick = () => {
    if (document.hidden || isPaused()) timer = setTimeout(tick, ms);
    else run();
  };
  const seen = () => !document.hidden && !isPaused() && run();
  document.addEventListener("visibilitychange", seen, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return { now: run, begun: run() };
}
