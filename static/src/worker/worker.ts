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

/** How long nothing is asked before the rest of the module is fetched ahead, in milliseconds. */
const QUIET = 1500;

/** The rest of the module, fetched ahead; none where it is in use already or there is none. */
let ahead: ArrayBuffer | null = null;
let needsRest = WASM_REST_FILE !== "";
let loads = 0;
let quiet: ReturnType<typeof setTimeout> | undefined;

/** Fetches the rest once somebody works with the page, so that nothing is to be waited for later, nor missing without a network. */
function fetchAhead(): void {
  clearTimeout(quiet);
  if (loads < 2 || !needsRest || ahead !== null) return;
  quiet = setTimeout(async () => {
    try {
      const response = await fetch(new URL(WASM_REST_FILE, import.meta.url));
      if (response.ok && needsRest) ahead = await response.arrayBuffer();
    } catch {
      // The call that needs it tries again, and says so where it does not come.
    }
  }, QUIET);
}

/** The rest of the module, while a call waits for it. */
function fetchRest(): ArrayBuffer {
  needsRest = false;
  if (ahead !== null) return ahead;
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
  if (method === "seek") return playground.seek(Number(json));
  if (method !== "forget") return playground[method](json);
  playground.forget();
  return "null";
}

addEventListener("message", async (event: MessageEvent<Ask>) => {
  const ask = event.data;
  let reply: Reply;
  try {
    await started;
    if (ask.method === "load") loads += 1;
    reply = { id: ask.id, json: answer(ask) };
  } catch (error) {
    reply = { id: ask.id, crash: error instanceof Error ? error.message : String(error) };
  }
  postMessage(reply);
  fetchAhead();
});
