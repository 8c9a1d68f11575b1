// Pictures of the dashboard for the docs, of a gate that really decides: its clock is set on between bursts of requests, so that an hour
// of them takes a minute or two.
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { buildKvTool } from "./local-state.mjs";
import { main, say, Stop } from "./run.mjs";
import { setup } from "./setup.mjs";
import { root } from "./tools.mjs";

const FOLDER = join(root, "docs", "images");
const MOST_BYTES = 150_000;
const MINUTES = 60;
const TOKEN = "a token for screenshots, longer than 32 bytes";

/// Who asks, and how many requests a minute on the whole.
const CLIENTS = { acme: 70, globex: 38, initech: 25, umbrella: 12, hooli: 6 };

/// Of the gate's classes those that the faulty one does not wrap, such as CollectorObject.
const ALL = '// With CollectorObject.\nexport * from "./worker.js";\n';

const POLICY = {
  version: 1, keys: { directory: true }, strangers: "deny", deny_cache: "0s",
  tiers: { standard: { limits: [
    { name: "minute", algorithm: "token-bucket", units: 60, window: "1m" },
    { name: "day", algorithm: "fixed-window", units: 5_000, window: "1d" },
    { name: "exports", algorithm: "concurrency", slots: 4, lease: "1m", patience: "0ms" },
  ] } },
  routes: [{ path: "/v1/exports/**", lane: "exports" }],
};

await main(import.meta.url, async () => {
  await setup();
  await build();
  await buildKvTool();
  const shooting = [];
  try {
    await shoot((stop) => shooting.unshift(stop));
  } finally {
    for (const stop of shooting) await stop();
  }
});

async function shoot(after) {
  // Not before set-up: they need what it brings.
  const { opened, PHONE, signedIn, startBrowser } = await import("../tests/edge/support/browser.mjs");
  const { FAULTY } = await import("../tests/edge/support/faulty.mjs");
  const { startOrigin } = await import("../tests/edge/support/origin.mjs");
  const { startGate } = await import("../tests/edge/support/workerd.mjs");
  const held = [];
  const origin = await startOrigin((request, response) => (request.url.startsWith("/v1/exports/") ? held.push(response) : response.end("{}")));
  after(() => origin.stop());
  const keys = Object.keys(CLIENTS).map((account) => ({ key: `key-of-${account}`, account, tier: "standard", label: `${account}'s server` }));
  const gate = await startGate({ policy: POLICY, keys, origin: origin.url, wrapper: FAULTY + ALL, vars: { ADMIN_TOKEN: TOKEN } });
  after(() => gate.stop());
  const now = await anHour(gate);
  const browser = await startBrowser();
  after(() => browser.stop());
  const picture = async (name, view, look, prepare = () => {}) => {
    const { page, context } = await opened(browser, look);
    await page.clock.setFixedTime(now);
    await signedIn(page, gate, TOKEN, view);
    await page.waitForFunction(() => !document.querySelector("[aria-busy]"));
    await prepare(page);
    await save(page, name);
    await context.close();
  };
  const desktop = { width: 1100, height: 1150 };
  await picture("overview", "", { viewport: { ...desktop, height: 1320 } });
  await picture("account", "accounts/acme", { viewport: desktop });
  await picture("override", "accounts/acme", { viewport: { width: 1100, height: 760 } }, async (page) => {
    await page.getByRole("button", { name: "Override a limit" }).click();
    await page.getByLabel("Units").fill("2000");
    await page.getByRole("button", { name: "In a day" }).click();
  });
  await picture("phone", "accounts/acme", { viewport: PHONE, colorScheme: "dark" });
  await picture("policy", "policy/edit", { viewport: desktop }, async (page) => {
    const text = page.getByLabel("Text");
    await text.fill((await text.inputValue()).replace('"version": 1', '"version": 2').replace('"units": 60', '"units": 120').replace('"slots": 4', '"slots": 6'));
    await page.getByText("It is right: version 2").waitFor();
    await page.getByRole("button", { name: "Put it" }).focus();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  });
}

/// An hour of requests, of which some hold slots at its end; an instant in its last minute.
async function anHour(gate) {
  const { send } = await import("../tests/edge/support/client.mjs");
  const { skew } = await import("../tests/edge/support/faulty.mjs");
  const { withKey } = await import("../tests/edge/support/setup.mjs");
  const asked = (account, path) => send(gate.url, withKey(`key-of-${account}`, path && { path }));
  for (let minute = 0; minute < MINUTES; minute++) {
    await skew(gate, 60 * minute);
    if (minute === MINUTES - 1) for (const name of ["orders", "seats"]) asked("acme", `/v1/exports/${name}`).catch(() => {});
    for (const [account, usual] of Object.entries(CLIENTS)) {
      const swing = 1 + 0.45 * Math.sin(minute / 7 + account.length) + 0.15 * Math.sin(minute * 2.3 * account.length);
      await Promise.all(Array.from({ length: Math.round(usual * swing) }, () => asked(account)));
    }
    if (minute % 10 === 0) say(`${minute} of ${MINUTES} minutes`);
  }
  const admin = (path, body) => send(gate.url, { method: "PUT", path: `/_headgate/accounts/${path}`, headers: { authorization: `Bearer ${TOKEN}` }, body: JSON.stringify(body) });
  const now = Date.now() + 60_000 * (MINUTES - 1);
  await admin("acme/overrides/day", { units: 20_000, until: Math.floor(now / 1_000) + 86_400 });
  for (let n = 0; n < 3; n++) await asked("acme");
  await admin("acme/plan", { plan: "pro", access_status: "active" });
  return now;
}

async function save(page, name) {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, animations: "disabled" });
  const { size } = statSync(path);
  say(`${path}: ${size} bytes`);
  if (size > MOST_BYTES) throw new Stop(`${path} is too large: ${size} bytes, allowed: ${MOST_BYTES}`);
}
