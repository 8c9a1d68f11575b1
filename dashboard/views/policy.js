// The policy that stands, in words, and those that stood before.
import { call, mayChange, read } from "../api.js";
import { diff, hunks, laidOut } from "../diff.js";
import { ask } from "../dialog.js";
import { button, el, replace, section, table } from "../element.js";
import { inWords } from "../rules.js";
import { count, instant, number } from "../words.js";

/// The text that is begun with where none stands.
export const BEGINNING = `{
  "version": 1,
  "tiers": {
    "standard": {
      "limits": [{ "name": "minute", "algorithm": "token-bucket", "units": 200, "window": "1m" }]
    }
  }
}
`;

const VERSION = ["Version", "Put", "#Bytes", "Stands", "Compare"];

/// Asks for something once and shows it, or what went wrong.
function asked(get, show) {
  const place = el("div", { "aria-busy": "true" }, el("p", {}, "Looking …"));
  const load = async () => {
    try {
      replace(place, show(await get(), load));
    } catch (error) {
      replace(place, el("p", { class: "problem" }, error.message));
    }
    place.removeAttribute("aria-busy");
  };
  load();
  return place;
}

const verdictOf = (text) => (text === null ? null : call("POST", "policy/validate", text));

export function policy() {
  return asked(async () => {
    const [stands, { versions }] = await Promise.all([read("policy"), read("policy/versions")]);
    return { stands, versions, verdict: await verdictOf(stands.text) };
  }, ({ stands, versions, verdict }, load) => [
    section("What stands", summary(stands, verdict), words(stands.text)),
    section("Versions", table("Kept versions, the newest first", mayChange() ? [...VERSION, "Change"] : VERSION,
      versions.map((it) => row(it, load)), "None is kept: the gate's default holds.")),
  ]);
}

function summary({ version, put_at: put, bytes, text }, verdict) {
  const isWrong = verdict && !verdict.valid;
  const when = put === null ? "by other means" : instant(put);
  const told = text === null ? "The gate's default holds, for there is no policy in KV." : `Version ${version ?? "unknown"}, ${number(bytes ?? 0)} bytes, put ${when}.`;
  const keys = verdict?.prefixes > 0 ? `, and tells keys apart by ${count(verdict.prefixes, "beginning")}` : "";
  const comes = verdict?.valid && `It has ${count(verdict.tiers.length, "tier")} and ${count(verdict.routes, "route")}${keys}.`;
  return [
    el("p", {}, told, " ", comes), isWrong && el("p", { class: "problem" }, `It does not read, so the last good one is used: ${verdict.message}`),
    el("p", { class: "actions" }, el("a", { class: "button", href: "#/policy/edit", "data-key": "edit" }, mayChange() ? "Edit" : "Look at its text")),
  ];
}

const words = (text) => (text === null ? [] : inWords(text) ?? []).map(({ title, lines }) => el("div", { class: "words" }, el("h3", {}, title),
  el("dl", { class: "facts" }, lines.map(([name, says]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(says)))))));

function row({ version, put_at: put, bytes, stands }, load) {
  const compare = stands ? "" : el("a", { href: `#/policy/versions/${version}`, "data-key": `compare ${version}`, "aria-label": `Compare version ${version}` }, "Compare");
  const go = () => rollBack(version).then((done) => done && load());
  const back = stands ? "" : button("Roll back", go, { key: `back ${version}`, "aria-label": `Roll back to version ${version}` });
  return [String(version), instant(put), bytes === null ? "" : number(bytes), stands ? "yes" : "", compare, ...(mayChange() ? [back] : [])];
}

const rollBack = (version) => ask({
  title: `Roll back to version ${version}?`, action: "Roll back", isGrave: true,
  tells: () => `The text of version ${version} stands again, under the next version; what stands now is kept. Units in use stay in use.`,
  act: async () => putSaid(await call("POST", "policy/roll-back", { version })),
});

/// What is said of a policy that was put.
export const putSaid = ({ version, everywhere_after: after }) => `Version ${version} stands, everywhere after about ${after} s.`;

/// One version beside what stands.
export function version(which) {
  return asked(async () => {
    const [stands, kept] = await Promise.all([read("policy"), read(`policy/versions/${which}`)]);
    return { stands, kept };
  }, ({ stands, kept }, load) => [
    el("p", {}, `Version ${kept.version}, put ${instant(kept.put_at)}. What would change if it stood instead of version ${stands.version ?? "unknown"}:`),
    changes(stands.text ?? "", kept.text ?? ""),
    el("p", { class: "actions" },
      mayChange() && kept.version !== stands.version && button("Roll back to it", () => rollBack(kept.version).then((done) => done && load()), { kind: "grave" }),
      el("a", { class: "button", href: "#/policy", "data-key": "all" }, "All versions")),
    el("details", { "data-key": "text" }, el("summary", { "data-key": "text summary" }, "Its whole text"), el("pre", { tabindex: 0 }, kept.text ?? "")),
  ]);
}

const SIGNS = { same: " ", gone: "−", new: "+" };
const SAID = { gone: "taken away: ", new: "added: " };

/// What differs between two texts, however they are laid out.
export function changes(before, after) {
  const runs = hunks(diff(laidOut(before), laidOut(after)));
  if (runs.length === 0) return el("p", { class: "empty" }, before === after ? "Nothing differs." : "Nothing differs but how it is laid out.");
  const line = ({ kind, line: text, number: at }) => el("li", { class: kind }, el("span", { class: "at", "aria-hidden": "true" }, `${at} ${SIGNS[kind]}`),
    SAID[kind] && el("span", { class: "unseen" }, SAID[kind]), el("code", {}, text));
  return el("div", { class: "diff" }, runs.map((run) => el("ul", {}, run.map(line))));
}
