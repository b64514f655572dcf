import assert from "node:assert/strict";
import { test } from "node:test";

import { age } from "./age.ts";

test("an age is shortened as kubectl does it", () => {
  for (const [seconds, shown] of [[0, "0s"], [119, "119s"], [120, "2m"], [192, "3m12s"], [600, "10m"], [10_799, "179m"], [10_800, "3h"], [12_060, "3h21m"], [100_000, "27h"], [200_000, "2d7h"], [900_000, "10d"]] as const) {
    assert.equal(age(seconds), shown);
  }
});
