// What a page runs: opens manifests in a module that notes every function it enters, and prints the numbers of those functions.
//
//     node profile.mjs module.js marked.wasm manifests.yaml
//
// As a page does it: load, load again after a keystroke, each request that the page suggests. What faulty
// manifests make it run does not count: a page that says what is wrong with them, as a lesson does at first, has fetched the rest.

import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [script, marked, manifests] = process.argv.slice(2);
const { start, Playground } = await import(pathToFileURL(script).href);
const bytes = await readFile(marked);
const exports = await start(async (imports) => (await WebAssembly.instantiate(bytes, imports)).instance);

const text = await readFile(manifests, "utf8");
const files = (text) => JSON.stringify([{ name: "app.yaml", text }]);
const playground = new Playground();
const view = JSON.parse(playground.load(files(text)));
const faulty = view.diagnostics.some(({ severity }) => severity !== "note");
if (!faulty) {
  playground.load(files(`${text}\n# A keystroke.`));
  for (const { from, url } of view.suggestions) {
    const { peer } = view.peers.find(({ id }) => id === from);
    // As `static/src/request/bar.ts` asks it.
    const query = { kind: "request", from: peer, to: { url }, method: "GET", count: 1 };
    playground.query(JSON.stringify(query));
    playground.query(JSON.stringify({ ...query, count: 10, courses: true }));
  }
}

const MARK = "entered ";
const marks = Object.entries(exports).filter(([name, mark]) => name.startsWith(MARK) && mark.value === 1);
console.log(JSON.stringify(faulty ? [] : marks.map(([name]) => Number(name.slice(MARK.length)))));
