// The policy's text, judged while it is written.
import { call, mayChange, read } from "../api.js";
import { laidOut } from "../diff.js";
import { ask } from "../dialog.js";
import { button, el, replace, say } from "../element.js";
import { lineOf, placeOf, placeOfWrong } from "../place.js";
import { count } from "../words.js";
import { BEGINNING, changes, putSaid } from "./policy.js";

/// How long nobody writes before the text is judged, in ms.
const PAUSE = 400;

export function edit(signal) {
  const place = el("div", { "aria-busy": "true" }, el("p", {}, "Looking …"));
  read("policy").then((stands) => replace(place, new Editor(stands, signal).elements()), (error) => replace(place, el("p", { class: "problem" }, error.message)))
    .finally(() => place.removeAttribute("aria-busy"));
  return place;
}

/// A text in lines: one that stands in a single one is laid out.
const readable = (text) => (text.trim().includes("\n") ? text : laidOut(text));

class Editor {
  constructor(stands, signal) {
    this.stands = stands;
    this.signal = signal;
    const kind = { rows: 24, spellcheck: "false", autocomplete: "off", readonly: !mayChange() };
    this.text = el("textarea", { id: "policy-text", ...kind, "aria-describedby": "verdict", oninput: () => this.changed() });
    this.usual = stands.text === null ? BEGINNING : readable(stands.text);
    this.text.value = this.usual;
    this.verdict = el("div", { id: "verdict", class: "verdict", "aria-live": "polite" });
    this.diff = el("div", {});
    this.put = mayChange() && button("Put it", () => this.ask(), { kind: "main" });
    signal.addEventListener("abort", () => clearTimeout(this.timer));
    this.judge();
  }

  elements() {
    return [
      el("p", { class: "field" }, el("label", { for: "policy-text" }, mayChange() ? "Text" : "Text, which this token cannot change"), this.text),
      this.verdict,
      mayChange() && el("p", { class: "actions" }, this.put, button("Next version", () => this.next()), button("As it stands", () => this.set(this.usual)),
        el("a", { class: "button", href: "#/policy", "data-key": "back" }, "Back")),
      el("h2", {}, "What differs from what stands"), this.diff,
    ];
  }

  set(text) {
    this.text.value = text;
    this.changed();
  }

  changed() {
    if (this.put) this.put.disabled = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.judge(), PAUSE);
  }

  async judge() {
    const text = this.text.value;
    replace(this.diff, changes(this.stands.text ?? "", text));
    try {
      const verdict = await call("POST", "policy/validate", text);
      // Of an older text nothing is said.
      if (text === this.text.value && !this.signal.aborted) this.tell(verdict);
    } catch (error) {
      replace(this.verdict, el("p", { class: "problem" }, error.message));
    }
  }

  tell(verdict) {
    const isNewer = verdict.valid && verdict.version > (this.stands.version ?? 0);
    if (this.put) this.put.disabled = !isNewer;
    this.text.setAttribute("aria-invalid", String(!verdict.valid));
    if (!verdict.valid) return this.point(verdict);
    const stale = !isNewer && mayChange() && `Its version must be more than ${this.stands.version}, which stands.`;
    const holds = `${count(verdict.tiers.length, "tier")}, ${count(verdict.routes, "route")}`;
    replace(this.verdict, el("p", { class: "right" }, `It is right: version ${verdict.version}, ${holds}. `, stale));
  }

  /// Shows where the text is wrong.
  point(verdict) {
    const text = this.text.value;
    const found = placeOfWrong(text, verdict);
    const show = () => {
      this.text.focus();
      this.text.setSelectionRange(...found);
      this.text.scrollTop = (this.text.scrollHeight * (lineOf(text, found[0]) - 5)) / text.split("\n").length;
    };
    replace(this.verdict, el("p", { class: "problem" }, verdict.message, " ", found && button(`Show line ${lineOf(text, found[0])}`, show, { key: "show" })));
  }

  /// Gives the text the next version.
  next() {
    const text = this.text.value;
    const found = placeOf(text, "version");
    if (!found || !/^\d+$/.test(text.slice(...found))) return say("The text has no version yet.");
    this.set(`${text.slice(0, found[0])}${(this.stands.version ?? 0) + 1}${text.slice(found[1])}`);
  }

  ask() {
    const text = this.text.value;
    return ask({
      title: "Put this policy?", action: "Put it", isGrave: true,
      fields: [changes(this.stands.text ?? "", text)],
      tells: () => "It takes the place of what stands, which is kept. Isolates take it up within minutes; units in use stay in use.",
      act: async () => putSaid(await call("PUT", "policy", text)),
    }).then((done) => done && (location.hash = "#/policy"));
  }
}
