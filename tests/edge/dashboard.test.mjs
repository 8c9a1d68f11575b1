// The dashboard in a real browser, on a gate under load: every button is pressed, and what it did is asked over HTTP.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { admin, ADMIN, ask, READER, TOKENS } from "./support/admin.mjs";
import { opened, signedIn, startBrowser } from "./support/browser.mjs";
import { json, send, until } from "./support/client.mjs";
import { confirm, load, press, said, shows, unpressed } from "./support/dashboard.mjs";
import { startReceiver, webhookKey } from "./support/receiver.mjs";
import { KEYS, lanedTo, limitedTo, started, ticksupplyWith, withKey } from "./support/setup.mjs";

const timeout = 180_000;
let browser;
before(async () => (browser = await startBrowser()), { timeout: 300_000 });
after(() => browser?.stop());

/// A gate under load, and a page of a browser on its dashboard, in which nothing may go wrong.
async function begun(t, view, { policy = ticksupplyWith(), token = ADMIN, ...rest } = {}) {
  const { gate } = await started(t, { vars: TOKENS, policy, ...rest });
  load(t, gate, ["acme-1", "globex-1"]);
  const { page, wrong, context } = await opened(browser);
  t.after(() => context.close());
  await signedIn(page, gate, token, view);
  const fine = () => assert.deepEqual(wrong, []);
  return { gate, page, fine };
}

const look = async (gate, account = "acme") => json(await admin(gate, "GET", account));

test("who asks is told apart: no token, a wrong one, one that may look, one that is forgotten", { timeout }, async (t) => {
  const { gate, page, fine } = await begun(t, "accounts/acme", { token: READER });
  await shows(page.getByRole("heading", { name: "Limits" }));
  await shows(page.getByText("May only look"));
  for (const name of ["Override a limit", "Suspend", "Erase", "Override minute", "Reset minute"]) {
    assert.equal(await page.getByRole("button", { name, exact: true }).count(), 0, name);
  }
  await page.reload();
  await shows(page.getByText("May only look"));
  for (const view of ["Keys", "Overview"]) {
    await page.getByRole("link", { name: view, exact: true }).click();
    await shows(page.getByRole("heading", { name: view, level: 1 }));
    assert.doesNotMatch(await page.locator("#content").textContent(), /false|undefined|Put a key|test event/);
  }
  await press(page, "Sign out");
  await page.getByLabel("Token", { exact: true }).fill("none of them");
  await press(page, "Sign in");
  await shows(page.getByText("The gate does not know this token."));
  await page.reload();
  await shows(page.getByLabel("Token", { exact: true }));
  await page.getByLabel("Token", { exact: true }).fill(ADMIN);
  await page.getByLabel("Keep it until this tab is closed").uncheck();
  await press(page, "Sign in");
  await shows(page.getByText("May look and change."));
  await page.reload();
  await shows(page.getByRole("heading", { name: "Sign in" }));
  assert.equal((await ask(gate, "GET", "audit", undefined, READER)).status, 200);
  fine();
});

