// Who changed what.
import { read } from "../api.js";
import { accountLink, button, el, replace, section, table } from "../element.js";
import { instant } from "../words.js";

const COLUMNS = ["When", "What", "Where", "Detail", "From", "Outcome"];

export function audit() {
  const place = el("div", { "aria-busy": "true" }, el("p", {}, "Looking …"));
  const entries = [];
  const load = async (before) => {
    try {
      const page = await read(`audit${before === undefined ? "" : `?before=${encodeURIComponent(before)}`}`);
      entries.push(...page.entries);
      replace(place, table("Changes, the newest first", COLUMNS, entries.map(row), "Nothing has been changed."),
        page.next !== null && button("Older", () => load(page.next)));
    } catch (error) {
      replace(place, el("p", { class: "problem" }, error.message));
    }
    place.removeAttribute("aria-busy");
  };
  load();
  return [section("Changes", el("p", {}, "Each change leaves an entry for 400 days before it is made."), place)];
}

function row({ when, what, where, detail, network, failed }) {
  const account = /^accounts\/([^/]+)/.exec(where)?.[1];
  const outcome = failed ? `Failed with ${failed.status}: ${failed.id}` : "";
  return [instant(when), what, account ? el("span", {}, "accounts/", accountLink(decoded(account)), where.slice("accounts/".length + account.length)) : where,
    detail, network, outcome];
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
