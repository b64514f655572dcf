// The worker: holds one simulator for each session and runs what the page asks, in order.
//
// WASM aborts on a panic and its memory cannot be trusted afterwards, so a trap is reported once and the page starts a
// new worker.

import init, { Playground } from "../../generated/playground_wasm.js";
import type { Ask, Reply } from "./messages.ts";

const sessions = new Map<string, Playground>();
const started = init({ module_or_path: new URL(WASM_FILE, import.meta.url) });

function answer({ session, method, json }: Ask): string {
  let playground = sessions.get(session);
  if (!playground) {
    playground = new Playground();
    sessions.set(session, playground);
  }
  return playground[method](json);
}

addEventListener("message", async (event: MessageEvent<Ask>) => {
  const ask = event.data;
  let reply: Reply;
  try {
    await started;
    reply = { id: ask.id, json: answer(ask) };
  } catch (error) {
    reply = { id: ask.id, crash: error instanceof Error ? error.message : String(error) };
  }
  postMessage(reply);
});
