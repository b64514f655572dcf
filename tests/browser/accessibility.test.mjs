// An axe scan of every kind of page, in both themes and at both sizes.

import { test } from "node:test";

import { scan } from "./axe.mjs";
import { DESK, PHONE, open, openSample, verdict } from "./harness.mjs";

for (const theme of ["light", "dark"]) {
  for (const viewport of [DESK, PHONE]) {
    const where = `${theme}, ${viewport.width} pixels wide`;

    test(`the playground, with a problem and a failed request: ${where}`, async (t) => {
      const page = await open(t, "/playground", { theme, viewport });
      await openSample(page, "Shop with a closed door");
      await verdict(page).getByText(/^Timed out|downstream calls failed/).first().waitFor();
      await scan(page);
      if (viewport === DESK) {
        for (const name of ["Endpoints", "Pods", "DNS", "Rules", "Policies"]) {
          await page.getByRole("tab", { name }).click();
          await page.getByRole("tabpanel", { name }).locator(".panel-body > *").first().waitFor();
          await scan(page);
        }
      }
      if (viewport === PHONE) {
        for (const part of ["YAML", "Trace"]) {
          await page.getByRole("group", { name: "What to show" }).getByRole("button", { name: part }).click();
          await scan(page);
        }
      }
    });

    test(`the first page: ${where}`, async (t) => {
      const page = await open(t, "/", { theme, viewport });
      await scan(page);
    });

    test(`a lesson: ${where}`, async (t) => {
      const page = await open(t, "/", { theme, viewport });
      await page.getByRole("region", { name: "Lessons" }).getByRole("link").first().click();
      await page.getByText(/^\d+ of \d+ goals? met$|^All goals are met/).waitFor();
      await scan(page);
    });

    test(`an address that does not exist: ${where}`, async (t) => {
      const page = await open(t, "/nothing-here", { theme, viewport });
      page.faults.length = 0; // The browser logs the 404 itself.
      await page.getByRole("heading", { name: "Page not found" }).waitFor();
      await scan(page);
    });
  }
}
