// The product's story on a real application: paste it, send a request from outside, follow it to the pods behind the
// Services that the first pod's env names. The four screenshots go to `PODHOP_SHOTS`, if that is set.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { DESK, PHONE, open, paste, verdict } from "./harness.mjs";

const file = process.env.PODHOP_APPLICATION ?? fileURLToPath(new URL("../../../shared/apps/online-boutique.yaml", import.meta.url));
const skip = existsSync(file) ? false : "the application's manifests are not here; PODHOP_APPLICATION names them";
const shots = process.env.PODHOP_SHOTS;

for (const theme of ["light", "dark"]) {
  for (const viewport of [DESK, PHONE]) {
    test(`an application is pasted and answers, ${theme}, ${viewport.width} pixels wide`, { skip }, async (t) => {
      const page = await open(t, "/playground", { theme, viewport });
      const parts = page.getByRole("group", { name: "What to show" });
      await verdict(page).getByText(/^200 OK/).waitFor();
      if (viewport === PHONE) await parts.getByRole("button", { name: "YAML" }).click();
      await paste(page, readFileSync(file, "utf8"));
      await page.getByText(/^3\d objects accepted/).waitFor();
      if (viewport === PHONE) await parts.getByRole("button", { name: "Picture" }).click();

      const url = page.getByRole("combobox", { name: "URL" });
      await url.focus();
      await page.keyboard.press("ArrowDown");
      await page.getByRole("listbox", { name: "Suggestions" }).getByRole("option", { name: /frontend-external/ }).first().click();
      await verdict(page).getByText(/^200 OK from frontend-/).waitFor();

      if (viewport === PHONE) await parts.getByRole("button", { name: "Trace" }).click();
      const trace = page.getByRole("region", { name: "Trace" }).or(page.getByRole("main"));
      await trace.getByRole("button", { name: "Service frontend-external" }).first().waitFor();
      for (const service of ["productcatalogservice:3550", "cartservice:7070", "currencyservice:7000"]) {
        await trace.getByRole("button", { name: new RegExp(`calls.*${service}`) }).first().waitFor();
      }
      const lines = await trace.getByRole("button", { name: /^line \d+/ }).count();
      assert.ok(lines > 5, `${lines} hops name a line`);

      if (viewport === PHONE) await parts.getByRole("button", { name: "Picture" }).click();
      await page.getByRole("slider", { name: "Place on the journey" }).press("End");
      if (shots) await page.screenshot({ path: join(shots, `playground-${viewport.width}-${theme}.png`) });
    });
  }
}
