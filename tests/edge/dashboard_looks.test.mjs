// How the dashboard is served and how it looks: to a browser that allows nothing, to axe, on a phone, and with names made to harm.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { admin, ADMIN, ask, TOKENS } from "./support/admin.mjs";
import { DESKTOP, opened, PHONE, signedIn, startBrowser } from "./support/browser.mjs";
import { send } from "./support/client.mjs";
import { dashboardFiles, load, press, shows } from "./support/dashboard.mjs";
import { startReceiver, webhookKey } from "./support/receiver.mjs";
import { KEYS, started, ticksupplyWith, withKey } from "./support/setup.mjs";

const timeout = 180_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const VIEWS = ["", "accounts", "accounts/acme", "policy", "policy/edit", "policy/versions/1", "keys", "audit"];
/// As long as an account's name may be, and markup wherever it is taken for that.
const HOSTILE = `<img/src=x/onerror=document.title='harmed'>${"w".repeat(80)}`;
const LABEL = "\"><script>document.title='harmed'</script>";

let browser;
before(async () => (browser = await startBrowser()), { timeout: 300_000 });
after(() => browser?.stop());

const got = (gate, path, headers = {}, method = "GET") => send(gate.url, { method, path, headers });

test("each file is served to everybody, with headers that allow it nothing else", { timeout }, async (t) => {
  const { gate, origin } = await started(t, { vars: TOKENS });
  const types = { html: "text/html", css: "text/css", js: "text/javascript", svg: "image/svg+xml" };
  const paths = ["/_headgate", "/_headgate/", ...dashboardFiles().map((name) => `/_headgate/dashboard/${name}`)];
  assert.ok(paths.length > 15);
  for (const path of paths) {
    const { status, headers } = await got(gate, path);
    assert.equal(status, 200, path);
    const kind = types[/\.(\w+)$/.exec(path)?.[1] ?? "html"];
    assert.equal(headers["content-type"], `${kind}; charset=utf-8`);
    assert.match(headers["content-security-policy"], /^default-src 'none'; script-src 'self'; .*form-action 'none'; frame-ancestors 'none'/);
    assert.doesNotMatch(headers["content-security-policy"], /unsafe|https?:|\*|data:/);
    assert.deepEqual([headers["x-content-type-options"], headers["referrer-policy"], headers["cache-control"]], ["nosniff", "no-referrer", "no-cache"]);
    for (const known of [headers.etag, `W/${headers.etag}`, `"other", ${headers.etag}`]) {
      const again = await got(gate, path, { "if-none-match": known });
      assert.deepEqual([again.status, again.text, again.headers.etag], [304, "", headers.etag]);
    }
    assert.equal((await got(gate, path, { "if-none-match": "\"other\"" })).status, 200);
  }
  for (const path of ["/_headgate/dashboard/", "/_headgate/dashboard/other.js", "/_headgate/dashboard/__proto__", "/_headgate/dashboard/constructor"]) {
    assert.equal((await got(gate, path)).status, 404, path);
  }
  assert.equal((await got(gate, "/_headgate/", { authorization: `Bearer ${ADMIN}` }, "POST")).status, 405);
  assert.deepEqual(origin.seen, []);
});

test("a gate without tokens has none of it", { timeout }, async (t) => {
  const { gate } = await started(t);
  for (const path of ["/_headgate", "/_headgate/", "/_headgate/dashboard/main.js"]) assert.equal((await got(gate, path)).status, 404, path);
});

/// A gate that has something to show in each view.
async function shown(t) {
  const keys = [...KEYS, { key: "hostile-1", account: HOSTILE, tier: "standard" }];
  const key = webhookKey();
  const receiver = await startReceiver(t, [key]);
  receiver.status = 503;
  const policy = ticksupplyWith({ version: 1, alerts: {} });
  const shadow = { name: "day", algorithm: "sliding-log", units: 10, window: "1d", shadow: true };
  policy.tiers.standard = { ...policy.tiers.standard, limits: [...policy.tiers.standard.limits, shadow] };
  const { gate } = await started(t, { vars: { ...TOKENS, WEBHOOK_URL: receiver.url, WEBHOOK_KEY: key }, policy, keys });
  load(t, gate, ["acme-1", "hostile-1"]);
  for (let n = 0; n < 205; n++) await send(gate.url, withKey("acme-1"));
  for (const account of ["acme", encodeURIComponent(HOSTILE)]) {
    await admin(gate, "PUT", `${account}/overrides/hour`, { units: 20_000, until: 4e9 });
    await admin(gate, "PUT", `${account}/plan`, { plan: LABEL });
    await admin(gate, "PUT", `${account}/caps/export-bytes`, { settled: 7 });
    await admin(gate, "POST", `${account}/revoked-keys`, { key: "nobody-1" });
  }
  await admin(gate, "PUT", `${encodeURIComponent(HOSTILE)}/suspension`, { until: 4e9, reason: LABEL });
  await ask(gate, "PUT", "keys", { key: "hostile-2", account: HOSTILE, tier: "standard", label: LABEL });
  await ask(gate, "PUT", "policy", JSON.stringify(ticksupplyWith({ version: 2, strangers: { tier: "trial" } }), null, 2));
  return gate;
}