test("one account's limit is raised for a day, seen to work, and taken back", { timeout }, async (t) => {
  const { gate, page, fine } = await begun(t, "accounts/acme", { policy: limitedTo(5, "7d") });
  await until(({ status }) => status === 429, () => send(gate.url, withKey("acme-1")));
  await shows(page.getByText("0 of 5 units left"));
  await shows(page.getByRole("row", { name: /the limit is used up minute: 0 left; free at/ }));
  await press(page, "Override a limit");
  await press(page.getByRole("dialog"), "Cancel");
  assert.deepEqual((await look(gate)).overrides, []);
  await press(page, "Override minute");
  for (const name of ["In an hour", "In a week", "In a day"]) await press(page.getByRole("dialog"), name);
  const told = await confirm(page, "Override", { Units: "2000" });
  assert.match(told, /^From the next request on minute allows acme 2,000 instead of 5, until .*\. Then the policy's holds again by itself\.$/);
  const [override] = (await look(gate)).overrides;
  assert.deepEqual([override.limit, override.units], ["minute", 2000]);
  assert.ok(Math.abs(override.until - (Date.now() / 1_000 + 86_400)) < 600);
  await until(({ status }) => status === 200, () => send(gate.url, withKey("acme-1")));
  await shows(page.getByText("override", { exact: true }));
  assert.match(await said(page), /^minute allows acme 2,000 until/);
  await press(page, "Remove the override of minute");
  await confirm(page, "Remove");
  assert.deepEqual((await look(gate)).overrides, []);
  await press(page, "Reset minute");
  await confirm(page, "Reset");
  assert.equal(await said(page), "All of minute is back for acme.");
  fine();
});

test("an account is suspended, let in again, exported, erased", { timeout }, async (t) => {
  const { gate, page, fine } = await begun(t, "accounts/acme");
  await admin(gate, "PUT", "acme/plan", { plan: "pro" });
  const client = () => send(gate.url, withKey("acme-1"));
  await press(page, "Suspend");
  assert.match(await confirm(page, "Suspend", { Reason: "<b>Harm</b>" }), /^From the next request on nothing of acme passes/);
  assert.equal((await client()).status, 403);
  assert.equal((await look(gate)).suspension.reason, "<b>Harm</b>");
  await shows(page.getByText("<b>Harm</b>"));
  await press(page, "Lift the suspension");
  await confirm(page, "Lift it");
  assert.notEqual((await client()).status, 403);
  const download = page.waitForEvent("download");
  await press(page, "Export");
  assert.equal(JSON.parse(readFileSync(await (await download).path(), "utf8")).plan.plan, "pro");
  const used = page.waitForEvent("download");
  await press(page, "Save usage as CSV");
  assert.equal((await used).suggestedFilename(), "acme-usage.csv");
  assert.match(readFileSync(await (await used).path(), "utf8"), /^day,admitted,units,denied,[^\n]*\r?\n(\d{4}-\d\d-\d\d,\d+[^\n]*\n){35}$/);
  await press(page, "Erase");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Type acme to go on").fill("acm");
  await press(dialog, "Erase");
  assert.equal((await look(gate)).plan.plan, "pro");
  await confirm(page, "Erase", { "Type acme to go on": "acme" });
  assert.equal((await look(gate)).plan.plan, null);
  assert.match(await said(page), /^Erased of acme: plan/);
  fine();
});

test("a test event says whether it came, and what the receiver did not take is shown and sent again", { timeout }, async (t) => {
  const key = webhookKey();
  const receiver = await startReceiver(t, [key]);
  const { gate, page, fine } = await begun(t, "accounts/acme", { vars: { ...TOKENS, WEBHOOK_URL: receiver.url, WEBHOOK_KEY: key } });
  await shows(page.getByText("None waits."));
  receiver.status = 503;
  await admin(gate, "PUT", "acme/suspension", { until: 4e9, reason: "Harm" });
  await shows(page.getByRole("row", { name: /^account\.suspended .* 1 in .* evt_[0-9a-f]{12}$/ }));
  const outcome = async (text) => {
    await page.getByRole("link", { name: "Overview" }).click();
    await press(page, "Send a test event");
    await shows(page.getByText(text));
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Send a test event", "the focus stays");
  };
  await outcome(/^The receiver has not taken the event evt_[0-9a-f]{32}: the gate's log says why\.$/);
  receiver.status = 204;
  await outcome(/^The receiver has taken the event evt_[0-9a-f]{32}\.$/);
  await page.goto(`${gate.url}/_headgate/#/accounts/acme`);
  await press(page, "Send again");
  assert.match(await confirm(page, "Send again"), /^The receiver is sent 1 event of acme now/);
  await receiver.has(2);
  assert.deepEqual(receiver.got.map(({ type }) => type), ["test", "account.suspended"]);
  await shows(page.getByText("None waits."));
  fine();
});

test("a gate without a receiver says so", { timeout }, async (t) => {
  const { page, fine } = await begun(t, "");
  await press(page, "Send a test event");
  await shows(page.getByText("WEBHOOK_URL: not set, so that nobody is told of events"));
  fine();
});

test("a cap is reconciled and a revoked key reinstated", { timeout }, async (t) => {
  const { gate, page, fine } = await begun(t, "accounts/acme");
  await admin(gate, "PUT", "acme/caps/export-bytes", { settled: 12_345 });
  await press(page, "Reconcile export-bytes");
  const told = await confirm(page, "Reconcile", { Settled: "7", "Drop reservations made before": "1h" });
  assert.match(told, /12,345 are settled for acme, and 0 reserved by 0 requests\. From now on 7 are settled, and reservations made before an hour ago count no more/);
  assert.equal(json(await admin(gate, "GET", "acme/caps/export-bytes")).settled, 7);
  assert.equal(await said(page), "Of export-bytes 7 are settled for acme, 0 reserved.");
  await press(page, "Reconcile export-bytes");
  await admin(gate, "PUT", "acme/caps/export-bytes", { settled: 8 });
  assert.match(await confirm(page, "Reconcile"), /From now on as many as then are settled/);
  assert.equal(json(await admin(gate, "GET", "acme/caps/export-bytes")).settled, 8, "what was settled meanwhile stays");
  const { hashes: [hash] } = json(await admin(gate, "POST", "acme/revoked-keys", { key: "acme-2" }));
  assert.equal((await send(gate.url, withKey("acme-2"))).status, 401);
  await press(page, `Reinstate ${hash.slice(0, 12)}`);
  assert.match(await confirm(page, "Reinstate"), new RegExp(`^acme no longer refuses the key ${hash}\\.`));
  assert.notEqual((await send(gate.url, withKey("acme-2"))).status, 401);
  await shows(page.getByText("None waits."));
  assert.equal(await page.getByRole("heading", { name: "Revoked keys" }).count(), 0);
  fine();
});

test("shadow limits are shown as what they are, with what they would have denied", { timeout }, async (t) => {
  const policy = limitedTo(1_000_000, "1h");
  policy.tiers.standard.limits.push({ name: "day", algorithm: "sliding-log", units: 2, window: "1d", shadow: true });
  const { page, fine } = await begun(t, "accounts/acme", { policy });
  await shows(page.getByRole("article", { name: "day" }).getByText("shadow", { exact: true }));
  await shows(page.getByRole("table", { name: "What shadow limits would have denied" }).getByRole("row", { name: /^day \d+$/ }));
  await page.getByRole("link", { name: "Policy", exact: true }).click();
  await shows(page.getByText("2 in any 1d, in its shadow: denies nothing (sliding-log)"));
  fine();
});

test("who holds slots is shown, and a dialog that is left gives the focus back", { timeout }, async (t) => {
  const held = [];
  const { gate, page, fine } = await begun(t, "accounts/acme", { policy: lanedTo(2), handler: (_, response) => held.push(response) });
  t.after(() => held.forEach((response) => response.end()));
  send(gate.url, withKey("acme-1")).catch(() => {});
  await shows(page.getByRole("row", { name: /^lane .* (s|ms) .* [0-9a-f]{12}$/ }));
  await press(page, "Override lane");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.key), "override lane");
  assert.deepEqual((await look(gate)).overrides, []);
  fine();
});

