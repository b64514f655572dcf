import assert from "node:assert/strict";
import { test } from "node:test";

import type { EventView } from "../dto.ts";
import { Ticker } from "./ticker.ts";
import { clockTime, Timeline } from "./timeline.ts";

function event(at: number): EventView {
  return { at, type: "Normal", reason: "Started", object: "Pod/a/b", message: "" };
}

function moment(now_ms: number, events: readonly number[], next_ms: number | null = null): { now_ms: number; next_ms: number | null; events: EventView[] } {
  return { now_ms, next_ms, events: events.map(event) };
}

test("what was seen stays known when one goes back, until something is done differently", () => {
  const line = new Timeline();
  line.begin(moment(3000, [0, 1, 2]));
  line.look(moment(20_000, [0, 1, 2, 12, 15]));
  line.look(moment(1500, [0, 1]));
  assert.equal(line.events.length, 5);
  assert.equal(line.nextEvent, 2000);
  assert.equal(line.previousEvent, 1000);
  const done = { at: 1500, action: { fail_node: "node-1" }, words: "Node node-1 failed" };
  line.act(done, moment(1500, [0, 1]));
  assert.equal(line.events.length, 2);
  assert.equal(line.nextEvent, null);
  assert.ok(line.isDown("node-1"));
  line.look(moment(1000, [0, 1]));
  assert.ok(!line.isDown("node-1"));
  assert.equal(line.nextEvent, 1500);
});

test("doing something takes the place of what was done later", () => {
  const line = new Timeline();
  line.begin(moment(0, []));
  line.act({ at: 5000, action: { delete: "Pod/a/b" }, words: "" }, moment(5000, []));
  line.act({ at: 9000, action: { delete: "Pod/a/c" }, words: "" }, moment(9000, []));
  line.look(moment(6000, []));
  line.act({ at: 6000, action: { delete: "Pod/a/d" }, words: "" }, moment(6000, []));
  assert.deepEqual(line.done.map(({ at }) => at), [5000, 6000]);
});

test("the axis reaches beyond now, and is known until something changes", () => {
  const line = new Timeline();
  line.begin(moment(3100, [], 8000));
  assert.equal(line.end, 70_000);
  assert.equal(line.known, 8000);
  line.look(moment(69_000, [], 69_500));
  assert.equal(line.end, 80_000);
  line.include(125_000);
  assert.equal(line.end, 130_000);
});

test("times are said as they are read off a watch", () => {
  assert.deepEqual([0, 1000, 3100, 59_960, 72_000, 72_400].map(clockTime), ["0s", "1s", "3.1s", "1m0s", "1m12s", "1m12.4s"]);
});

test("the clock goes as fast as it is told, and not on while nobody looks", () => {
  const ticker = new Ticker();
  assert.equal(ticker.tick(0), 0);
  ticker.play();
  ticker.speed = 10;
  assert.equal(ticker.tick(100), 0);
  assert.equal(ticker.tick(120), 200);
  assert.equal(ticker.tick(60_000), 2500);
  ticker.pause();
  assert.equal(ticker.tick(60_016), 0);
});
