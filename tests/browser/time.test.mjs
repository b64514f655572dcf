// The cluster's clock: the story of a rollout with and without a preStop hook, read from the page; the strip from the keyboard, what is
// done to a cluster, events, and less motion.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DESK, editor, open, openSample, paste, PHONE, verdict } from "./harness.mjs";
import { scan } from "./axe.mjs";

const strip = (page) => page.getByRole("region", { name: "Time" });
const clock = (page) => strip(page).getByRole("slider", { name: "Time of the cluster" });
const now = (page) => clock(page).getAttribute("aria-valuetext");
const acts = (page) => page.getByRole("region", { name: "Picture" });
const pods = (page) => page.getByRole("tabpanel", { name: "Pods" }).getByRole("list", { name: "Pods" }).getByRole("listitem").filter({ has: page.locator("summary") });
const notice = (page) => page.locator(".notices");

async function rolloutOpened(t, options) {
  const page = await open(t, "/playground", options);
  await verdict(page).getByText(/^200 OK/).waitFor();
  await openSample(page, "A rollout under load");
  await page.getByRole("button", { name: /^Pod client-/ }).waitFor({ state: "attached" });
  await page.getByRole("button", { name: /^Pod db-/ }).waitFor({ state: "detached" });
  await verdict(page).getByText(/^200 OK from web-/).waitFor();
  return page;
}

async function openClock(page) {
  await page.getByRole("button", { name: "Time", exact: true }).click();
  await clock(page).waitFor();
}

/** Puts a load on the cluster, from the client. */
async function sendLoad(page) {
  await page.getByRole("combobox", { name: "How often" }).selectOption("a second");
  await page.getByRole("spinbutton", { name: "Requests a second" }).fill("50");
  await page.getByRole("button", { name: "Send" }).click();
  await verdict(page).getByText("All 1500 answered").waitFor();
}

async function chooseWeb(page) {
  await page.getByRole("button", { name: /^Pod web-/ }).first().press("Enter");
  await acts(page).getByRole("group", { name: "Deployment web" }).waitFor();
}

async function untilTime(page, wanted) {
  await page.waitForFunction((text) => document.querySelector(".time-now")?.textContent === text, wanted);
}

