// Every fix that is offered: one fault is planted in an application that has none, its finding stands in the list of problems alone,
// and one press takes it away without another coming.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { editor, open, paste, verdict } from "./harness.mjs";
import { FAULTS, planted } from "./fixtures/faults.mjs";

const whole = readFileSync(new URL("fixtures/whole.yaml", import.meta.url), "utf8");
const manifests = (page) => page.getByRole("region", { name: "Manifests" });
const healthy = (page) => manifests(page).getByText("No problems", { exact: true });

/** Opens the playground with an application that has no problem, and the list of problems open. */
async function openWhole(t) {
  const page = await open(t, "/playground");
  await verdict(page).getByText(/^200 OK/).waitFor();
  await paste(page, whole);
  await manifests(page).getByText(`${whole.split(/^---$/m).length} objects accepted`).waitFor();
  await healthy(page).waitFor();
  await manifests(page).locator("summary").click();
  return page;
}

test("each fix that is offered takes its finding away, and no other comes", async (t) => {
  const page = await openWhole(t);
  for (const fault of FAULTS) {
    await t.test(fault.code, async () => {
      await paste(page, planted(whole, fault));
      const problems = manifests(page).getByRole("listitem").filter({ hasText: fault.code });
      await problems.first().waitFor();
      assert.equal(await manifests(page).locator("summary").innerText(), "1 problem");
      await problems.getByRole("button", { name: /^(?!.*:\d+$)/ }).click();
      await healthy(page).waitFor();
    });
  }
});

test("more pods than can be run are refused at their line, and the last picture and request stay", async (t) => {
  const page = await openWhole(t);
  const label = page.getByRole("region", { name: "Picture" }).getByRole("group", { name: /^The cluster/ });
  const before = await label.getAttribute("aria-label");
  await paste(page, whole.replace("replicas: 3", "replicas: 1000000"));
  const problem = manifests(page).getByRole("listitem").filter({ hasText: "too-many-pods" });
  await problem.getByText(/Deployment api asks for 1,000,000 pods/).waitFor();
  await problem.getByRole("button", { name: /:52$/ }).waitFor();
  await manifests(page).getByText("the picture shows the text before").waitFor();
  assert.equal(await label.getAttribute("aria-label"), before);
  await problem.getByRole("button", { name: "Change to 3" }).click();
  await healthy(page).waitFor();
  await editor(page).waitFor();
});
