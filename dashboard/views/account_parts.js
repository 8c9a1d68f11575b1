// Parts of an account's view that are there when there is something to show: revoked keys, events, shadow limits.
import { mayChange } from "../api.js";
import { button, el, section, table } from "../element.js";
import { count, instant, number, span } from "../words.js";
import { reinstate, sendAgain } from "./account_repairs.js";

const EVENT = ["Event", "When", "#Attempts that failed", "Sent", "Id"];

/// What waits for the receiver of events, and what it never took.
export function events(id, { waiting, given_up: left, lost }, changed) {
  const some = waiting.length + left.length > 0;
  return section("Events",
    el("p", {}, "What waits for the receiver, or was never taken by it. What has arrived is not kept; without a receiver nothing is."),
    table("Events on their way, the oldest first", EVENT, waiting.map((it) => event(it, it.next_ms > 0 ? `in ${span(it.next_ms)}` : "now")), "None waits."),
    left.length > 0 && table("Events that were given up", EVENT, left.map((it) => event(it, "not any more"))),
    lost > 0 && el("p", { class: "problem" }, `${count(lost, "event")} had no room and ${lost === 1 ? "is" : "are"} lost.`),
    mayChange() && some && el("p", { class: "actions" }, button("Send again", () => sendAgain(id, { waiting, given_up: left }).then((done) => done && changed()))));
}

const event = ({ id, type, at, tries }, sent) => [type, instant(at), number(tries), sent, el("code", {}, id.slice(0, 16))];

/// The keys that the account refuses.
export function revoked(id, hashes, changed) {
  if (hashes.length === 0) return null;
  const back = (hash) => button("Reinstate", () => reinstate(id, hash).then((done) => done && changed()),
    { key: `reinstate ${hash}`, "aria-label": `Reinstate ${hash.slice(0, 12)}` });
  const rows = hashes.map((hash) => [el("code", {}, hash), ...(mayChange() ? [back(hash)] : [])]);
  return section("Revoked keys", table("Keys that it refuses, by the first half of their hashes", mayChange() ? ["Hash", "Change"] : ["Hash"], rows));
}

/// What shadow limits would have denied.
export function shadows(told) {
  if (told.length === 0) return null;
  return section("Shadow limits", el("p", {}, "They deny nothing. So many requests that passed they would have denied."),
    table("What shadow limits would have denied", ["Limit", "#Requests"], told.map(({ limit, requests }) => [limit, number(requests)])));
}
