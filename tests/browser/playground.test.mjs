// The playground: typing, sending, following hops to lines, files, sharing, keeping.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { DESK, PHONE, editor, open, openSample, paste, verdict } from "./harness.mjs";

const trace = (page) => page.getByRole("region", { name: "Trace" });
const map = (page) => page.getByRole("region", { name: "Picture" });

/** Twelve Services in front of forty pods that call each other forwards and back. */
function crowd() {
  const apps = {
    gateway: [4, "catalog cart account search"],
    catalog: [4, "inventory pricing media"],
    cart: [4, "pricing checkout sessions"],
    account: [3, "sessions ledger"],
    search: [3, "catalog"],
    inventory: [4, "ledger"],
    pricing: [3, "inventory"],
    media: [3, ""],
    checkout: [4, "payment ledger cart"],
    payment: [3, "ledger"],
    sessions: [3, ""],
    ledger: [2, ""],
  };
  const one = ([name, [replicas, calls]]) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: server
          image: registry.example/${name}:1.4
          ports: [{containerPort: 8080}]
          env: [${calls.split(" ").filter(Boolean).map((to) => `{name: ${to.toUpperCase()}_URL, value: "http://${to}:8080/"}`).join(", ")}]
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {${name === "gateway" ? "type: LoadBalancer, " : ""}selector: {app: ${name}}, ports: [{port: 8080}]}
`;
  return Object.entries(apps).map(one).join("---\n");
}

test("a first visit shows a request that was answered", async (t) => {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK from web-/).waitFor();
  await trace(page).getByRole("button", { name: "Service web" }).waitFor();
  await trace(page).getByRole("button", { name: /^db-0/ }).waitFor();
});

test("a selector that matches nothing refuses at the Service, and answers once it is mended", async (t) => {
  const page = await open(t, "/playground");
  await openSample(page, "A selector that matches nothing");
  await verdict(page).getByText(/refused/i).waitFor();
  await trace(page).getByRole("listitem").filter({ hasText: "refused" }).getByRole("button", { name: "Service greeter" }).waitFor();
  const text = readFileSync(new URL("../../static/samples/broken-selector.yaml", import.meta.url), "utf8");
  await paste(page, text.replace("app: greeting", "app: greeter"));
  await verdict(page).getByText(/^200 OK from greeter-/).waitFor();
});

test("a mistake is underlined with its reason, and mended with one press", async (t) => {
  const page = await open(t, "/playground");
  await paste(page, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  verbose: y\n");
  const note = editor(page).getByRole("note");
  await note.waitFor();
  await note.getByRole("button", { name: /quotes/ }).click();
  await note.waitFor({ state: "detached" });
  await editor(page).getByText('verbose: "y"').waitFor();
});

test("a hop leads to its line, and the line is selected", async (t) => {
  const page = await open(t, "/playground");
  const hop = trace(page).getByRole("listitem").filter({ has: page.getByRole("button", { name: "Service web" }) });
  await hop.getByRole("button", { name: /^line \d+/ }).first().click();
  await editor(page).and(page.locator(":focus")).waitFor();
  const selected = await page.evaluate(() => {
    const host = document.activeElement;
    return (host?.shadowRoot ?? document).getSelection?.()?.toString() ?? document.getSelection()?.toString();
  });
  assert.match(selected ?? "", /\S/);
});

test("the hops can be stepped through from the keyboard", async (t) => {
  const page = await open(t, "/playground");
  await trace(page).getByRole("button", { name: "Service web" }).waitFor();
  const place = page.getByRole("slider", { name: "Place on the journey" });
  await place.focus();
  // To the end first, which stops the journey wherever it is by now.
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  const [, title] = /^hop 2 of \d+: (.+), [^,]+$/.exec((await place.getAttribute("aria-valuetext")) ?? "") ?? [];
  assert.ok(title, "the place is said");
  await trace(page).locator("[aria-current=step]").getByRole("button", { name: title, exact: true }).waitFor();
});

test("a request is sent from the text with Control and Enter", async (t) => {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  await page.getByRole("combobox", { name: "URL" }).fill("http://nowhere.example/");
  await editor(page).click();
  await page.keyboard.press("Control+Enter");
  await verdict(page).getByText(/^200 OK/).waitFor({ state: "detached" });
});

test("suggestions are chosen from the keyboard", async (t) => {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  const url = page.getByRole("combobox", { name: "URL" });
  await url.focus();
  const before = await url.inputValue();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("listbox", { name: "Suggestions" }).getByRole("option").nth(1).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.notEqual(await url.inputValue(), before);
  assert.equal(await page.getByRole("listbox", { name: "Suggestions" }).count(), 0);
});

test("many requests show where they went", async (t) => {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  await page.getByRole("spinbutton", { name: "How many" }).fill("40");
  await page.getByRole("button", { name: "Send" }).click();
  const table = trace(page).getByRole("table", { name: "Where 40 requests went" });
  await table.waitFor();
  assert.ok((await table.getByRole("row").count()) >= 2);
});

test("Escape and then Tab leave the editor; Tab alone indents", async (t) => {
  const page = await open(t, "/playground");
  await paste(page, "kind: Service");
  await page.keyboard.press("Home");
  await page.keyboard.press("Tab");
  await editor(page).getByText("  kind: Service").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => !document.activeElement?.shadowRoot);
});

test("the text is searched", async (t) => {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  await editor(page).click();
  await page.keyboard.press("Control+F");
  const find = page.getByRole("textbox", { name: "Find" });
  await find.fill("postgres:18");
  await find.press("Enter");
  await find.press("Escape");
  await find.waitFor({ state: "detached" });
  await editor(page).and(page.locator(":focus")).waitFor();
});

test("files are added, renamed, closed and brought back", async (t) => {
  const page = await open(t, "/playground");
  const files = page.getByRole("list", { name: "Files" });
  await page.getByRole("button", { name: "Add a file" }).click();
  await files.getByRole("button", { name: "manifests.yaml", exact: true }).focus();
  await page.keyboard.press("F2");
  await page.getByRole("textbox", { name: "New name of manifests.yaml" }).fill("extra.yaml");
  await page.keyboard.press("Enter");
  await paste(page, "# kept");
  await page.getByRole("button", { name: "Close extra.yaml" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await files.getByRole("button", { name: "extra.yaml", exact: true }).waitFor();
  await editor(page).getByText("# kept").waitFor();
});

test("a broken text keeps the last picture and says where it breaks", async (t) => {
  const page = await open(t, "/playground");
  const label = await map(page).getByRole("group", { name: /^The cluster/ }).or(map(page).getByRole("img")).first().getAttribute("aria-label");
  await paste(page, "kind: [");
  await editor(page).getByRole("note").first().waitFor();
  await page.getByText("the picture shows the text before").waitFor();
  const after = await map(page).getByRole("group", { name: /^The cluster/ }).or(map(page).getByRole("img")).first().getAttribute("aria-label");
  assert.equal(after, label);
});

test("an HTML name stays a name", async (t) => {
  const page = await open(t, "/playground");
  await paste(page, "apiVersion: v1\nkind: Service\nmetadata:\n  name: '<img src=x onerror=alert(1)>'\nspec:\n  ports:\n    - port: 80\n");
  await editor(page).getByRole("note").first().waitFor();
  assert.equal(await page.locator("img").count(), 0);
});

test("a link holds text and request", async (t) => {
  const page = await open(t, "/playground");
  await paste(page, "# shared by link");
  await page.getByRole("combobox", { name: "URL" }).fill("http://one.two/three");
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByText("The link is copied").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await open(t, link.slice(link.indexOf("/playground")));
  await editor(other).getByText("# shared by link").waitFor();
  assert.equal(await other.getByRole("combobox", { name: "URL" }).inputValue(), "http://one.two/three");
});

test("what a cluster gave is pasted without the values of its Secrets", async (t) => {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  await paste(page, "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: db\n    uid: 7f1c\n  data:\n    password: aHVudGVyMg==\n");
  await page.getByText("the values of its Secrets were left out").waitFor();
  await editor(page).getByText('password: ""').waitFor();
  assert.ok(!(await editor(page).innerText()).includes("aHVudGVyMg=="));
});

test("forty pods in twelve Services are seen whole and can be read", async (t) => {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  await paste(page, crowd());
  await map(page).getByRole("group", { name: "The cluster: 3 nodes, 12 Services, 40 pods" }).waitFor();
  const seen = await page.evaluate(() => {
    const svg = document.querySelector("[data-part=picture] svg[role=group]");
    const scroller = svg.parentElement;
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent);
    return {
      hidden: Math.max(scroller.scrollWidth - scroller.clientWidth, scroller.scrollHeight - scroller.clientHeight),
      // The height of a line is about 1.2 times the size of its letters.
      smallest: Math.min(...texts.map((text) => text.getBoundingClientRect().height / 1.2)),
      scale: svg.clientWidth / svg.viewBox.baseVal.width,
    };
  });
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.hidden <= 0, `${seen.hidden} pixels are out of sight`);
  assert.ok(seen.scale >= 0.75, `drawn at ${seen.scale}`);
});

test("a damaged link says so and shows a cluster all the same", async (t) => {
  const page = await open(t, "/playground#p1.AAAA");
  await page.getByText("This link is damaged").waitFor();
  await verdict(page).getByText(/^200 OK/).waitFor();
});

test("a reload keeps the text", async (t) => {
  const page = await open(t, "/playground");
  await paste(page, "# still here");
  await editor(page).getByText("# still here").waitFor();
  await page.reload();
  await editor(page).getByText("# still here").waitFor();
});

test("a simulator that stops is started again and the text is kept", async (t) => {
  const page = await open(t, "/playground");
  await page.route("**/worker-*.js", async (route) => {
    const original = await route.fetch();
    const trap = `addEventListener("message", (event) => {
      if (!event.data.json.includes("stop-the-simulator")) return;
      event.stopImmediatePropagation();
      postMessage({ id: event.data.id, crash: "unreachable executed" });
    });`;
    await route.fulfill({ response: original, body: trap + (await original.text()) });
  });
  await page.reload();
  await verdict(page).getByText(/^200 OK/).waitFor();
  await editor(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("# stop-the-simulator\n");
  await page.getByText("The simulator stopped (unreachable executed) and was started again.").waitFor();
  await editor(page).getByText("# stop-the-simulator").waitFor();
  await page.getByText("The simulator stopped on this text").waitFor();
  await page.keyboard.press("Control+Z");
  await page.getByRole("button", { name: "Send" }).click();
  await verdict(page).getByText(/^200 OK/).waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("on a phone one part is shown at a time, and a line leads to the text", async (t) => {
  const page = await open(t, "/playground", { viewport: PHONE, hasTouch: true });
  await verdict(page).getByText(/^200 OK/).waitFor();
  const parts = page.getByRole("group", { name: "What to show" });
  await parts.getByRole("button", { name: "Trace" }).click();
  await page.getByRole("button", { name: /^line \d+/ }).first().click();
  await editor(page).waitFor();
  assert.equal(await parts.getByRole("button", { name: "YAML" }).getAttribute("aria-pressed"), "true");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(wide, PHONE.width);
});

test("on a phone a sender with a long name leaves the request bar whole", async (t) => {
  const page = await open(t, "/playground", { viewport: PHONE, hasTouch: true });
  await verdict(page).getByText(/^200 OK/).waitFor();
  await page.getByRole("group", { name: "What to show" }).getByRole("button", { name: "YAML" }).click();
  await paste(page, `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${"very-".repeat(9)}long\nspec:\n  containers:\n  - name: app\n    image: nginx\n`);
  await page.getByText("1 object accepted").waitFor();
  const { form, parts } = await page.getByRole("form", { name: "Request" }).evaluate((element) => ({
    form: element.getBoundingClientRect().right,
    parts: [...element.querySelectorAll("button, select, input")].map((part) => part.getBoundingClientRect().right),
  }));
  assert.ok(Math.max(...parts) <= form, `${Math.max(...parts)} of ${form} pixels`);
});

test("with motion the train moves between hops, and pausing stops it", async (t) => {
  const page = await open(t, "/playground", { motion: "no-preference", viewport: DESK });
  const place = page.getByRole("slider", { name: "Place on the journey" });
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.waitForFunction(() => {
    const slider = document.querySelector("input[type=range]");
    return slider instanceof HTMLInputElement && slider.valueAsNumber % 1 > 0;
  });
  await page.getByRole("button", { name: "Pause" }).click();
  const stopped = await place.inputValue();
  await page.getByRole("button", { name: "Play" }).waitFor();
  assert.equal(await place.inputValue(), stopped);
});

test("the theme is chosen and remembered", async (t) => {
  const page = await open(t, "/playground");
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await page.getByRole("button", { name: "Theme: auto" }).click();
  await page.getByRole("button", { name: "Theme: light" }).click();
  await page.getByRole("button", { name: "Theme: dark" }).waitFor();
  assert.notEqual(await paper(), light);
  await page.reload();
  await page.getByRole("button", { name: "Theme: dark" }).waitFor();
  assert.notEqual(await paper(), light);
});

test("a selector that is pointed at lights its pods and names them, or the near miss", async (t) => {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  await openSample(page, "A selector that matches nothing");
  await verdict(page).getByText(/refused/i).waitFor();
  const about = page.getByRole("region", { name: "Manifests" }).locator(".status-about");
  await editor(page).getByText("app: greeting").last().hover();
  await about.getByText("pods here have app: greeter").waitFor();
  await editor(page).getByRole("note").first().getByRole("button").click();
  await verdict(page).getByText(/^200 OK/).waitFor();
  await editor(page).getByText("selector:").last().hover();
  await about.getByText(/^Selects 2 pods: greeter-\S+, greeter-\S+$/).waitFor();
  assert.equal(await map(page).locator(".pic-pod.pointed").count(), 2);
});

test("a page that was worked with goes on without a network", async (t) => {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  const rest = page.context().waitForEvent("requestfinished", (request) => request.url().includes("playground_wasm_rest"));
  await editor(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("# Hello\n");
  await rest;
  await page.context().setOffline(true);
  await openSample(page, "A selector that matches nothing");
  await verdict(page).getByText(/refused/i).waitFor();
  await editor(page).getByRole("note").getByRole("button", { name: "Change to app: greeter" }).click();
  await verdict(page).getByText(/^200 OK/).waitFor();
  await page.context().setOffline(false);
});