test("a policy is judged while it is written, compared, put, and rolled back", { timeout }, async (t) => {
  const { gate, page, fine } = await begun(t, "policy", { policy: JSON.stringify(ticksupplyWith({ version: 3 }), null, 2) });
  await shows(page.getByText("200 at once, refilled at 200 per 1m (token-bucket)"));
  await page.getByRole("link", { name: "Edit" }).click();
  const text = page.getByLabel("Text");
  const put = page.getByRole("button", { name: "Put it", exact: true });
  await shows(page.getByText("Its version must be more than 3, which stands."));
  const right = await text.inputValue();
  const wrong = right.replace('"units": 200', '"units": 0');
  await text.fill(wrong);
  await press(page, `Show line ${wrong.slice(0, wrong.indexOf('"units": 0')).split("\n").length}`);
  assert.equal(await page.evaluate(() => document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)), "0");
  await shows(page.getByText("tiers.standard.limits[0].units: found 0, allowed: a whole number from 1 to 1000000000"));
  await text.fill(right.slice(0, -9));
  await shows(page.getByText("not JSON"));
  assert.ok(await put.isDisabled());
  await press(page, "As it stands");
  await text.fill(right.replace('"units": 200', '"units": 300'));
  await press(page, "Next version");
  await shows(page.getByText("It is right: version 4"));
  await shows(page.locator("li.new", { hasText: '"units": 300' }));
  await press(page, "Put it");
  await confirm(page, "Put it");
  assert.equal(json(await ask(gate, "GET", "policy")).version, 4);
  assert.match(await said(page), /^Version 4 stands, everywhere after about \d+ s\.$/);
  await shows(page.getByText("300 per 1m"));
  await page.getByRole("link", { name: "Compare version 3" }).click();
  await shows(page.locator("li.new", { hasText: '"units": 200' }));
  await press(page, "Roll back to it");
  await confirm(page, "Roll back");
  const stands = json(await ask(gate, "GET", "policy"));
  assert.deepEqual([stands.version, JSON.parse(stands.text).tiers.standard.limits[0].units], [5, 200]);
  await page.getByRole("link", { name: "All versions" }).click();
  await press(page, "Roll back to version 4");
  await confirm(page, "Roll back");
  assert.equal(json(await ask(gate, "GET", "policy")).version, 6);
  fine();
});

