// What is asked again and again, unless nobody looks.

/// Calls `ask` at once and then every `ms` after it has ended, not while the page is hidden or `isPaused` says so, until the signal ends it.
/// Gives what asks at once.
export function every(ms, signal, isPaused, ask) {
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
