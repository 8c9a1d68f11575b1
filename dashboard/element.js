// Elements. Whatever text they show comes in as a text node, so that nothing of it can become markup.

const SVG = "http://www.w3.org/2000/svg";

/// An element of HTML. An attribute of null, undefined or false is left out, one called "onclick" listens; so are children.
export const el = (name, attributes, ...children) => filled(document.createElement(name), attributes, children);

/// One of SVG.
export const shape = (name, attributes, ...children) => filled(document.createElementNS(SVG, name), attributes, children);

const isThere = (what) => what !== undefined && what !== null && what !== false;

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (isThere(value)) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter(isThere));
  return node;
}

/// A button; `key` names it, so that it keeps the focus when what is round it is made anew.
export const button = (text, onclick, { key, kind, ...more } = {}) =>
  el("button", { type: "button", class: kind, "data-key": key ?? text, onclick, ...more }, text);

/// A link to an account's view.
export const accountLink = (account) => el("a", { href: `#/accounts/${encodeURIComponent(account)}`, "data-key": `account ${account}` }, account);

/// A part of a view under a heading.
export const section = (title, ...children) => {
  const id = `part-${title.toLowerCase().replace(/\W+/g, "-")}`;
  return el("section", { "aria-labelledby": id }, el("h2", { id }, title), children);
};

/// A table, or what is said when it has no rows. The name of a column of numbers begins with "#", a cell is a text, a number or
/// an element. On a phone each row is a card, which is why the roles are said and each cell knows its column.
export function table(caption, columns, rows, empty = "None.") {
  if (rows.length === 0) return el("p", { class: "empty" }, empty);
  const names = columns.map((name) => name.replace(/^#/, ""));
  const kinds = columns.map((name) => (name.startsWith("#") ? "number" : null));
  const heads = names.map((name, at) => el("th", { role: "columnheader", scope: "col", class: kinds[at] }, name));
  const cell = (what, at) => el("td", { role: "cell", class: kinds[at], "data-label": names[at] }, what === "" || !isThere(what) ? "–" : what);
  return el("table", { role: "table" },
    el("caption", {}, caption),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads)),
    el("tbody", { role: "rowgroup" }, rows.map((row) => el("tr", { role: "row" }, row.map(cell)))));
}

/// Puts others in place of what is in a place, and leaves the focus where it was and open what was open.
export function replace(place, ...children) {
  const focus = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const open = new Set([...place.querySelectorAll("details[open]")].map((it) => it.dataset.key));
  place.replaceChildren(...children.flat(Infinity).filter(isThere));
  for (const details of place.querySelectorAll("details")) details.open = open.has(details.dataset.key);
  if (focus) [...place.querySelectorAll("[data-key]")].find((it) => it.dataset.key === focus)?.focus();
}

let saidAt = 0;

/// Says something to everybody, also to those who listen.
export function say(text) {
  document.getElementById("status").textContent = text;
  saidAt = Date.now();
}

/// Takes back what was said of another view, but not what has led to this one.
export function hush() {
  if (Date.now() - saidAt > 2_000) say("");
}