/// Waits until a view has what it asked for.
const settled = (page) => page.waitForFunction(() => document.querySelector("#content h1") && !document.querySelector("[aria-busy]"));

async function goTo(page, gate, view) {
  await page.goto(`${gate.url}/_headgate/#/${view}`);
  await settled(page);
}

test("axe finds nothing wrong, and nothing has to be moved sideways, on a phone and a desktop, light and dark", { timeout }, async (t) => {
  const gate = await shown(t);
  for (const viewport of [PHONE, DESKTOP]) {
    // The page's own rules would keep axe out, too.
    const { page, context } = await opened(browser, { viewport, bypassCSP: true });
    const judged = async (what) => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `${what}: ${wide} px too wide`);
      await page.evaluate(AXE);
      // In the dark only the colours are others.
      for (const [colorScheme, rules] of [["light", {}], ["dark", { runOnly: ["color-contrast"] }]]) {
        await page.emulateMedia({ colorScheme });
        const { violations } = await page.evaluate((only) => globalThis.axe.run(document, { ...only, resultTypes: ["violations"] }), rules);
        const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).slice(0, 2).join(" / ")}`);
        assert.deepEqual(told, [], `${what}, ${viewport.width} px, ${colorScheme}`);
      }
    };
    await page.goto(`${gate.url}/_headgate/`);
    await shows(page.getByLabel("Token", { exact: true }));
    await judged("sign in");
    await signedIn(page, gate, ADMIN);
    for (const view of [...VIEWS, `accounts/${encodeURIComponent(HOSTILE)}`]) {
      await goTo(page, gate, view);
      await judged(view);
    }
    await goTo(page, gate, "accounts/acme");
    await press(page, "Override minute");
    await judged("a dialog");
    await context.close();
  }
});

test("names that are markup are shown as they are, in every view", { timeout }, async (t) => {
  const gate = await shown(t);
  const { page, wrong, context } = await opened(browser);
  t.after(() => context.close());
  await signedIn(page, gate, ADMIN);
  const images = () => page.locator("img").count();
  const usual = await images();
  for (const [view, text] of [["accounts", HOSTILE], [`accounts/${encodeURIComponent(HOSTILE)}`, LABEL], ["keys", LABEL], [`keys?account=${encodeURIComponent(HOSTILE)}`, HOSTILE], ["audit", HOSTILE]]) {
    await goTo(page, gate, view);
    await shows(page.getByText(text));
    assert.equal(await images(), usual, view);
  }
  await goTo(page, gate, `accounts/${encodeURIComponent(HOSTILE)}`);
  for (const name of ["Lift the suspension", "Erase"]) {
    await press(page, name);
    await shows(page.getByRole("dialog").getByText(HOSTILE));
    await page.keyboard.press("Escape");
  }
  assert.equal(await images(), usual);
  assert.doesNotMatch(await page.title(), /^harmed/);
  assert.deepEqual(wrong, []);
});

test("all of it can be reached by the keyboard alone, and what comes in live takes no focus away", { timeout }, async (t) => {
  const gate = await shown(t);
  const { page, context } = await opened(browser);
  t.after(() => context.close());
  await signedIn(page, gate, ADMIN, "accounts/acme");
  await page.reload();
  await shows(page.getByRole("button", { name: "Reset minute" }));
  const tabbed = async (times) => {
    const reached = [];
    for (let n = 0; n < times; n++) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()));
    }
    return reached;
  };
  const order = ["Skip to the content", "Overview", "Accounts", "Policy", "Keys", "Audit", "Sign out", "Pause", "in the directory", "Override a limit", "Suspend", "Export", "Erase", "Override minute", "Reset minute"];
  assert.deepEqual(await tabbed(15), order);
  await shows(page.getByRole("button", { name: "Send again" }));
  const rest = (await tabbed(30)).map((name) => name.replace(/[0-9a-f]{12}$/, "HASH"));
  for (const name of ["Reconcile export-bytes", "Save usage as CSV", "Send again", "Reinstate HASH"]) assert.ok(rest.includes(name), `${name}: ${rest}`);
  await page.getByRole("button", { name: "Reset minute" }).focus();
  const before = await page.locator(".asked").textContent();
  await page.waitForFunction((text) => document.querySelector(".asked").textContent !== text, before);
  assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), "Reset minute");
  await page.keyboard.press("Enter");
  await shows(page.getByRole("dialog"));
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), "Reset minute");
});
