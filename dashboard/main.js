// The page: who is signed in, which view is shown.
import { keptToken, mayChange, session, signIn, signOut } from "./api.js";
import { button, el, hush, say } from "./element.js";
import { account } from "./views/account.js";
import { accounts } from "./views/accounts.js";
import { audit } from "./views/audit.js";
import { edit } from "./views/edit.js";
import { keys } from "./views/keys.js";
import { overview } from "./views/overview.js";
import { policy, version } from "./views/policy.js";
import { signInForm } from "./views/sign_in.js";

const content = document.getElementById("content");
const views = document.getElementById("views");
const who = document.getElementById("who");

// The paths behind "#/" and what shows them. A view gets the places of its path, and a signal that ends with it, and gives its elements.
const VIEWS = [
  [/^$/, "Overview", overview],
  [/^accounts$/, "Accounts", accounts],
  [/^accounts\/([^/]+)$/, "Account", account],
  [/^policy$/, "Policy", policy],
  [/^policy\/edit$/, "Edit the policy", edit],
  [/^policy\/versions\/(\d+)$/, "Version", version],
  [/^keys(?:\?account=(.*))?$/, "Keys", keys],
  [/^audit$/, "Audit", audit],
];

let shown = new AbortController();

function show(isLoading = false) {
  hush();
  shown.abort();
  shown = new AbortController();
  const path = location.hash.replace(/^#\/?/, "");
  const found = VIEWS.find(([pattern]) => pattern.test(path));
  const places = found ? found[0].exec(path).slice(1).map(decoded) : [];
  const [title, elements] = found ? [named(found[1], places), found[2](...places, shown.signal)] : ["Nothing here", el("p", {}, "There is no such view.")];
  for (const link of views.querySelectorAll("a")) {
    const isHere = link.getAttribute("href") === `#/${path.split(/[/?]/)[0]}`;
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  put(title, elements);
  if (!isLoading) content.querySelector("h1").focus();
}

const named = (title, [place]) => (place === undefined ? title : `${title} ${place}`);

function decoded(place) {
  try {
    return place === undefined ? undefined : decodeURIComponent(place);
  } catch {
    return place;
  }
}

function put(title, ...elements) {
  document.title = `${title} – Headgate`;
  content.replaceChildren(el("h1", { tabindex: -1 }, title), ...elements.flat().filter(Boolean));
}

function begin(isLoading = false) {
  views.hidden = who.hidden = false;
  const may = mayChange() ? "May look and change." : "May only look: this token changes nothing.";
  who.replaceChildren(el("span", {}, may), " ", button("Sign out", () => leave("")));
  say("");
  show(isLoading);
}

function leave(why) {
  shown.abort();
  signOut();
  views.hidden = who.hidden = true;
  put("Sign in", signInForm(begin));
  say(why);
  content.querySelector("input").focus();
}

session.ended = () => {
  if (!who.hidden) leave("The gate does not know this token any more.");
};

addEventListener("hashchange", () => session.scope && show());
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  content.focus();
});

const kept = keptToken();
try {
  if (kept) await signIn(kept, true);
} catch (error) {
  if (error.status !== 401) say(error.message);
}
if (session.scope) begin(true);
else leave("");
