import assert from "node:assert/strict";
import { test } from "node:test";

import { fittingLayout } from "./fitting.ts";
import { crowdedView, viewOf } from "./testing.ts";

const DESK = { width: 763, height: 733 };
const PHONE = { width: 390, height: 500 };

test("forty pods in twelve Services are legible on a desk without scrolling", () => {
  const { layout } = fittingLayout(crowdedView(), DESK, null);
  const scale = Math.min(DESK.width / layout.width, DESK.height / layout.height);
  assert.ok(scale >= 0.72, `${scale}`);
});

test("on a phone columns are few, so that one scrolls down rather than sideways", () => {
  const desk = fittingLayout(crowdedView(), DESK, null);
  const phone = fittingLayout(crowdedView(), PHONE, null);
  assert.ok(phone.layout.width < desk.layout.width);
  assert.ok(phone.layout.height > phone.layout.width);
});

test("few Services keep a column for each rank and their names in full", () => {
  const view = viewOf([
    { name: "web", on: ["node-1", "node-2"], type: "LoadBalancer", calls: ["api"] },
    { name: "api", on: ["node-2", "node-3"], rank: 1, calls: ["db"] },
    { name: "db", on: ["node-1"], rank: 2 },
  ]);
  for (const room of [DESK, PHONE]) {
    const { options } = fittingLayout(view, room, null);
    assert.deepEqual([options.density, options.stack, options.share], ["full", 1, false], `${room.width}`);
  }
});

test("a map keeps its shape while another is hardly better", () => {
  const before = fittingLayout(crowdedView(), DESK, null);
  const after = fittingLayout(crowdedView(), { width: DESK.width - 8, height: DESK.height }, before);
  assert.deepEqual(after.options, before.options);
});
