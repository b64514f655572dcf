// How fast the simulator is in WebAssembly, in Node: a first load, a load after a keystroke, and a traced request.
// PODHOP_BENCH_MANIFEST names another file to measure.
import { readFile } from "node:fs/promises";
import { Playground, files as one, median } from "./simulator.mjs";

const sample = new URL("../../static/samples/shop.yaml", import.meta.url);
const path = process.env.PODHOP_BENCH_MANIFEST ?? sample;
const text = await readFile(path, "utf8");
const files = (extra) => one(text + extra);

const show = (what, milliseconds) => console.log(`${what.padEnd(48)} ${milliseconds.toFixed(3)} ms`);
console.log(`WebAssembly in Node ${process.versions.node}, ${path}`);
show("load, a new simulator each time", median(50, () => {
  const playground = new Playground();
  playground.load(files(""));
  playground.free();
}));
const playground = new Playground();
const view = JSON.parse(playground.load(files("")));
show("load again after a keystroke", median(100, (run) => playground.load(files(`\n# ${run}`))));
const { from, url } = view.suggestions[0];
const peer = view.peers.find((option) => option.id === from).peer;
const query = JSON.stringify({ kind: "request", from: peer, to: { url } });
show(`request ${url}`, median(200, () => playground.query(query)));