test("keys are put, found by their account, and revoked; all of it is in the audit", { timeout }, async (t) => {
  const { gate, page, fine } = await begun(t, "keys");
  await press(page, "Put a key");
  const dialog = page.getByRole("dialog");
  for (const [label, value] of [["Key", "new-key-1"], ["Account", "initech"], ["Tier", "gold"]]) await dialog.getByLabel(label, { exact: true }).fill(value);
  await press(dialog, "Put it");
  await shows(dialog.getByRole("alert").filter({ hasText: "tier: found \"gold\"" }));
  await confirm(page, "Put it", { Key: "new-key-1", Account: "initech", Tier: "standard", Label: "build server" });
  assert.equal((await send(gate.url, withKey("new-key-1"))).status, 200);
  await page.getByLabel("Only of the account").fill("initech");
  await press(page, "Show");
  await shows(page.getByRole("table", { name: "Keys of initech" }));
  await press(page, "Revoke build server");
  await confirm(page, "Revoke");
  assert.equal((await send(gate.url, withKey("new-key-1"))).status, 401);
  await press(page, "Revoke a key");
  await confirm(page, "Revoke", { Key: "acme-2" });
  assert.equal((await send(gate.url, withKey("acme-2"))).status, 401);
  await page.getByRole("link", { name: "Audit" }).click();
  await shows(page.getByRole("row", { name: /POST keys\/revoke key [0-9a-f]{64}/ }));
  fine();
});

test("long lists are turned page by page", { timeout }, async (t) => {
  const keys = Array.from({ length: 130 }, (_, n) => ({ key: `many-${n}`, account: `account-${n}`, tier: "standard" }));
  const { gate, page, fine } = await begun(t, "keys", { keys: [...KEYS, ...keys] });
  await press(page, "More");
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 133);
  await page.getByRole("link", { name: "Accounts" }).click();
  await press(page, "More");
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 132);
  for (let n = 0; n < 105; n++) await admin(gate, "PUT", "acme/plan", { plan: `plan-${n}` });
  await page.getByRole("link", { name: "Audit" }).click();
  await press(page, "Older");
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 105);
  fine();
});

test("an account is found by its name, and what is live can be stopped", { timeout }, async (t) => {
  const { page, fine } = await begun(t, "");
  await press(page, "Pause");
  await press(page, "Go on");
  await page.getByRole("search").getByLabel("Account").fill("acme");
  await press(page, "Look at it");
  await shows(page.getByRole("heading", { name: "Account acme" }));
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
  fine();
});

test("no button is left that was not pressed", () => assert.deepEqual(unpressed(), []));
