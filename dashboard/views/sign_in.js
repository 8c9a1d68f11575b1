// Who asks.
import { signIn } from "../api.js";
import { el } from "../element.js";

export function signInForm(begin) {
  const problem = el("p", { class: "problem", role: "alert" });
  const token = el("input", { id: "token", name: "token", type: "password", required: true, autocomplete: "off", spellcheck: "false" });
  const keeps = el("input", { type: "checkbox", id: "keeps", checked: true });
  const submit = async (event) => {
    event.preventDefault();
    problem.textContent = "";
    try {
      await signIn(token.value.trim(), keeps.checked);
      begin();
    } catch (error) {
      problem.textContent = error.status === 401 ? "The gate does not know this token." : error.message;
    }
  };
  return el("form", { class: "panel sign-in", onsubmit: submit },
    el("p", {}, "The token is the secret ADMIN_TOKEN of this gate, or ADMIN_READ_TOKEN, with which nothing can be changed."),
    el("p", { class: "field" }, el("label", { for: "token" }, "Token"), token),
    el("p", { class: "check" }, keeps, " ", el("label", { for: "keeps" }, "Keep it until this tab is closed")),
    problem,
    el("p", { class: "actions" }, el("button", { type: "submit", class: "main" }, "Sign in")));
}
