import assert from "node:assert/strict";
import { test } from "node:test";

import type { TextRange } from "../dto.ts";
import { differing, movedRange, type Text } from "./draft.ts";

/** A file of documents of one object each. */
function text(documents: Record<string, string>): Text {
  const extents = [];
  let line = 1;
  for (const [object, written] of Object.entries(documents)) {
    const count = written.split("\n").length;
    extents.push({ object, range: { file: 0, line, column: 1, end_line: line + count, end_column: 1 } });
    line += count + 1;
  }
  return { files: [{ name: "a.yaml", text: Object.values(documents).join("\n---\n") }], view: { extents } };
}

function at(line: number): TextRange {
  return { file: 0, line, column: 3, end_line: line, end_column: 9 };
}

const before = text({ a: "kind: A\nname: a", b: "kind: B\nname: b\nimage: 1", c: "kind: C" });

test("only what differs is applied, and what is new", () => {
  assert.deepEqual(differing(before, before), []);
  assert.deepEqual(differing(before, text({ a: "kind: A\nname: a", b: "kind: B\nname: b\nimage: 2", d: "kind: D" })), ["b", "d"]);
});

test("lines move with their objects, and are forgotten where the object is another", () => {
  const after = text({ a: "kind: A\nlabels: {}\nname: a", b: "kind: B\nname: b\nimage: 1", c: "kind: C" });
  assert.equal(movedRange(at(2), before, after), null);
  assert.equal(movedRange(at(5), before, after)?.line, 6);
  assert.equal(movedRange(at(8), before, after)?.line, 9);
  assert.equal(movedRange(at(5), before, before)?.line, 5);
});
