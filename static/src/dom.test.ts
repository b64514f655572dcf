import assert from "node:assert/strict";
import { test } from "node:test";

import { capitalized } from "./dom.ts";

test("a message begins with a capital letter, unless a field or a name stands first", () => {
  for (const [message, shown] of [
    ["the pod web is not ready", "The pod web is not ready"],
    ["selector `app: x` of Service web matches no pod", "Selector `app: x` of Service web matches no pod"],
    ["targetPort 80/TCP of Service web", "targetPort 80/TCP of Service web"],
    ["spec.externalIPs is deprecated", "spec.externalIPs is deprecated"],
    ["json: cannot unmarshal bool", "json: cannot unmarshal bool"],
    ["orders resolves to nothing", "orders resolves to nothing"],
    ["web does not resolve", "web does not resolve"],
    ["api cannot reach db:5432", "api cannot reach db:5432"],
    ["Service web has no endpoints", "Service web has no endpoints"],
    ["`kubectl` reads this as text", "`kubectl` reads this as text"],
  ] as const) {
    assert.equal(capitalized(message), shown);
  }
});
