// What people paste by mistake: the page says what is wrong and where, keeps the text and the last picture, and stays usable.

import assert from "node:assert/strict";
import { test } from "node:test";

import { editor, open, paste, verdict } from "./harness.mjs";

/** How long the page may not react while it takes in anything, in milliseconds. */
const STALL = 1500;

/** Starts to measure the longest time in which the page did not react; the answer reads it. */
async function stalls(page) {
  await page.evaluate(() => {
    let last = performance.now();
    globalThis.longestStall = 0;
    setInterval(() => {
      const now = performance.now();
      globalThis.longestStall = Math.max(globalThis.longestStall, now - last);
      last = now;
    }, 10);
  });
  return async () => Math.round(await page.evaluate(() => globalThis.longestStall));
}

const status = (page) => page.getByRole("region", { name: "Manifests" });

const deployment = (name, replicas) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: app, image: registry.example/app:1, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 8080}]}
`;

test("5 MB of YAML are refused in words, kept, and do not hold up the page", async (t) => {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  const one = deployment("web", 1);
  const text = Array.from({ length: Math.ceil(5_000_000 / one.length) }, (_, index) => one.replaceAll("web", `web-${index}`)).join("---\n");
  const longest = await stalls(page);
  await paste(page, text);
  await status(page).getByText("This text is too large to be read").waitFor();
  const stall = await longest();
  t.diagnostic(`the page did not react for ${stall} ms at most`);
  assert.ok(stall < STALL, `${stall} ms`);
  await verdict(page).getByText(/^200 OK/).waitFor();
  await page.keyboard.press("Control+Home");
  await editor(page).getByText("web-0", { exact: false }).first().waitFor();
  await page.keyboard.press("Control+Z");
  await status(page).getByText(/objects? accepted/).waitFor();
});

test("ten thousand pods are run, and drawn as far as can be read", async (t) => {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  const text = Array.from({ length: 10 }, (_, index) => deployment(`web-${index}`, 1000)).join("---\n");
  const longest = await stalls(page);
  const begin = Date.now();
  await paste(page, text);
  await status(page).getByText("20 objects accepted").waitFor();
  await page.getByText(/^The picture shows .* of 10,002 pods/).waitFor();
  const stall = await longest();
  t.diagnostic(`shown after ${Date.now() - begin} ms; the page did not react for ${stall} ms at most`);
  assert.ok(stall < STALL, `${stall} ms`);
});

const mistakes = [
  ["a tab for indentation", "kind: Service\nmetadata:\n\tname: web\n", /tab/i, 3],
  ["a paste that ends in the middle", "apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {app", /./, 3],
  ["a quote that is not closed", 'apiVersion: v1\nkind: Service\nmetadata:\n  name: "web\n', /./, 4],
  [
    "aliases that explode",
    `kind: ConfigMap\na: &a [x, x, x, x, x, x, x, x, x, x]\n${[..."bcdefgh"].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${"abcdefgh"[index]}`)}]`).join("\n")}\n`,
    /alias/i,
    null,
  ],
  ["the same key twice", "apiVersion: v1\nkind: Service\nkind: Pod\n", /twice|already|duplicate/i, 3],
  ["a name that is HTML", 'apiVersion: v1\nkind: Service\nmetadata: {name: "<script>alert(1)</script>"}\nspec: {ports: [{port: 80}]}\n', /name/i, 3],
];

for (const [what, text, message, line] of mistakes) {
  test(`${what}: said at its line, and the picture stays`, async (t) => {
    const page = await open(t, "/playground");
    await verdict(page).getByText(/^200 OK/).waitFor();
    await paste(page, text);
    await editor(page).getByRole("note", { name: "error" }).filter({ hasText: message }).first().waitFor();
    await status(page).locator("summary").click();
    const problem = status(page).getByRole("listitem").filter({ hasText: message }).filter({ hasText: "error" }).first();
    const place = await problem.getByRole("button", { name: /:\d+$/ }).innerText();
    if (line !== null) assert.match(place, new RegExp(`:${line}$`));
    await status(page).getByText("the picture shows the text before").waitFor();
    await verdict(page).getByText(/^200 OK/).waitFor();
    assert.equal(await page.locator("script:text('alert')").count(), 0);
  });
}

test("Windows line ends are read like others", async (t) => {
  const page = await open(t, "/playground");
  await paste(page, deployment("web", 2).replaceAll("\n", "\r\n"));
  await status(page).getByText("2 objects accepted").waitFor();
  await status(page).getByText("No problems").waitFor();
});

test("a text that the simulator does not come to an end with is given up, and kept", async (t) => {
  const page = await open(t, "/playground");
  await page.route("**/worker-*.js", async (route) => {
    const original = await route.fetch();
    const trap = `addEventListener("message", (event) => {
      if (event.data.json.includes("without-end")) event.stopImmediatePropagation();
    });`;
    await route.fulfill({ response: original, body: trap + (await original.text()) });
  });
  await page.clock.install();
  await page.reload();
  await verdict(page).getByText(/^200 OK/).waitFor();
  await editor(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("# without-end\n");
  await page.clock.runFor(30_000);
  await status(page).getByText("Reading this text takes too long").waitFor();
  await editor(page).getByText("# without-end").waitFor();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Delete");
  await page.clock.runFor(2000);
  await status(page).getByText(/objects? accepted/).waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("a part of the simulator that does not come is said, and the text kept", async (t) => {
  const page = await open(t, "/playground");
  await page.route("**/playground_wasm_rest-*.wasm", (route) => route.abort());
  await paste(page, "apiVersion: v1\nkind: Pod\nmetadata: {name: kept}\nspec: {}\n");
  await page.getByText(/could not be fetched/).first().waitFor();
  await editor(page).getByText("kept").first().waitFor();
});
