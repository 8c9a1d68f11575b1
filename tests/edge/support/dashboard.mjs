// What tests of the dashboard do in it, and which of its buttons they have pressed.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "./client.mjs";
import { withKey } from "./setup.mjs";
import { root } from "./workerd.mjs";

const FOLDER = join(root, "dashboard");
const pressed = new Set();

/// The names of all files that the dashboard is made of.
export const dashboardFiles = () => readdirSync(FOLDER, { recursive: true }).map(String).filter((name) => name.includes("."));

/// Presses a button of that name, of the page or a part of it.
export async function press(within, name) {
  pressed.add(name);
  await within.getByRole("button", { name, exact: true }).click();
}

/// Those that the sources name and nobody pressed; a name that is longer on the page begins so.
export function unpressed() {
  const text = dashboardFiles().filter((name) => name.endsWith(".js")).map((name) => readFileSync(join(FOLDER, name), "utf8")).join("\n");
  const named = [...text.matchAll(/\bbutton\("([^"]+)"|action: "([^"]+)"|type: "submit"[^}]*\}, "([^"]+)"/g)].map((found) => found[1] ?? found[2] ?? found[3]);
  assert.ok(named.length > 20);
  return [...new Set(named)].filter((name) => ![...pressed].some((one) => one.startsWith(name)));
}

/// Fills in the fields of the dialog that is open and does what it is for; what it had said would happen. Nothing happens before.
export async function confirm(page, action, fields = {}) {
  const dialog = page.getByRole("dialog");
  for (const [label, value] of Object.entries(fields)) {
    const field = dialog.getByLabel(label, { exact: true });
    if (await field.evaluate((it) => it.tagName === "SELECT")) await field.selectOption(value);
    else await field.fill(value);
  }
  const told = await dialog.locator(".effect").textContent();
  await press(dialog, action);
  await dialog.waitFor({ state: "detached" });
  return told;
}

/// What was said last of something that was done.
export const said = (page) => page.getByRole("status").textContent();

/// Asks again and again until something is true of a page; fails after a while.
export async function shows(locator) {
  await locator.first().waitFor({ state: "visible" });
}

/// Requests with each key by turns, a few at a time, until the test ends.
export function load(t, gate, keys) {
  const agent = new http.Agent({ keepAlive: true });
  let isOver = false;
  const running = (async () => {
    for (let n = 0; !isOver; n++) {
      await send(gate.url, withKey(keys[n % keys.length], { agent })).catch(() => {});
      await sleep(15);
    }
  })();
  t.after(async () => {
    isOver = true;
    await running;
    agent.destroy();
  });
}
