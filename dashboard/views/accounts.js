// Which account is to be looked at.
import { read } from "../api.js";
import { accountLink, button, el, replace, section, table } from "../element.js";
import { field } from "../dialog.js";

/// The form that leads to an account.
export function finder() {
  const open = (event) => {
    event.preventDefault();
    location.hash = `#/accounts/${encodeURIComponent(new FormData(event.target).get("account"))}`;
  };
  return el("form", { class: "row", role: "search", "aria-label": "Accounts", onsubmit: open },
    field("Account", "account", { maxlength: 128, pattern: "(?!\\.{1,2}$)[!-~]+" }), el("button", { type: "submit" }, "Look at it"));
}

export function accounts() {
  const known = el("div", { "aria-busy": "true" }, el("p", {}, "Looking …"));
  const found = new Map();
  const load = async (after) => {
    try {
      const page = await read(`keys${after === undefined ? "" : `?after=${encodeURIComponent(after)}`}`);
      for (const { account, tier } of page.keys.filter((key) => key.account !== null)) found.set(account, { tier, keys: (found.get(account)?.keys ?? 0) + 1 });
      const rows = [...found].map(([account, { tier, keys }]) => [accountLink(account), tier, keys]);
      replace(known, table("Accounts that have keys", ["Account", "Tier", "#Keys"], rows, "No key names one."),
        page.next !== null && button("More", () => load(page.next)));
    } catch (error) {
      replace(known, el("p", { class: "problem" }, error.message));
    }
    known.removeAttribute("aria-busy");
  };
  load();
  return [finder(), section("In the key directory", known)];
}
