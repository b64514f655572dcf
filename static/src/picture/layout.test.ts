import assert from "node:assert/strict";
import test from "node:test";

import { distance, type Point } from "./geometry.ts";
import { type Layout, layoutOf, type Options, OUTSIDE, type Station } from "./layout.ts";
import { crowdedView, viewOf } from "./testing.ts";

const WIDE: Options = { compact: false, density: "full", stack: 1, share: false };
const SHAPES: Options[] = [1, 2, 3, 4, 6].flatMap((stack) =>
  [false, true].flatMap((share) => [
    { compact: false, density: "full", stack, share } as const,
    { compact: true, density: "slim", stack, share } as const,
  ]),
);

function overlap(a: Station, b: Station): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Points of a polyline at most three units apart. */
function sampled(points: readonly Point[]): Point[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1] ?? point;
    const steps = Math.ceil(distance(before, point) / 3);
    const between = (part: number): Point => ({ x: before.x + (point.x - before.x) * part, y: before.y + (point.y - before.y) * part });
    return [...Array.from({ length: steps }, (_, step) => between(step / steps)), point];
  });
}

function station(layout: Layout, id: string): Station {
  const found = layout.stations.get(id);
  assert.ok(found, `${id} is on the map`);
  return found;
}

const shop = () =>
  viewOf([
    { name: "web", on: ["node-1", "node-3"], type: "LoadBalancer", calls: ["api"] },
    { name: "api", on: ["node-1", "node-2", "node-3"], rank: 1, calls: ["db"] },
    { name: "db", on: ["node-2"], rank: 2 },
  ]);

for (const options of SHAPES) {
  const shape = `stack ${options.stack}, ${options.density}`;

  test(`each pod stands in its node's row and on no other pod (${shape})`, () => {
    const view = crowdedView();
    const layout = layoutOf(view, options);
    const stations = [...layout.stations.values()];
    assert.equal(stations.length, view.picture.pods.length);
    for (const one of stations) {
      const band = layout.bands.find((candidate) => candidate.id === (one.pod.node ?? "unscheduled"));
      assert.ok(band);
      assert.ok(one.y >= band.y && one.y + one.height <= band.y + band.height, one.pod.id);
      assert.ok(one.x >= band.x && one.x + one.width <= band.x + band.width, one.pod.id);
    }
    stations.forEach((one, index) => {
      for (const other of stations.slice(index + 1)) assert.ok(!overlap(one, other), `${one.pod.id} on ${other.pod.id}`);
    });
  });

  test(`no call runs through a pod, and each ends at its Service (${shape})`, () => {
    const layout = layoutOf(crowdedView(), options);
    assert.ok(layout.calls.length > 40);
    for (const call of layout.calls) {
      const end = call.points.at(-1);
      const capsule = layout.capsules.get(call.to);
      assert.ok(end && capsule);
      assert.equal(end.x, capsule.x);
      assert.ok(end.y === capsule.roundel || (end.y > capsule.top && end.y < capsule.bottom), call.id);
      for (const point of sampled(call.points)) {
        for (const { pod, x, y, width, height } of layout.stations.values()) {
          const within = point.x > x + 1 && point.x < x + width - 1 && point.y > y + 1 && point.y < y + height - 1;
          assert.ok(!within, `${call.id} runs through ${pod.id}`);
        }
      }
    }
  });

  test(`a capsule spans its pods and no roundel stands on another or on a pod (${shape})`, () => {
    const layout = layoutOf(crowdedView(), options);
    const capsules = [...layout.capsules.values()];
    for (const { service, top, bottom, x, roundel } of capsules) {
      for (const id of service.pods) {
        const { x: left, y, height } = station(layout, id);
        assert.ok(x < left, `${service.id} stands left of ${id}`);
        assert.ok(top <= y + height / 2 && y + height / 2 <= bottom, `${service.id} spans ${id}`);
      }
      for (const one of layout.stations.values()) {
        const apart = x + 13 < one.x || x - 13 > one.x + one.width || roundel + 13 < one.y || roundel - 13 > one.y + one.height;
        assert.ok(apart, `${service.id} stands on ${one.pod.id}`);
      }
      for (const other of capsules) {
        if (other.service !== service) assert.ok(Math.hypot(other.x - x, other.roundel - roundel) > 24, service.id);
      }
    }
  });
}

test("columns follow the order of the calls, and what is entered lies straight beside the outside", () => {
  const layout = layoutOf(shop(), WIDE);
  const x = ["web", "api", "db"].map((name) => layout.capsules.get(`Service/shop/${name}`)?.x ?? 0);
  assert.deepEqual([...x].sort((a, b) => a - b), x);
  const entry = layout.calls.find((call) => call.from === OUTSIDE);
  assert.ok(entry);
  assert.equal(new Set(entry.points.map((point) => point.y)).size, 1);
});

