import assert from "node:assert/strict";
import test from "node:test";

import { addressesIn } from "./addresses.ts";
import { neighbor } from "./choosing.ts";
import { distance, lengthOf, pose, stroke, upTo } from "./geometry.ts";
import { bundle, type Strand } from "./strands.ts";

const corner = [{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 100, y: 80 }];

test("a stroke cuts its corner at 45 degrees and keeps its ends", () => {
  const line = stroke(corner);
  assert.deepEqual(line[0], corner[0]);
  assert.deepEqual(line.at(-1), corner[2]);
  assert.ok(line.every((point) => distance(point, { x: 100, y: 0 }) > 5));
  const slanted = line.some((point, index) => {
    const before = line[index - 1];
    return before !== undefined && point.x - before.x > 1 && Math.abs(point.x - before.x - (point.y - before.y)) < 0.01;
  });
  assert.ok(slanted);
});

test("a stroke without a corner is its two ends", () => {
  assert.equal(stroke([{ x: 0, y: 5 }, { x: 50, y: 5 }, { x: 50, y: 5 }, { x: 90, y: 5 }]).length, 2);
});

test("a part of a stroke has the length asked for and ends on it", () => {
  const line = stroke(corner);
  for (const part of [0.1, 0.5, 0.9]) {
    const length = lengthOf(line) * part;
    assert.ok(Math.abs(lengthOf(upTo(line, length)) - length) < 0.01);
  }
  assert.deepEqual(upTo(line, 1e6).at(-1), corner[2]);
});

test("one looks along the stroke", () => {
  assert.equal(pose(corner, 50).angle, 0);
  assert.equal(pose(corner, 150).angle, 90);
});

const strand = (key: string, from: number, to: number, before: number[], after: number[]): Strand => ({ key, from, to, before, after });

test("strands that run side by side have slots of their own, others share", () => {
  const { slots, count } = bundle([strand("a", 0, 10, [], []), strand("b", 5, 15, [], []), strand("c", 30, 40, [], [])], 5);
  assert.notEqual(slots.get("a"), slots.get("b"));
  assert.equal(slots.get("c"), 0);
  assert.equal(count, 2);
});

test("a strand that branches off to one side lies on that side", () => {
  const { slots } = bundle([strand("right", 0, 20, [], [5, 10]), strand("left", 0, 20, [6, 12], [])], 0);
  assert.ok((slots.get("left") ?? 9) < (slots.get("right") ?? 0));
});

test("arrows go to the nearest box in their direction, not to one far aside", () => {
  const boxes = [{ x: 100, y: 90 }, { x: 60, y: 10 }, { x: -20, y: 0 }];
  assert.equal(neighbor({ x: 0, y: 0 }, boxes, [1, 0]), 1);
  assert.equal(neighbor({ x: 0, y: 0 }, boxes, [-1, 0]), 2);
  assert.equal(neighbor({ x: 0, y: 0 }, boxes, [0, 1]), 0);
  assert.equal(neighbor({ x: 0, y: 0 }, boxes, [0, -1]), null);
});

test("addresses are read without their ports", () => {
  assert.deepEqual(addressesIn("TCP 10.244.3.4:41000 → 10.96.41.8:80"), ["10.244.3.4", "10.96.41.8"]);
  assert.deepEqual(addressesIn("TCP [fd00::4]:41000 → [fd00:1::8]:80"), ["fd00::4", "fd00:1::8"]);
});
