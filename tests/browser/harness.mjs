// Starts the server and a browser once for a test file, and says what a page must never do.
//
// `PODHOP_BIN` names the server's binary, `CHROMIUM` the browser. Everything is found by role and name; nothing sleeps.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after, before } from "node:test";

import { chromium } from "playwright-core";

const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long anything may take to appear, in milliseconds. */
const PATIENCE = 10_000;

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** The server's address once it runs: `http://127.0.0.1:PORT`. */
export let address = "";
let server;
let browser;

before(async () => {
  const binary = process.env.PODHOP_BIN;
  assert.ok(binary, "set PODHOP_BIN to the podhop binary");
  server = spawn(binary, ["serve", "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, RUST_LOG: "warn" },
  });
  for await (const line of createInterface({ input: server.stdout })) {
    const found = /Podhop is at (http:\/\/[^/\s]+)/.exec(line);
    if (!found) continue;
    address = found[1];
    break;
  }
  assert.ok(address, "the server did not say where it is");
  // Its later lines go nowhere, but must not fill the pipe.
  server.stdout.resume();
  browser = await chromium.launch({ executablePath: BROWSER, args: ARGUMENTS });
});

after(async () => {
  await browser?.close();
  server?.kill();
});

/**
 * Opens a path in a fresh profile and closes it after the test. The test fails if the page throws, logs an error or
 * breaks its Content-Security-Policy.
 */
export async function open(test, path, { viewport = DESK, theme = "light", motion = "reduce", ...more } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: theme, reducedMotion: motion, ...more });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: address });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`thrown: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`logged: ${message.text()}`);
  });
  page.faults = faults;
  test.after(async () => {
    await context.close();
    assert.deepEqual(page.faults, []);
  });
  await page.goto(address + path);
  return page;
}

/** Opens one of the playground's samples. */
export async function openSample(page, title) {
  await page.getByText("Samples", { exact: true }).click();
  await page.getByRole("button", { name: title }).click();
}

/** The editor's text field. */
export function editor(page) {
  return page.getByRole("textbox", { name: "Manifests" });
}

/** Puts a text into the editor as a person pastes it. */
export async function paste(page, text) {
  await page.evaluate((value) => navigator.clipboard.writeText(value), text);
  await editor(page).click();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Control+V");
}

/** The verdict of the last request. */
export function verdict(page) {
  return page.getByRole("region", { name: "Trace" }).getByRole("status");
}
