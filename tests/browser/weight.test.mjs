// What the playground page weighs on the wire, and that it can be read before its scripts have come.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open, verdict } from "./harness.mjs";

/** All bytes of the page, WASM included, as they come over the wire. */
const BUDGET = 520_000;

test(`the playground page weighs at most ${BUDGET / 1000} kB`, async (t) => {
  const page = await open(t, "/");
  const weights = new Map();
  page.on("requestfinished", (request) => {
    weights.set(request.url(), request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  // Out of the browser's memory of the first page.
  await page.context().clearCookies();
  const session = await page.context().newCDPSession(page);
  await session.send("Network.clearBrowserCache");
  await page.goto(new URL("/playground", page.url()).href);
  await verdict(page).getByText(/^200 OK/).waitFor();
  const sizes = await Promise.all([...weights].map(async ([url, size]) => [new URL(url).pathname, await size]));
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  t.diagnostic(sizes.map(([path, size]) => `${path} ${size}`).join("\n"));
  assert.ok(total <= BUDGET, `${total} bytes`);
});

test("the page can be read before any script has come", async (t) => {
  const page = await open(t, "/playground", { javaScriptEnabled: false });
  await page.getByRole("heading", { name: "Playground" }).waitFor();
  await page.getByText("needs JavaScript").waitFor();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Learn" }).click();
  await page.getByRole("region", { name: "Lessons" }).getByRole("link").first().click();
  await page.getByRole("heading", { name: "Goals" }).waitFor();
  await page.getByText("Hint 1").click();
  await page.getByText("Show the answer").click();
});
