// A lesson: goals checked as one types, hints in order, a prediction, the solution asked for twice and undone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { editor, open } from "./harness.mjs";

async function firstLesson(t) {
  const page = await open(t, "/");
  await page.getByRole("region", { name: "Lessons" }).getByRole("link").first().click();
  await page.getByText(/^0 of \d+ goals? met|^\d+ of \d+ goals? met/).waitFor();
  return page;
}

test("the solution meets the goals, and undo takes it back", async (t) => {
  const page = await firstLesson(t);
  const goals = page.getByRole("region", { name: "Goals" });
  assert.ok((await goals.getByText("not met", { exact: true }).count()) > 0, "the start must fail a goal");

  const stuck = page.getByRole("region", { name: "If you are stuck" });
  for (const summary of await stuck.locator("summary").all()) await summary.click();
  await stuck.getByRole("button", { name: "Put the solution into the editor" }).click();
  await stuck.getByRole("button", { name: "Replace my text" }).click();
  await goals.getByText("All goals are met.").waitFor();
  assert.equal(await goals.getByText("not met", { exact: true }).count(), 0);
  assert.ok(await page.getByText("What happened and why", { exact: true }).locator("..").evaluate((after) => after.open));

  await page.getByRole("button", { name: "Undo" }).click();
  await goals.getByText("not met", { exact: true }).first().waitFor();
  await page.goto(new URL("/", page.url()).href);
  await page.getByText("· done").first().waitFor();
});

test("a hint opens only after the one before it", async (t) => {
  const page = await firstLesson(t);
  const hint = (number) => page.getByText(`Hint ${number}`, { exact: true });
  const isOpen = (number) => hint(number).locator("..").evaluate((details) => details.open);
  await hint(2).click();
  assert.equal(await isOpen(2), false);
  await hint(1).click();
  await hint(2).click();
  assert.equal(await isOpen(2), true);
});

test("a prediction is answered at once", async (t) => {
  const page = await firstLesson(t);
  const question = page.getByRole("region", { name: "Predict" });
  await question.getByRole("radio").first().check();
  assert.ok(await question.getByText("Show the answer").locator("..").evaluate((details) => details.open));
});

test("a figure shows what a change does", async (t) => {
  const page = await firstLesson(t);
  const figure = page.locator("figure.what-if").first();
  await figure.scrollIntoViewIfNeeded();
  const tries = figure.getByRole("group", { name: "What if" }).getByRole("button");
  await tries.nth(1).waitFor();
  await figure.getByRole("status").locator("p").first().waitFor();
  const before = await figure.getByRole("status").innerText();
  await tries.nth(1).click();
  await page.waitForFunction(
    ([element, text]) => element.innerText !== text,
    [await figure.getByRole("status").elementHandle(), before],
  );
});

test("the text is kept when one comes back, and can be started again", async (t) => {
  const page = await firstLesson(t);
  await editor(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("# my own words\n");
  await editor(page).getByText("# my own words").waitFor();
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith("podhop.lesson.")));
  await page.reload();
  await editor(page).getByText("# my own words").waitFor();
  await page.getByRole("status").getByRole("button", { name: "Start again" }).click();
  await editor(page).getByText("# my own words").waitFor({ state: "detached" });
});

test("what would solve the lesson by one press is offered after the third hint", async (t) => {
  const page = await open(t, "/lessons/a-service-finds-its-pods");
  const manifests = page.getByRole("region", { name: "Manifests" });
  await manifests.locator("summary").click();
  const problem = manifests.getByRole("listitem").filter({ hasNotText: "Nothing to mend" }).first();
  await problem.waitFor();
  const fix = manifests.locator(".problem-text").getByRole("button", { name: /^(?!.*:\d+$)/ });
  assert.equal(await fix.count(), 0, "the words are there, the press is not");
  for (const number of [1, 2, 3]) await page.getByText(`Hint ${number}`, { exact: true }).click();
  await fix.first().click();
  await page.getByRole("region", { name: "Goals" }).getByText("All goals are met.").waitFor();
});
