// The worker: holds one simulator for each session and runs what the page asks, in order.
//
// WASM aborts on a panic and its memory cannot be trusted afterwards, so a trap is reported once and the page starts a
// new worker.

import { Playground, start } from "./module.js";
import type { Ask, Reply } from "./messages.ts";

const sessions = new Map<string, Playground>();
const started = start(
  async (imports) => (await WebAssembly.instantiateStreaming(fetch(new URL(WASM_FILE, import.meta.url)), imports)).instance,
  fetchRest,
);

/** The rest of the module, while a call waits for it. */
function fetchRest(): ArrayBuffer {
  const request = new XMLHttpRequest();
  request.open("GET", new URL(WASM_REST_FILE, import.meta.url), false);
  request.responseType = "arraybuffer";
  try {
    request.send();
  } catch {
    throw new Error("a part of it could not be fetched");
  }
  if (request.status !== 200) throw new Error(`a part of it could not be fetched: the server answered ${request.status}`);
  return request.response as ArrayBuffer;
}

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
