// The simulator's WASM module, which comes in two parts: what a page runs when it opens, and the rest, which is fetched within the
// first call that needs it. `xtask/src/split.rs` parts them; a debug build has no rest and never asks for it.
//
// JavaScript rather than TypeScript, because Node reads it as it is, for the build's profile and the benchmarks.

import * as glue from "../../generated/playground_wasm_bg.js";

export { Playground } from "../../generated/playground_wasm_bg.js";

/** Makes an instance of the first part and starts it; `rest` gives the other one and cannot wait, since a call of the first is under way. */
export async function start(instantiate, rest) {
  const own = { "./playground_wasm_bg.js": glue };
  const fetch = () => void new WebAssembly.Instance(new WebAssembly.Module(rest()), { ...own, first });
  const { exports: first } = await instantiate({ ...own, rest: { fetch } });
  glue.__wbg_set_wasm(first);
  first.__wbindgen_start();
  return first;
}
