import assert from "node:assert/strict";
import test from "node:test";

import { cropped } from "./crop.ts";
import { viewOf } from "./testing.ts";

const view = viewOf([
  { name: "far", on: ["node-1", "node-2"], rank: 3 },
  { name: "near", on: ["node-1", "node-2"], rank: 0 },
  { name: "job", on: ["node-3"], services: [] },
]);

test("a cluster within the bounds is drawn as it is", () => {
  assert.equal(cropped(view).view, view);
  assert.equal(cropped(view).note, "");
});

test("of too many Services those nearest to the entry are drawn, with their pods and those behind none", () => {
  const { view: part, note } = cropped(view, { services: 1, pods: 100 });
  assert.deepEqual(part.picture.services.map(({ name }) => name), ["near"]);
  assert.deepEqual(part.picture.pods.map(({ app }) => app), ["near", "near", "job"]);
  assert.match(note, /1 of 2 Services and 3 of 5 pods/);
});

test("of too many pods the first are drawn", () => {
  const { view: part, note } = cropped(view, { services: 10, pods: 2 });
  assert.equal(part.picture.pods.length, 2);
  assert.match(note, /2 of 2 Services and 2 of 5 pods/);
});
