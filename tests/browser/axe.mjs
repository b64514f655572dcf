// The axe scan of a page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Names in the picture are drawn in pieces (a pod's app above its suffix) and said in one. */
const rules = { "label-content-name-mismatch": { enabled: false } };

/** Fails where axe finds something on the page. */
export async function scan(page) {
  await page.evaluate(axe);
  const options = { resultTypes: ["violations"], rules };
  const { violations } = await page.evaluate((options) => globalThis.axe.run(options), options);
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`),
  );
  assert.equal(found.length, 0, found.join("\n\n"));
}
