// The simulator as the page has it, in Node: built by xtask into static/generated.
import { readFile } from "node:fs/promises";
import { readFileSync } from "node:fs";

import { Playground, start } from "../../static/src/worker/module.js";

const part = (name) => new URL(`../../static/generated/playground_wasm_${name}.wasm`, import.meta.url);
const first = await readFile(part("bg"));
const module = await start(async (imports) => (await WebAssembly.instantiate(first, imports)).instance, () => readFileSync(part("rest")));

/** Bytes of the simulator's memory; it never shrinks. */
export const memory = () => module.memory.buffer.byteLength;

export { Playground };

/** The files of a load as the page's worker sends them. */
export const files = (text) => JSON.stringify([{ name: "app.yaml", text }]);

/** The median of the milliseconds that some runs of a piece of work take. */
export function median(runs, work) {
  const times = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    work(run);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[runs >> 1];
}