test("a rollout without a preStop hook refuses requests, and one with it refuses none", async (t) => {
  const page = await rolloutOpened(t);
  await sendLoad(page);
  const began = await now(page);

  await page.getByRole("tab", { name: "Pods" }).click();
  await pods(page).nth(4).waitFor();
  const before = await pods(page).locator("summary code").allInnerTexts();

  // A new image, as a rollout.
  const text = await editor(page).evaluate((element) => element.cmTile?.view?.state?.doc?.toString() ?? element.innerText);
  await paste(page, text.replace("web:2.1", "web:2.2"));
  await strip(page).getByText("web changed in the text.").waitFor();
  await strip(page).getByRole("button", { name: "Apply as a rollout" }).click();
  const headline = verdict(page).getByText(/^\d+ of 1500 answered, \d+ failed$/);
  await headline.waitFor();
  const [answered, failed] = (await headline.innerText()).match(/\d+/g).filter((_, index) => index !== 1).map(Number);
  assert.equal(answered + failed, 1500);
  assert.ok(failed > 0 && failed < 150, `${failed} failed`);
  const refused = await verdict(page).getByText(new RegExp(`^${failed} refused\\.$`)).count();
  assert.equal(refused, 1, await verdict(page).innerText());
  t.diagnostic(`without a hook: ${failed} of 1500 refused`);

  // The seconds in which they failed stand over the axis, and lead there.
  const bars = strip(page).getByRole("group", { name: "Requests by second" }).getByRole("button");
  assert.equal(await bars.count(), 30);
  const bad = strip(page).getByRole("button", { name: /\d+ answered, \d+ failed$/ });
  assert.ok((await bad.count()) > 0);
  const sums = await bad.evaluateAll((all) => all.map((bar) => Number(/(\d+) failed$/.exec(bar.getAttribute("aria-label"))[1])));
  assert.equal(sums.reduce((sum, count) => sum + count, 0), failed);

  // What the picture shows then, and that going back shows what was before.
  const second = await bad.first().getAttribute("aria-label");
  await bad.first().press("Enter");
  await untilTime(page, second.slice(0, second.indexOf(":")));
  await pods(page).filter({ hasText: "Terminating" }).first().waitFor();
  await clock(page).press("End");
  await page.waitForFunction(() => !document.querySelector(".pods")?.innerText.includes("Terminating"));
  const after = await pods(page).locator("summary code").allInnerTexts();
  assert.deepEqual(before.filter((name) => after.includes(name)), before.filter((name) => name.startsWith("client-")), "every pod of web is another after the rollout");
  await clock(page).press("Home");
  await untilTime(page, "0s");
  await pods(page).filter({ hasText: before.find((name) => name.startsWith("web-")) }).waitFor();
  assert.deepEqual((await pods(page).locator("summary code").allInnerTexts()).sort(), [...before].sort(), "going back shows the pods of before");

  // The same with the hook: a cluster of its own, since a template without it is what ends in a rollout to one with it.
  const hooked = text.replaceAll(/^ {10}# ( *)(lifecycle|preStop|sleep|seconds)/gm, "          $1$2");
  assert.match(hooked, /^ {10}lifecycle:$/m);
  await paste(page, hooked);
  await strip(page).getByRole("button", { name: "Start anew" }).click();
  await untilTime(page, began);
  await page.getByRole("button", { name: "Send" }).click();
  await verdict(page).getByText("All 1500 answered").waitFor();
  await chooseWeb(page);
  await acts(page).getByRole("button", { name: "Restart", exact: true }).click();
  await notice(page).getByText(/^Deployment web restarted at/).waitFor();
  await page.waitForFunction(() => document.querySelectorAll(".second").length === 30);
  await clock(page).press("End");
  await verdict(page).getByText("All 1500 answered").waitFor();
  await verdict(page).getByRole("table", { name: "Who answered" }).getByRole("row").nth(7).waitFor();
});

test("the strip is worked from the keyboard", async (t) => {
  const page = await rolloutOpened(t);
  await openClock(page);
  const settled = await now(page);
  assert.match(settled, /^\d+(\.\d)?s$/);
  await clock(page).and(page.locator(":focus")).waitFor();
  await clock(page).press("Home");
  await untilTime(page, "0s");
  await page.getByRole("button", { name: /^Pod web-.*(Pending|ContainerCreating)/ }).first().waitFor();
  await clock(page).press("ArrowRight");
  await untilTime(page, "1s");
  await clock(page).press("ArrowLeft");
  await untilTime(page, "0s");
  await clock(page).press("PageUp");
  await page.waitForFunction(() => document.querySelector(".time-now")?.textContent !== "0s");
  await clock(page).press("PageDown");
  await untilTime(page, "0s");
  await clock(page).press("End");
  await untilTime(page, "1m10s");
  await strip(page).getByRole("button", { name: "Close the clock" }).click();
  await strip(page).waitFor({ state: "hidden" });
});

test("a pod that is deleted is replaced, stays crossed out for a while, and undo has it back", async (t) => {
  const page = await rolloutOpened(t);
  await openClock(page);
  await page.getByRole("tab", { name: "Pods" }).click();
  const victim = page.getByRole("button", { name: /^Pod web-/ }).first();
  const name = (await victim.getAttribute("aria-label")).match(/^Pod (\S+?)\./)[1];
  await victim.press("Enter");
  await acts(page).getByRole("group", { name: `Pod ${name}` }).getByRole("button", { name: "Delete" }).click();
  await notice(page).getByText(new RegExp(`^Pod ${name} deleted at`)).waitFor();
  const row = pods(page).filter({ hasText: name });
  await row.getByText("Terminating").waitFor();
  assert.equal(await pods(page).count(), 6);
  // It ends by itself within its grace period; then it is gone.
  for (let step = 0; step < 3; step += 1) await clock(page).press("ArrowRight");
  await row.getByText("gone").waitFor();
  await notice(page).getByRole("button", { name: "Undo" }).click();
  await row.getByText("1/1 Running").waitFor();
  assert.equal(await pods(page).count(), 5);
});

test("a Deployment is scaled, and a node fails and is brought back", async (t) => {
  const page = await rolloutOpened(t);
  await openClock(page);
  await chooseWeb(page);
  await acts(page).getByRole("spinbutton", { name: "Replicas of web" }).fill("6");
  await acts(page).getByRole("button", { name: "Scale to" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".pic-pod:not(.leaving)").length >= 7);
  await page.getByRole("button", { name: /^Node node-1/ }).press("Enter");
  const node = acts(page).getByRole("group", { name: "Node node-1" });
  await node.getByRole("button", { name: "Fail" }).click();
  await node.getByRole("button", { name: "Bring back" }).click();
  await node.getByRole("button", { name: "Fail" }).waitFor();
});

test("events lead to their time and their object, and warnings can be seen alone", async (t) => {
  const page = await rolloutOpened(t);
  await openClock(page);
  await page.getByRole("tab", { name: "Pods" }).click();
  const events = page.getByRole("list", { name: "Events", exact: true });
  const scheduled = events.getByRole("button", { name: /^Scheduled/ }).first();
  await scheduled.click();
  await untilTime(page, "0s");
  await page.waitForFunction(() => document.querySelectorAll(".pic-pod.lit").length === 1);
  // What comes later stays in the list, above the mark.
  await events.getByText("now", { exact: true }).waitFor();
  await events.getByRole("button", { name: /^Started/ }).first().waitFor();
  await page.getByRole("checkbox", { name: "Warnings only" }).check();
  await events.getByRole("button", { name: /^Started/ }).first().waitFor({ state: "detached" });
});

test("with less motion the clock plays from event to event", async (t) => {
  const page = await rolloutOpened(t, { motion: "reduce" });
  await openClock(page);
  await chooseWeb(page);
  await acts(page).getByRole("button", { name: "Restart", exact: true }).click();
  await notice(page).getByText(/^Deployment web restarted at/).waitFor();
  await page.evaluate(() => {
    globalThis.seen = [];
    const time = document.querySelector(".time-now");
    new MutationObserver(() => globalThis.seen.push(time.textContent)).observe(time, { childList: true, characterData: true, subtree: true });
  });
  await clock(page).press("Space");
  await strip(page).getByRole("button", { name: "Pause the clock" }).waitFor();
  await page.waitForFunction(() => globalThis.seen.length >= 2);
  await clock(page).press("Space");
  await strip(page).getByRole("button", { name: "Play the clock" }).waitFor();
  const seen = await page.evaluate(() => globalThis.seen);
  assert.ok(seen.length < 6, seen.join(" "));
});

test("without less motion the clock runs, and the page follows", async (t) => {
  const page = await rolloutOpened(t, { motion: "no-preference" });
  await openClock(page);
  await strip(page).getByRole("combobox", { name: "Speed" }).selectOption("60×");
  await clock(page).press("Home");
  await untilTime(page, "0s");
  await clock(page).press("Space");
  await page.waitForFunction(() => /^\d+m/.test(document.querySelector(".time-now")?.textContent ?? ""));
  await clock(page).press("Space");
  await page.getByRole("tab", { name: "Pods" }).click();
  await pods(page).filter({ hasText: /1m|\d{2,}s/ }).first().waitFor();
});

test("a text that starts anew undoes what was done, and undo brings both back", async (t) => {
  const page = await rolloutOpened(t);
  await openClock(page);
  await chooseWeb(page);
  await acts(page).getByRole("spinbutton", { name: "Replicas of web" }).fill("1");
  await acts(page).getByRole("button", { name: "Scale to" }).click();
  await notice(page).getByText(/^Deployment web scaled to 1/).waitFor();
  await paste(page, "apiVersion: v1\nkind: Pod\nmetadata: {name: lonely}\nspec: {containers: [{name: app, image: example/app:1}]}\n");
  await strip(page).getByRole("button", { name: "Start anew" }).click();
  await page.getByRole("button", { name: /^Pod lonely/ }).waitFor();
  await notice(page).getByText(/started anew/).waitFor();
  await notice(page).getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: /^Pod web-.*Terminating/ }).first().waitFor();
});

for (const theme of ["light", "dark"]) {
  for (const viewport of [DESK, PHONE]) {
    test(`the clock with a load that fails in part can be read by all: ${theme}, ${viewport.width} pixels wide`, async (t) => {
      const page = await rolloutOpened(t, { theme, viewport });
      const show = (name) => page.getByRole("group", { name: "What to show" }).getByRole("button", { name }).click();
      await sendLoad(page);
      if (viewport === PHONE) await show("Picture");
      await chooseWeb(page);
      await acts(page).getByRole("button", { name: "Restart", exact: true }).click();
      await verdict(page).getByText(/^\d+ of 1500 answered, \d+ failed$/).waitFor();
      await scan(page);
      if (viewport === PHONE) {
        await show("Time");
        await clock(page).waitFor();
        await scan(page);
        await show("Trace");
      }
      await page.getByRole("tab", { name: "Pods" }).click();
      await pods(page).first().locator("summary").click();
      await scan(page);
      if (process.env.PODHOP_SHOTS) {
        if (viewport === PHONE) await show("Time");
        await page.screenshot({ path: `${process.env.PODHOP_SHOTS}/time-${viewport.width}-${theme}.png` });
      }
    });
  }
}
