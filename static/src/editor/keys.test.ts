import assert from "node:assert/strict";
import test from "node:test";

import { keysAt } from "./keys.ts";

const lines = [
  "kind: Service",
  "spec:",
  "  ports:",
  "    - port: 80",
  "      targetPort: http",
  "  selector:",
  "    # the pods",
  '    "app.kubernetes.io/name": web',
  "  type: ClusterIP",
];

test("the keys of a line are those it is indented under", () => {
  assert.deepEqual(keysAt(lines, 8, 1), ["spec", "selector", "app.kubernetes.io/name"]);
  assert.deepEqual(keysAt(lines, 6, 1), ["spec", "selector"]);
  assert.deepEqual(keysAt(lines, 9, 1), ["spec", "type"]);
});

test("a list's dash does not hide the key above it", () => {
  assert.deepEqual(keysAt(lines, 5, 1), ["spec", "ports", "targetPort"]);
  assert.deepEqual(keysAt(lines, 4, 1), ["spec", "ports", "port"]);
});
