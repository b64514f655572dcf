// The product's story on an application: paste it, send a request from outside to its load balancer, follow it to the pods
// behind the Services that the first pod's env names. `PODHOP_APPLICATION` names another application's manifests; the four
// screenshots go to `PODHOP_SHOTS`, if that is set.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { DESK, PHONE, open, paste, verdict } from "./harness.mjs";

const file = process.env.PODHOP_APPLICATION ?? fileURLToPath(new URL("../../static/samples/tickets.yaml", import.meta.url));
const application = readFileSync(file, "utf8");
const documents = application.split(/^---$/m).filter((document) => /^kind:/m.test(document));
const entry = documents.find((document) => /^ {2}type: LoadBalancer$/m.test(document));
const shots = process.env.PODHOP_SHOTS;

const service = /^ {2}name: (\S+)$/m.exec(entry ?? "")?.[1];

for (const theme of ["light", "dark"]) {
  for (const viewport of [DESK, PHONE]) {
    test(`an application is pasted and answers, ${theme}, ${viewport.width} pixels wide`, async (t) => {
      const page = await open(t, "/playground", { theme, viewport });
      const parts = page.getByRole("group", { name: "What to show" });
      await verdict(page).getByText(/^200 OK/).waitFor();
      if (viewport === PHONE) await parts.getByRole("button", { name: "YAML" }).click();
      await paste(page, application);
      await page.getByText(`${documents.length} objects accepted`).waitFor();
      if (viewport === PHONE) await parts.getByRole("button", { name: "Picture" }).click();

      const url = page.getByRole("combobox", { name: "URL" });
      await url.focus();
      await page.keyboard.press("ArrowDown");
      await page.getByRole("listbox", { name: "Suggestions" }).getByRole("option", { name: new RegExp(`LoadBalancer ${service}`) }).first().click();
      await verdict(page).getByText(/^200 OK from /).waitFor();

      if (viewport === PHONE) await parts.getByRole("button", { name: "Trace" }).click();
      const trace = page.getByRole("region", { name: "Trace" }).or(page.getByRole("main"));
      await trace.getByRole("button", { name: `Service ${service}` }).first().waitFor();
      const calls = await trace.getByRole("button", { name: /^calls / }).count();
      assert.ok(calls >= 5, `${calls} calls are followed`);
      const lines = await trace.getByRole("button", { name: /^line \d+/ }).count();
      assert.ok(lines > 5, `${lines} hops name a line`);

      if (viewport === PHONE) await parts.getByRole("button", { name: "Picture" }).click();
      await page.getByRole("slider", { name: "Place on the journey" }).press("End");
      if (shots) await page.screenshot({ path: join(shots, `playground-${viewport.width}-${theme}.png`) });
    });
  }
}
