// Podhop beside @ngrok/webernetes, a cluster in TypeScript: the same Deployment behind the same Service, in the same process.
//
// Measured are the time from manifests to the first answered request, requests a second through the Service by its
// ClusterIP, and memory. Run with --expose-gc, or memory counts garbage, too.
//
// Requests are counted as the page sends them: many in one call, each of them sent and followed. "The full trace" is read into
// JavaScript objects, and has for each request every hop with its actor, its rule, what came in and went out, and the manifest lines;
// requests that met with the same choices share the words. A call for each request, with its own text in JSON, is counted beside it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { Playground, files, memory } from "./simulator.mjs";

const CLUSTER_IP = "10.96.77.7";
const REPLICAS = process.argv.slice(2).map(Number);
if (REPLICAS.length === 0) REPLICAS.push(100, 500);

const labels = { app: "echo" };
const manifests = (replicas) => [
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "echo", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "echo",
              image: "hashicorp/http-echo:1.0",
              args: ["-listen=:8080", "-text=hello"],
              ports: [{ containerPort: 8080 }],
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "echo", namespace: "default" },
    spec: { clusterIP: CLUSTER_IP, selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
  },
];

const collect = () => globalThis.gc?.();
const heap = () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** How often a second a piece of work is done, in the best of some rounds. */
async function rate(work) {
  let best = 0;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    const done = await work();
    best = Math.max(best, (done * 1000) / (performance.now() - start));
  }
  return best;
}

function podhop(replicas) {
  const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests(replicas) });
  const query = (more) =>
    JSON.stringify({ kind: "request", from: { node: "node-1" }, to: { url: `http://${CLUSTER_IP}/` }, ...more });
  const run = () => {
    const start = performance.now();
    const playground = new Playground();
    playground.load(files(text));
    const answer = JSON.parse(playground.query(query()));
    const time = performance.now() - start;
    if (answer.outcome !== "response" || answer.status !== 200) throw new Error(`Podhop: ${JSON.stringify(answer)}`);
    return { playground, time };
  };
  // The first load of a process compiles the WebAssembly; a page has done that when somebody types.
  const cold = run();
  cold.playground.free();
  const times = [];
  for (let round = 0; round < 5; round++) {
    const { playground, time } = run();
    playground.free();
    times.push(time);
  }
  const { playground } = run();
  return { playground, query, cold: cold.time, time: Math.min(...times) };
}

const BATCH = 10_000;

async function podhopRates({ playground, query }) {
  const ask = (turn, more) => JSON.parse(playground.query(query({ count: BATCH, seed: turn, ...more })));
  hasEveryHop(ask(0, { courses: true }));
  const traced = await rate(() => {
    for (let turn = 0; turn < 10; turn++) ask(turn, { courses: true });
    return 10 * BATCH;
  });
  const outcomes = await rate(() => {
    for (let turn = 0; turn < 10; turn++) ask(turn);
    return 10 * BATCH;
  });
  const single = await rate(() => {
    for (let turn = 0; turn < 5_000; turn++) JSON.parse(playground.query(query({ seed: turn })));
    return 5_000;
  });
  return { traced, outcomes, single };
}

/** That each of the requests can be read hop by hop. */
function hasEveryHop({ courses, taken }) {
  if (taken.length !== BATCH) throw new Error(`Podhop: ${taken.length} of ${BATCH} requests are told`);
  for (const course of taken) {
    const { outcome, hops } = courses[course];
    const [client, service, container] = hops;
    const told = ({ actor, rule }) => actor && rule;
    if (outcome !== "response" || hops.length !== 3 || !hops.every(told) || !client.went_out || !service.came_in || !service.went_out) {
      throw new Error(`Podhop: ${JSON.stringify(hops)}`);
    }
    if (!service.lines.length || !container.lines.length) throw new Error(`Podhop: no manifest lines in ${JSON.stringify(hops)}`);
  }
}

async function webernetes({ Cluster }, replicas) {
  const cluster = new Cluster();
  await cluster.init();
  const objects = manifests(replicas);
  const url = `http://${CLUSTER_IP}/`;
  const answers = async () => (await cluster.fetch(url).catch(() => undefined))?.status === 200;
  const start = performance.now();
  await cluster.apply(objects);
  // It runs on timers of the wall clock: look again as soon as they had their turn.
  while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 1));
  const time = performance.now() - start;
  return { cluster, url, time };
}

async function webernetesReady({ cluster }, replicas) {
  for (;;) {
    const { items } = await cluster.api.corev1.listNamespacedPod({ namespace: "default" });
    const ready = items.filter((pod) => pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"));
    if (ready.length >= replicas) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function load() {
  const folder = await mkdtemp(join(tmpdir(), "podhop-bench-"));
  const outfile = join(folder, "webernetes.mjs");
  try {
    await build({
      stdin: { contents: 'export * from "@ngrok/webernetes";', resolveDir: import.meta.dirname },
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
      outfile,
    });
    return await import(outfile);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const number = (value, digits = 0) => value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
function row(what, ours, theirs, unit, ratio) {
  console.log(`${what.padEnd(52)} ${`${ours} ${unit}`.padStart(16)} ${`${theirs} ${unit}`.padStart(18)} ${`${number(ratio, 1)} x`.padStart(12)}`);
}

const module = await load();
console.log(`${"".padEnd(52)} ${"Podhop".padStart(16)} ${"webernetes".padStart(18)} ${"ratio".padStart(12)}`);
for (const replicas of REPLICAS) {
  const bare = heap() + memory();
  const own = podhop(replicas);
  const ownMemory = heap() + memory() - bare;
  const ownRates = await podhopRates(own);
  own.playground.free();

  const before = heap();
  const other = await webernetes(module, replicas);
  const waited = performance.now();
  await webernetesReady(other, replicas);
  const all = other.time + performance.now() - waited;
  const otherMemory = heap() - before;
  const otherRate = await rate(async () => {
    for (let turn = 0; turn < 20_000; turn++) await other.cluster.fetch(other.url);
    return 20_000;
  });
  await other.cluster.close();

  const of = `${replicas} replicas: `;
  row(`${of}manifests to first answer`, number(own.time, 2), number(other.time, 2), "ms", other.time / own.time);
  row(`${of}the same, WebAssembly not yet compiled`, number(own.cold, 2), number(other.time, 2), "ms", other.time / own.cold);
  row(`${of}manifests to all pods ready`, number(own.time, 2), number(all, 2), "ms", all / own.time);
  row(`${of}requests with the full trace`, number(ownRates.traced), number(otherRate), "/s", ownRates.traced / otherRate);
  row(`${of}requests, the outcome alone`, number(ownRates.outcomes), number(otherRate), "/s", ownRates.outcomes / otherRate);
  row(`${of}one request a call, with its own trace`, number(ownRates.single), number(otherRate), "/s", ownRates.single / otherRate);
  row(`${of}memory`, number(ownMemory / 1e6, 2), number(otherMemory / 1e6, 2), "MB", otherMemory / ownMemory);
}
process.exit(0);