test("the same view gives the same layout, and a new pod leaves the columns in their order", () => {
  const before = layoutOf(shop(), WIDE);
  assert.deepEqual([...layoutOf(shop(), WIDE).stations], [...before.stations]);
  const view = viewOf([
    { name: "web", on: ["node-1", "node-3"], type: "LoadBalancer", calls: ["api"] },
    { name: "api", on: ["node-1", "node-2", "node-3", "node-3"], rank: 1, calls: ["db"] },
    { name: "db", on: ["node-2"], rank: 2 },
  ]);
  const after = layoutOf(view, WIDE);
  assert.deepEqual([...after.capsules.keys()], [...before.capsules.keys()]);
  assert.equal(after.capsules.get("Service/shop/api")?.channel, before.capsules.get("Service/shop/api")?.channel);
});

test("a pod behind two Services is drawn once, right of both, and the one entered from outside is outermost", () => {
  const view = viewOf([{ name: "frontend", on: ["node-2"], services: ["frontend", "frontend-external"] }]);
  const [, external] = view.picture.services;
  assert.ok(external);
  external.service_type = "LoadBalancer";
  const layout = layoutOf(view, WIDE);
  const inner = layout.capsules.get("Service/shop/frontend")?.x ?? 0;
  const outer = layout.capsules.get("Service/shop/frontend-external")?.x ?? 0;
  assert.equal(layout.stations.size, 1);
  assert.ok(outer < inner && inner < station(layout, "Pod/shop/frontend-0").x);
});

test("pods that are not scheduled stand in a row of their own below the nodes", () => {
  const layout = layoutOf(viewOf([{ name: "web", on: ["node-1", null] }]), WIDE);
  const last = layout.bands.at(-1);
  assert.equal(layout.bands.length, 4);
  assert.equal(last?.node, null);
  assert.ok(station(layout, "Pod/shop/web-1").y > (last?.y ?? Infinity));
});

test("a Service without pods keeps its place and has a capsule", () => {
  const layout = layoutOf(viewOf([{ name: "web", on: [] }]), WIDE);
  const capsule = layout.capsules.get("Service/shop/web");
  assert.ok(capsule && capsule.bottom > capsule.top && capsule.top > capsule.roundel);
});

test("a crowd on one node folds what is beyond eighty", () => {
  const layout = layoutOf(viewOf([{ name: "web", on: new Array<string>(117).fill("node-1") }]), WIDE);
  assert.equal(layout.stations.size, 80);
  assert.deepEqual(layout.folds.map((fold) => fold.count), [37]);
});

test("namespaces are labelled where there are several, each over columns of its own", () => {
  const layout = layoutOf(
    viewOf([
      { name: "web", namespace: "front", on: ["node-1"], calls: ["back/api"] },
      { name: "api", namespace: "back", on: ["node-1"], rank: 1 },
    ]),
    WIDE,
  );
  const [front, back] = layout.spaces;
  assert.deepEqual(layout.spaces.map((space) => space.namespace), ["front", "back"]);
  assert.ok(front && back && front.x + front.width < back.x);
  assert.equal(layoutOf(shop(), WIDE).spaces.length, 0);
});

test("a client that nobody calls stands in the column of what it calls, where a row is free, and calls to the left", () => {
  const clientOn = (node: string): Layout =>
    layoutOf(
      viewOf([
        { name: "web", on: ["node-1"] },
        { name: "curl", on: [node], services: [], calls: ["web"] },
      ]),
      WIDE,
    );
  const web = "Service/shop/web";
  const beside = clientOn("node-2");
  const curl = station(beside, "Pod/shop/curl-0");
  const call = beside.calls.find(({ to }) => to === web);
  assert.equal(curl.x, station(beside, "Pod/shop/web-0").x);
  assert.equal(call?.points[0]?.x, curl.x);
  assert.ok(call.points.every(({ x }) => x <= curl.x));
  const before = clientOn("node-1");
  assert.ok(station(before, "Pod/shop/curl-0").x < (before.capsules.get(web)?.x ?? 0));
});

test("a cluster of nodes only has its rows, the outside and the DNS", () => {
  const layout = layoutOf(viewOf([]), WIDE);
  assert.equal(layout.bands.length, 3);
  assert.ok(layout.outside.y > 0 && layout.outside.y < layout.height);
  assert.ok(layout.desk.x < layout.width);
});
