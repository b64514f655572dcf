// The panels beside the hops: endpoints, lookups, rules and policies, from the keyboard too; and problems that can be mended.

import assert from "node:assert/strict";
import { test } from "node:test";

import { editor, open, openSample, paste, verdict } from "./harness.mjs";

const trace = (page) => page.getByRole("region", { name: "Trace" });
const tab = (page, name) => trace(page).getByRole("tab", { name });
const panel = (page, name) => trace(page).getByRole("tabpanel", { name });

async function opened(t, sample) {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  if (sample) await openSample(page, sample);
  return page;
}

test("tabs are chosen with the arrows, and endpoints follow the Service", async (t) => {
  const page = await opened(t);
  await tab(page, "Hops").focus();
  await page.keyboard.press("ArrowRight");
  await tab(page, "Endpoints").and(page.locator(":focus")).waitFor();
  const endpoints = panel(page, "Endpoints").getByRole("list", { name: "Endpoints" }).getByRole("listitem");
  await endpoints.filter({ hasText: "web-" }).first().waitFor();
  assert.equal(await endpoints.count(), 2);
  await panel(page, "Endpoints").getByLabel("Service").selectOption("api");
  await endpoints.filter({ hasText: "api-" }).nth(2).waitFor();
  await page.getByRole("button", { name: /^Service db\./ }).press("Enter");
  await endpoints.filter({ hasText: "db-0" }).waitFor();
  await tab(page, "Endpoints").focus();
  await page.keyboard.press("End");
  await panel(page, "Policies").waitFor();
});

test("pods are listed as kubectl does, with their containers and events", async (t) => {
  const page = await opened(t);
  await tab(page, "Pods").click();
  const pods = panel(page, "Pods").getByRole("list", { name: "Pods" });
  const db = pods.getByRole("listitem").filter({ hasText: "db-0" }).first();
  await db.getByText("1/1 Running").waitFor();
  await db.getByText("db-0", { exact: true }).click();
  await db.getByText(/running/).first().waitFor();
  const events = db.getByRole("list", { name: "Events of this pod" });
  await events.getByText("Scheduled").waitFor();
  await events.getByText("Started").first().waitFor();
});

test("a lookup lists the questions that the resolver sends, in order", async (t) => {
  const page = await opened(t);
  await tab(page, "DNS").click();
  const dns = panel(page, "DNS");
  await dns.getByLabel("from").selectOption("api");
  await dns.getByRole("textbox", { name: "name" }).fill("db");
  await dns.getByRole("textbox", { name: "name" }).press("Enter");
  await dns.getByRole("listitem").filter({ hasText: "db.shop.svc.cluster.local. A NOERROR" }).waitFor();
  await dns.getByRole("textbox", { name: "name" }).fill("example.com");
  await dns.getByRole("button", { name: "Look up" }).click();
  const questions = dns.getByRole("list").first().getByRole("listitem");
  await questions.filter({ hasText: /^example\.com\. A NOERROR$/ }).waitFor();
  const names = await questions.locator("code").allInnerTexts();
  assert.deepEqual(names, ["example.com.shop.svc.cluster.local.", "example.com.svc.cluster.local.", "example.com.cluster.local.", "example.com."]);
});

test("kube-proxy's rules are shown as each tool prints them, and lead to the line they come from", async (t) => {
  const page = await opened(t);
  await tab(page, "Rules").click();
  const rules = panel(page, "Rules");
  await rules.getByText(/-A KUBE-SERVICES/).first().waitFor();
  await rules.getByLabel("as").selectOption("ipvsadm -Ln");
  await rules.getByText(/IP Virtual Server/).waitFor();
  await rules.getByLabel("as").selectOption("iptables-save");
  await rules.getByRole("button", { name: /KUBE-SERVICES/ }).first().click();
  await editor(page).and(page.locator(":focus")).waitFor();
});

test("the matrix says who may reach whom, what a policy changes, and sends what is pressed", async (t) => {
  const page = await opened(t, "Shop with a closed door");
  await tab(page, "Policies").click();
  const policies = panel(page, "Policies");
  await policies.getByRole("button", { name: "api to db: denied" }).waitFor();
  const before = await editor(page).innerText();
  await policies.getByRole("checkbox").first().uncheck();
  await policies.getByRole("button", { name: "api to db: would be allowed" }).waitFor();
  assert.equal(await editor(page).innerText(), before);
  await policies.getByRole("checkbox").first().check();
  await policies.getByRole("button", { name: "api to db: denied" }).click();
  await verdict(page).getByText(/^Timed out/).waitFor();
  assert.match(await page.getByRole("combobox", { name: "URL" }).inputValue(), /^tcp:\/\/10\.244\..*:5432$/);
});

test("pointing at a selector lights what it selects", async (t) => {
  const page = await opened(t);
  await editor(page).getByText("app: web").first().hover();
  await page.waitForFunction(() => document.querySelectorAll(".pic-pod.pointed").length === 2);
  await page.getByRole("heading", { name: "Playground" }).hover({ force: true });
});

const MISSPELT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  lables:\n    app: web\n";

test("a misspelt field is mended from the list of problems", async (t) => {
  const page = await opened(t);
  await paste(page, MISSPELT);
  const manifests = page.getByRole("region", { name: "Manifests" });
  await editor(page).getByRole("note", { name: "error" }).first().waitFor();
  await manifests.locator("summary").click();
  await manifests.getByRole("listitem").getByRole("button", { name: "Change to labels" }).click();
  await manifests.getByText("No problems").waitFor();
  await editor(page).getByText("labels:").waitFor();
});

test("a misspelt field is mended from the keyboard, where the cursor is", async (t) => {
  const page = await opened(t);
  await paste(page, MISSPELT);
  await editor(page).getByRole("note", { name: "error" }).first().waitFor();
  await page.keyboard.press("Control+Home");
  for (let line = 1; line < 5; line += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Control+.");
  await page.getByRole("region", { name: "Manifests" }).getByText("No problems").waitFor();
});
