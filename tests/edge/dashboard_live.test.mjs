// What the dashboard shows as it goes: all accounts, one, and what it does when nobody looks or nobody answers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN, ask, TOKENS } from "./support/admin.mjs";
import { opened, signedIn, startBrowser } from "./support/browser.mjs";
import { send } from "./support/client.mjs";
import { load, shows } from "./support/dashboard.mjs";
import { limitedTo, started, withKey } from "./support/setup.mjs";

const timeout = 180_000;
let browser;
before(async () => (browser = await startBrowser()), { timeout: 300_000 });
after(() => browser?.stop());

async function begun(t, view, fields = { deny_cache: "0ms" }) {
  const { gate } = await started(t, { vars: TOKENS, policy: limitedTo(10, "7d", fields) });
  const { page, wrong, context } = await opened(browser);
  t.after(() => context.close());
  for (let n = 0; n < 12; n++) await send(gate.url, withKey("acme-1"));
  await signedIn(page, gate, ADMIN, view);
  return { gate, page, wrong };
}

test("what a gate does not count it says is not available, and shows all else", { timeout }, async (t) => {
  const { gate, page, wrong } = await begun(t, "");
  // As a gate does that knows no such paths.
  const nothing = { status: 404, contentType: "application/json", body: '{"error":{"code":"not_found","message":"There is nothing here."}}' };
  for (const path of ["overview", "accounts/acme/history"]) await page.route(`${gate.url}/_headgate/${path}`, (route) => route.fulfill(nothing));
  await page.reload();
  await shows(page.getByText("The overview is not available"));
  await page.goto(`${gate.url}/_headgate/#/accounts/acme`);
  await shows(page.getByText("Not available: this gate does not keep what an account did."));
  await shows(page.getByText("0 of 10 units left"));
  assert.deepEqual(wrong, []);
});

test("what all have asked, who is near a limit, and what one account did is told as it goes", { timeout }, async (t) => {
  const { gate, page, wrong } = await begun(t, "");
  // Isolates report when there is enough.
  for (let n = 0; n < 30; n++) await send(gate.url, withKey("acme-1"));
  const near = page.getByRole("table", { name: "Accounts at 80 % of a limit or more" });
  await shows(near.getByRole("row", { name: "acme minute 100 %" }));
  const figure = (name) => page.locator(".figures div", { hasText: name }).getByRole("definition").textContent();
  assert.deepEqual([await figure("Admitted"), await figure("Degraded")], ["10", "0"]);
  await shows(page.getByRole("table", { name: "Denials by reason" }).getByRole("row", { name: /^A limit is used up \d+$/ }));
  await shows(page.getByRole("img", { name: /^Requests in each minute: admitted 10, denied \d+.$/ }));
  await page.getByText("As a table").click();
  await shows(page.getByRole("table", { name: "Requests in each minute" }).getByRole("row", { name: /^\d\d:\d\d \d+ \d+$/ }));
  await near.getByRole("link", { name: "acme" }).click();
  await shows(page.getByRole("img", { name: /^The last hour, by the minute: admitted 10, denied \d+/ }));
  await shows(page.getByRole("img", { name: /^The last day, by the hour: admitted 10, denied \d+/ }));
  assert.deepEqual(wrong, []);
});

test("what no object was asked about is told", { timeout }, async (t) => {
  const { gate, page, wrong } = await begun(t, "", { deny_cache: "5s" });
  // Isolates report when there is enough.
  load(t, gate, ["acme-1"]);
  await shows(page.getByText(/No object was asked about [\d,]+ denials repeated by isolates\.$/));
  assert.deepEqual(wrong, []);
});

test("nothing is asked while nobody looks, and at once when somebody does", { timeout }, async (t) => {
  const { gate, page } = await begun(t, "accounts/acme");
  await shows(page.getByText("0 of 10 units left"));
  const turn = (isHidden) => page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);
  await turn(true);
  // What was asked before is answered first.
  await page.waitForTimeout(1_000);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.waitForTimeout(4_000);
  assert.deepEqual(asked, []);
  await ask(gate, "DELETE", "accounts/acme/usage/minute");
  await turn(false);
  await shows(page.getByText("10 of 10 units left"));
});

test("a gate that does not answer is said, and what was known stays", { timeout }, async (t) => {
  const { gate, page } = await begun(t, "accounts/acme");
  await shows(page.getByText("0 of 10 units left"));
  await gate.kill();
  await shows(page.getByText("The gate does not answer. What is shown may be old."));
  await shows(page.getByText("0 of 10 units left"));
});
