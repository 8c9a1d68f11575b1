// Dialogs that say what will happen before it does, and do it.
import { button, el, say } from "./element.js";

/// Opens a dialog. `fields` are made by `field` and its like; `tells` says of their values what will happen, `act` does it and gives what
/// is then said. What fails is said in the dialog, which stays open. Closed, it gives back whether it was done.
export function ask({ title, fields = [], tells, action, isGrave = false, act }) {
  const effect = el("p", { class: "effect", "aria-live": "polite" });
  const problem = el("p", { class: "problem", role: "alert" });
  const go = el("button", { type: "submit", class: isGrave ? "grave" : "main" }, action);
  const form = el("form", {}, el("h2", { id: "dialog-title" }, title), fields, effect, problem,
    el("p", { class: "actions" }, button("Cancel", () => dialog.close()), go));
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, form);
  const values = () => Object.fromEntries(new FormData(form));
  const tell = () => (effect.textContent = tells(values()));
  form.addEventListener("input", tell);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    problem.textContent = "";
    try {
      say(await act(values()));
      dialog.returnValue = "done";
      dialog.close("done");
    } catch (error) {
      problem.textContent = error.message;
    } finally {
      go.disabled = false;
    }
  });
  const opener = document.activeElement?.dataset.key;
  document.body.append(dialog);
  dialog.showModal();
  tell();
  return new Promise((closed) => dialog.addEventListener("close", () => {
    dialog.remove();
    focusOn(opener);
    closed(dialog.returnValue === "done");
  }));
}

// What opened the dialog may have been made anew meanwhile.
function focusOn(key) {
  if (key === undefined || document.activeElement?.dataset.key === key) return;
  const same = [...document.querySelectorAll("[data-key]")].find((it) => it.dataset.key === key);
  (same ?? document.getElementById("content")).focus();
}

let made = 0;

// Fields of a dialog and of what lies behind it may have one name.
const newId = (name) => `field-${name}-${(made += 1)}`;

/// A field with its label, and what is to be known of it below.
export function field(label, name, attributes = {}, hint = undefined) {
  const id = newId(name);
  const described = hint && `${id}-hint`;
  return el("p", { class: "field" }, el("label", { for: id }, label),
    el("input", { id, name, required: true, autocomplete: "off", spellcheck: "false", "aria-describedby": described, ...attributes }),
    hint && el("small", { id: described }, hint));
}

/// A field with choices: [value, text] by turns.
export function choice(label, name, choices, chosen) {
  const id = newId(name);
  return el("p", { class: "field" }, el("label", { for: id }, label),
    el("select", { id, name }, choices.map(([value, text]) => el("option", { value, selected: value === chosen }, text))));
}

/// A field that must be filled with a text before anything happens.
export function typed(text) {
  const line = field(`Type ${text} to go on`, "typed");
  const input = line.querySelector("input");
  const check = () => input.setCustomValidity(input.value === text ? "" : `Type ${text}, exactly.`);
  input.addEventListener("input", check);
  check();
  return line;
}
