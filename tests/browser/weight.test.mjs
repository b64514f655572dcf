// What the playground page weighs on the wire, and that it can be read before its scripts have come.

import assert from "node:assert/strict";
import { get } from "node:http";
import { test } from "node:test";

import { editor, open, paste, verdict } from "./harness.mjs";

/** All bytes of a page that opens as they come over the wire, and what the WASM may have of them. */
const BUDGET = 520_000;
const WASM_BUDGET = 350_000;

/** How many bytes the body of an address has for a browser that takes brotli. */
function weigh(url) {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { "accept-encoding": "br", accept: "*/*" } }, (response) => {
      let size = 0;
      response.on("data", (chunk) => (size += chunk.length));
      response.on("end", () => resolve(size));
    });
    request.on("error", reject);
  });
}

test(`the playground page weighs at most ${BUDGET / 1000} kB`, async (t) => {
  const page = await open(t, "/");
  const urls = new Set();
  page.context().on("request", (request) => urls.add(request.url()));
  await page.goto(new URL("/playground", page.url()).href);
  await verdict(page).getByText(/^200 OK/).waitFor();
  for (const kind of [/worker-.*\.js$/, /\.wasm$/]) {
    assert.ok([...urls].some((url) => kind.test(url)), `nothing like ${kind} was asked for: ${[...urls].join(" ")}`);
  }
  const sizes = await Promise.all([...urls].map(async (url) => [new URL(url).pathname, await weigh(url)]));
  for (const [path, size] of sizes) t.diagnostic(`${size} ${path}`);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  t.diagnostic(`${total} in all`);
  assert.ok(total <= BUDGET, `${total} bytes`);
  const [, wasm] = sizes.find(([path]) => path.endsWith(".wasm"));
  assert.ok(wasm <= WASM_BUDGET, `the WASM has ${wasm} bytes`);
});

test("the part of the WASM that a healthy page has no use for comes with the first call that needs it", async (t) => {
  const page = await open(t, "/playground");
  // Addresses, each once: the page that opened first may still ask while it is reloaded.
  const asked = new Set();
  page.context().on("request", (request) => asked.add(request.url()));
  await page.reload();
  await verdict(page).getByText(/^200 OK/).waitFor();
  const parts = () => [...asked].filter((url) => url.endsWith(".wasm"));
  assert.deepEqual(parts().length, 1, parts().join(" "));
  await paste(page, "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {}\n");
  await editor(page).getByRole("note", { name: "error" }).filter({ hasText: "containers" }).first().waitFor();
  assert.deepEqual(parts().length, 2, parts().join(" "));
  t.diagnostic(`${await weigh(parts()[1])} ${new URL(parts()[1]).pathname}`);
});

test("the page can be read before any script has come", async (t) => {
  const page = await open(t, "/playground", { javaScriptEnabled: false });
  await page.getByRole("heading", { name: "Playground" }).waitFor();
  // Text locators pass over what stands in `noscript`.
  await page.locator("noscript p").filter({ visible: true }).waitFor();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Learn" }).click();
  await page.getByRole("region", { name: "Lessons" }).getByRole("link").first().click();
  await page.getByRole("heading", { name: "Goals" }).waitFor();
  await page.getByText("Hint 1").click();
  await page.getByText("Show the answer").click();
});
