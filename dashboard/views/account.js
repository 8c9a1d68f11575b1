// One account: its limits, what it did, who holds slots, what was refused and why.
import { accountPath, mayChange, read, readIfKnown } from "../api.js";
import { bars, meter } from "../chart.js";
import { button, el, section, table } from "../element.js";
import { watched } from "../live.js";
import { count, instant, number, reason, second, span } from "../words.js";
import { endOverride, erase, exported, lift, override, reset, suspend, usage } from "./account_changes.js";
import { events, revoked, shadows } from "./account_parts.js";
import { reconcile } from "./account_repairs.js";

const EVERY = 3_000;
const LEASE = ["Lane", "#Age", "#Ends in, unless renewed", "Lease"];
const [MINUTE, HOUR] = [60_000, 3_600_000];

export function account(id, signal) {
  const { place, line } = watched(EVERY, signal, async (again) => {
    const [look, told, history] = await Promise.all([read(accountPath(id)), read(accountPath(id, "events")), readIfKnown(accountPath(id, "history"))]);
    const { hashes } = look.revoked_keys > 0 ? await read(accountPath(id, "revoked-keys")) : { hashes: [] };
    return { shown: shown(id, look, [history, told, hashes], again), at: look.now };
  });
  return [line, place];
}

function shown(id, look, [history, told, hashes], changed) {
  return [
    standing(id, look),
    actions(id, look, changed),
    section("Limits", gauges(id, look, changed)),
    section("Overrides", overrides(id, look, changed)),
    section("The last hour and day", history ? charts(id, look.now, history) : el("p", {}, "Not available: this gate does not keep what an account did.")),
    section("Slots in use", table("Leases, each of a request in flight", LEASE, look.leases.map(lease), "No request holds one.")),
    section("Refused lately", el("p", {}, "The latest that its object has refused, as long as that is awake."),
      table("Refusals, the newest first", ["When", "Why", "Limits"], look.refusals.map(refusal), "Nothing was.")),
    shadows(look.would_deny),
    events(id, told, changed),
    revoked(id, hashes, changed),
  ];
}

function standing(id, { plan, suspension, policy_version: version, revoked_keys: revoked }) {
  const why = suspension?.reason ? `: ${suspension.reason}` : "";
  const facts = [
    ["State", suspension ? el("strong", { class: "grave" }, `Suspended until ${instant(suspension.until)}${why}`) : "Not suspended"],
    ["Plan", [plan.plan ?? "none", plan.access_status && `, ${plan.access_status}`, plan.period_end && `, until ${plan.period_end}`]],
    ["Policy", `version ${version}`],
    ["Revoked keys", number(revoked)],
    ["Keys", el("a", { href: `#/keys?account=${encodeURIComponent(id)}`, "data-key": "keys" }, "in the directory")],
  ];
  return el("dl", { class: "brief" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function actions(id, look, changed) {
  const does = (act) => () => act().then((done) => done && changed());
  return el("p", { class: "actions" },
    mayChange() && button("Override a limit", does(() => override(id, look))),
    mayChange() && (look.suspension ? button("Lift the suspension", does(() => lift(id))) : button("Suspend", does(() => suspend(id, look)), { kind: "grave" })),
    button("Export", () => exported(id)),
    mayChange() && button("Erase", does(() => erase(id)), { kind: "grave" }));
}

const KINDS = { rate: ["left", "unit"], lane: ["free", "slot"], cap: ["left", "unit"] };

function gauges(id, look, changed) {
  if (look.limits.length === 0) return el("p", { class: "empty" }, "It has met no limit yet, or all of it is forgotten since.");
  return el("div", { class: "gauges" }, look.limits.map((limit) => gauge(id, look, limit, changed)));
}

function gauge(id, look, limit, changed) {
  const { limit: name, partition, kind, shadow, units, window_ms: window, remaining, next_ms: next, full_ms: full } = limit;
  const [free, one] = KINDS[kind] ?? KINDS.rate;
  const text = `${number(remaining)} of ${count(units, one)} ${free}`;
  const title = partition ? `${name}, part ${partition.slice(0, 8)}` : name;
  const instead = look.overrides.find((it) => it.limit === name);
  return el("article", { class: "gauge", "aria-label": title },
    el("h3", {}, title, instead && el("span", { class: "tag" }, "override"), shadow && el("span", { class: "tag" }, "shadow")),
    meter(title, units - remaining, units, text),
    el("p", {}, text, window !== null && kind === "rate" && `, per ${span(window)}`),
    el("p", { class: "small" }, remaining === 0 && next > 0 ? `The next comes in ${span(next)}. ` : "", full > 0 && kind === "rate" && `All are back in ${span(full)}.`),
    instead && el("p", { class: "small" }, units === instead.units ? "Overridden" : `${number(instead.units)} from the next request on,`,
      ` until ${instant(instead.until * 1_000)}.`),
    mayChange() && partition === null && el("p", { class: "actions" },
      button("Override", () => override(id, look, name).then((done) => done && changed()), { key: `override ${name}`, "aria-label": `Override ${name}` }),
      kind === "cap" && button("Reconcile", () => reconcile(id, name).then((done) => done && changed()), { key: `reconcile ${name}`, "aria-label": `Reconcile ${name}` }),
      kind === "rate" && button("Reset", () => reset(id, limit).then((done) => done && changed()), { key: `reset ${name}`, "aria-label": `Reset ${name}` })));
}

function overrides(id, look, changed) {
  const columns = ["Limit", "#Units", "Until"];
  const end = (limit) => () => endOverride(id, look, limit).then((done) => done && changed());
  const remove = (limit) => button("Remove", end(limit), { key: `remove ${limit}`, "aria-label": `Remove the override of ${limit}` });
  const row = ({ limit, units, until }) => [limit, number(units), instant(until * 1_000), ...(mayChange() ? [remove(limit)] : [])];
  return table("Limits that hold otherwise for a while", mayChange() ? [...columns, "Change"] : columns, look.overrides.map(row), "None: all holds as the policy says.");
}

function charts(id, now, { minutes, hours }) {
  const series = [["admitted", "Admitted"], ["denied", "Denied"]];
  return [el("div", { class: "columns" },
    bars({ title: "The last hour, by the minute", series, points: minutes, now, step: MINUTE, count: 60 }),
    bars({ title: "The last day, by the hour", series, points: hours, now, step: HOUR, count: 24 })),
  el("p", { class: "actions" }, button("Save usage as CSV", () => usage(id)))];
}

const lease = ({ lane, lease: id, age_ms: age, ends_in_ms: ends }) =>
  [lane, age === null ? "from before memory was lost" : span(age), span(ends), el("code", {}, id.slice(0, 12))];

function refusal({ at, why, limits }) {
  const told = limits.map(({ limit, remaining, wait_ms: wait }) =>
    el("li", {}, `${limit}: ${number(remaining)} left${wait > 0 ? `; free at ${second(at + wait)}, ${span(wait)} later` : ""}`));
  return [instant(at), reason(why), told.length > 0 && el("ul", {}, told)];
}
