// A real browser on the dashboard of a gate.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { browser, ensureChromium } from "../../../scripts/chromium.mjs";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/// Starts a browser; `stop` ends it and all that belongs to it.
export async function startBrowser() {
  await ensureChromium();
  const { path, env } = browser();
  const folder = mkdtempSync(join(tmpdir(), "headgate-browser-"));
  const running = await chromium.launch({ executablePath: path, args: FLAGS, env: { ...env, TMPDIR: folder } });
  const stop = async () => {
    await running.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { running, stop };
}

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 740 };

/// A page of its own in a browser. What goes wrong in it, from errors to what its policy on content forbids, is in `wrong`.
export async function opened({ running }, { viewport = DESKTOP, colorScheme = "light", ...more } = {}) {
  const context = await running.newContext({ viewport, colorScheme, reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC", ...more });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error.stack}`));
  page.on("console", (message) => {
    // Of answers that are no success the browser tells by itself.
    const isAnswer = message.text().startsWith("Failed to load resource: the server responded with a status of 4");
    if (["error", "warning"].includes(message.type()) && !isAnswer) wrong.push(`${message.type()}: ${message.text()}`);
  });
  return { page, wrong, context };
}

/// Opens a view of a gate and signs in, if that is asked for.
export async function signedIn(page, gate, token, view = "") {
  await page.goto(`${gate.url}/_headgate/#/${view}`);
  await page.getByLabel("Token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Views" }).waitFor();
}
