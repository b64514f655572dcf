// The parts of the front end that need no page: the journey's clock, the tree of hops, links, Secrets; and the tests that
// stand beside the sources (`static/src/**/*.test.ts`), which run here because Node must be given JavaScript.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const front = fileURLToPath(new URL("../../static/", import.meta.url));
const { build } = createRequire(new URL("../../static/package.json", import.meta.url))("esbuild");

/** A module of the front end, bundled for Node. */
async function part(path) {
  const { outputFiles } = await build({ entryPoints: [front + path], bundle: true, format: "esm", platform: "node", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const { Clock } = await part("src/player/clock.ts");
const { exchangesOf, isExchange } = await part("src/trace/tree.ts");
const { fromFragment, toFragment } = await part("src/share/fragment.ts");
const { atTheDoor, withoutSecrets } = await part("src/share/secrets.ts");
const { duration } = await part("src/trace/words.ts");

for (const path of readdirSync(`${front}src`, { recursive: true })) {
  if (path.endsWith(".test.ts")) await part(`src/${path}`);
}

test("the clock goes from the first hop to the last and stops there", () => {
  const clock = new Clock(4, false);
  clock.play();
  clock.tick(0);
  let before = clock.position;
  for (let now = 16; clock.playing; now += 16) {
    clock.tick(now);
    assert.ok(clock.position > before);
    before = clock.position;
  }
  assert.equal(clock.position, 4);
  clock.play();
  assert.equal(clock.position, 0);
});

test("a clock for less motion stands only on whole hops", () => {
  const clock = new Clock(3, true);
  clock.play();
  const seen = new Set();
  for (let now = 0; now < 10_000; now += 16) {
    clock.tick(now);
    seen.add(clock.position);
  }
  assert.deepEqual([...seen], [0, 1, 2, 3]);
});

test("steps lead to whole hops and stay within the journey", () => {
  const clock = new Clock(3, false);
  clock.seek(1.4);
  clock.step(1);
  assert.equal(clock.position, 2);
  clock.seek(1.4);
  clock.step(-1);
  assert.equal(clock.position, 1);
  clock.seek(3);
  clock.step(1);
  assert.equal(clock.position, 3);
});

/** A hop with what the tree reads of it. */
const hop = (index, depth, exchange, end = null) => ({ index, depth, exchange, end, status: null });

test("calls hang on the exchange that made them, also where the caller goes on afterwards", () => {
  const hops = [hop(0, 0, 0), hop(1, 0, 0), hop(2, 1, 2), hop(3, 2, 3), hop(4, 2, 3, "timeout"), hop(5, 1, 2, "response"), hop(6, 1, 6), hop(7, 1, 6, "refused"), hop(8, 0, 0, "response")];
  const shape = (exchange) => exchange.hops.map((item) => (isExchange(item) ? shape(item) : item.index));
  const roots = exchangesOf(hops);
  assert.deepEqual(roots.map(shape), [[0, 1, [2, [3, 4], 5], [6, 7], 8]]);
  assert.equal(roots[0].end, "response");
  assert.equal(roots[0].size, 9);
});

test("a fragment gives back what it was made of", async () => {
  const shared = { files: [{ name: "ü.yaml", text: "kind: Service\n# ☂\n".repeat(500) }], request: { url: "http://a/?b=c#d", count: 3 } };
  const fragment = await toFragment(shared);
  assert.match(fragment, /^#p1\.[A-Za-z0-9_-]+$/);
  assert.ok(fragment.length < 400, `${fragment.length}`);
  assert.deepEqual(await fromFragment(fragment), shared);
});

test("what is no fragment of ours is none, and a damaged one is an error", async () => {
  assert.equal(await fromFragment("#lessons"), null);
  await assert.rejects(fromFragment("#p1.AAAA"));
  await assert.rejects(fromFragment((await toFragment({ files: [], request: null }))));
});

test("Secrets lose their values and nothing else does", () => {
  const text = [
    "apiVersion: v1",
    "kind: ConfigMap",
    "data:",
    "  mode: dark # kept",
    "---",
    "# my secret",
    "stringData:",
    "  url: postgres://user:hunter2@db",
    '  "key.pem": |',
    "    -----BEGIN",
    "    abc",
    "kind: Secret",
    "metadata: {name: s}",
    "---",
    "kind: List",
    "items:",
    "  - kind: Secret",
    "    data:",
    "      a: aHVudGVyMg==",
    "  - kind: ConfigMap",
    "    data:",
    "      b: kept",
    "  - data: {c: aHVudGVyMg==}",
    "    kind: Secret",
  ].join("\n");
  const safe = withoutSecrets(text);
  assert.ok(!/hunter2|aHVudGVyMg|BEGIN|abc/.test(safe), safe);
  for (const kept of ["mode: dark # kept", "b: kept", "# my secret", 'url: ""', '"key.pem": ""', "metadata: {name: s}", 'a: ""']) {
    assert.ok(safe.includes(kept), `${kept} in\n${safe}`);
  }
});

test("what kubectl apply remembers of a Secret goes as well", () => {
  const text = [
    "kind: Secret",
    "metadata:",
    "  annotations:",
    "    kubectl.kubernetes.io/last-applied-configuration: |",
    '      {"kind":"Secret","data":{"a":"aHVudGVyMg=="}}',
    "",
    "  name: s",
  ].join("\n");
  const safe = withoutSecrets(text);
  assert.ok(!safe.includes("aHVudGVyMg") && safe.includes("  name: s"), safe);
});

test("a Secret in JSON loses its values, and broken JSON is not shared", () => {
  const list = { kind: "List", items: [{ kind: "Secret", data: { a: "aHVudGVyMg==" } }, { kind: "ConfigMap", data: { b: "kept" } }] };
  const safe = JSON.parse(withoutSecrets(JSON.stringify(list)));
  assert.deepEqual(safe.items, [{ kind: "Secret", data: { a: "" } }, { kind: "ConfigMap", data: { b: "kept" } }]);
  assert.equal(withoutSecrets('{"kind": "Secret", "data": {"a": "aHVudGVyMg=='), "");
});

test("times are said as a person reads them", () => {
  assert.deepEqual([0, 400, 12_400, 3_000_000, 31_000_000].map(duration), ["0.0 ms", "0.4 ms", "12 ms", "3.0 s", "31 s"]);
});

test("a certificate is no secret: it stays with its lines, and its key goes", () => {
  const text = "kind: Secret\ntype: kubernetes.io/tls\ndata:\n  tls.crt: |\n    LS0tLS1C\n    RUdJTg==\n  tls.key: |\n    aHVudGVyMg==\n";
  const safe = withoutSecrets(text);
  for (const kept of ["LS0tLS1C", "RUdJTg==", 'tls.key: ""']) assert.ok(safe.includes(kept), safe);
  assert.ok(!safe.includes("aHVudGVyMg=="), safe);
  const json = JSON.parse(withoutSecrets('{"kind":"Secret","data":{"tls.crt":"LS0tLS1C","tls.key":"aHVudGVyMg=="}}'));
  assert.deepEqual(json.data, { "tls.crt": "LS0tLS1C", "tls.key": "" });
});

test("what a cluster gave comes in without the values of Secrets; what somebody wrote comes in as it is", () => {
  const written = "kind: Secret\nmetadata:\n  name: s\nstringData:\n  url: http://api/\n";
  assert.equal(atTheDoor(written), written);
  const given = "apiVersion: v1\nitems:\n- kind: Secret\n  metadata:\n    name: s\n    uid: 7f1c\n  data:\n    a: aHVudGVyMg==\n";
  assert.ok(!atTheDoor(given).includes("aHVudGVyMg=="), atTheDoor(given));
  const broken = '{"kind": "Secret", "metadata": {\n"uid": "7f1c"}, "data": {"a": "aHVudGVyMg=='; 
  assert.equal(atTheDoor(broken), broken);
});
