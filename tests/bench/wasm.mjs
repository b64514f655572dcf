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

// A minute of virtual time: 500 pods with probes under 100 requests a second, each through nine workloads.
const pods = (name, next) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 10
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: server
        image: registry.example/app:1
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /health, port: 8080}}
        livenessProbe: {httpGet: {path: /health, port: 8080}}
        env: [${next ? `{name: NEXT_ADDR, value: "${next}:80"}` : ""}]
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 8080}]}
---
`;
const node = (number) => `apiVersion: v1
kind: Node
metadata: {name: node-${number}}
spec: {podCIDR: 10.244.${number}.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.1.${number}}]}
---
`;
let application = [1, 2, 3, 4, 5].map(node).join("");
for (let number = 0; number < 50; number++) {
  application += pods(`app-${number}`, number % 10 < 9 ? `app-${number + 1}` : undefined);
}
const large = new Playground();
large.load(one(application));
const load = JSON.stringify({ kind: "traffic", from: { workload: "Deployment/app-0" }, to: { url: "http://app-1/" }, rate: 100, seconds: 60 });
const figures = JSON.parse(large.query(load));
if (figures.succeeded !== 6000) throw new Error(JSON.stringify(figures));
show("traffic, a minute of 500 pods", median(3, () => large.query(load)));
