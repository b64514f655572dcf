import assert from "node:assert/strict";
import test from "node:test";

import type { Hop } from "../dto.ts";
import { distance, type Point } from "./geometry.ts";
import { layoutOf } from "./layout.ts";
import { routeOf } from "./route.ts";
import { hopsOf, viewOf } from "./testing.ts";

const view = viewOf([
  { name: "web", on: ["node-1", "node-3"], type: "LoadBalancer", calls: ["api"] },
  { name: "api", on: ["node-1", "node-2"], rank: 1, calls: ["db"] },
  { name: "db", on: ["node-2"], rank: 2, policies: ["db-allow"] },
]);
const layout = layoutOf(view, { compact: false, density: "full", stack: 1, share: false });
const route = (hops: Hop[]) => routeOf(hops, view.picture, layout);
const DNS = "Service/kube-system/kube-dns";
const WEB = "Pod/shop/web-1";
const API = "Pod/shop/api-0";

const request = hopsOf([
  { kind: "client", actor: "Outside/198.51.100.7" },
  { kind: "node", actor: "Node/node-2" },
  { kind: "service", actor: "Service/shop/web" },
  { kind: "container", actor: WEB, end: "response", status: 200 },
  { kind: "client", actor: WEB },
  { kind: "dns", actor: DNS },
  { kind: "service", actor: "Service/shop/api" },
  { kind: "container", actor: API, end: "response", status: 200 },
]);

function near(a: Point | undefined, b: Point | undefined): void {
  assert.ok(a && b && distance(a, b) < 0.5, `${JSON.stringify(a)} is at ${JSON.stringify(b)}`);
}

test("legs join: each begins where the one before ended, unless another exchange begins", () => {
  const { stops, legs } = route(request);
  assert.equal(stops.length, request.length);
  assert.equal(legs.length, request.length - 1);
  legs.slice(0, 3).forEach((leg) => assert.equal(leg.length, 1));
  for (const index of [1, 2]) near(legs[index]?.[0]?.points[0], legs[index - 1]?.at(-1)?.points.at(-1));
  near(legs[2]?.[0]?.points.at(-1), stops[3]?.at);
  assert.deepEqual(legs[3], []);
});

test("a leg has the colour of the Service it goes to or comes from", () => {
  const { legs } = route(request);
  const web = layout.capsules.get("Service/shop/web")?.color;
  const api = layout.capsules.get("Service/shop/api")?.color;
  assert.deepEqual(legs.slice(0, 3).map((leg) => leg[0]?.color), [web, web, web]);
  assert.deepEqual(legs[6]?.[0]?.color, api);
});

test("a lookup goes to the desk and back before the ride", () => {
  const { legs, stops } = route(request);
  assert.deepEqual(legs[4]?.map((stretch) => stretch.manner), ["lookup"]);
  assert.deepEqual(legs[5]?.map((stretch) => stretch.manner), ["return", "ride"]);
  near(legs[4]?.[0]?.points.at(-1), layout.desk);
  near(legs[5]?.[0]?.points[0], layout.desk);
  assert.equal(stops[5]?.at, layout.desk);
});

test("a client outside does not ask the cluster's name server", () => {
  const { legs, stops } = route(
    hopsOf([
      { kind: "client", actor: "Outside/198.51.100.7" },
      { kind: "dns", actor: "Outside/198.51.100.53" },
      { kind: "node", actor: "Node/node-2" },
    ]),
  );
  assert.deepEqual(legs[0], []);
  assert.deepEqual(legs[1]?.map((stretch) => stretch.manner), ["ride"]);
  near(stops[1]?.at, layout.outside);
});

test("a call takes the stroke of its faint line", () => {
  const { legs } = route(request);
  const wire = layout.calls.find((call) => call.id === `${WEB}>Service/shop/api`);
  assert.deepEqual(legs[5]?.at(-1)?.points, wire?.points);
});

test("a policy that drops stands in front of the pod that the packet was for", () => {
  const db = view.picture.pods.find((pod) => pod.app === "db");
  assert.ok(db);
  const { stops } = route(
    hopsOf([
      { kind: "client", actor: API },
      { kind: "service", actor: "Service/shop/db" },
      { kind: "policy", actor: "NetworkPolicy/shop/db-allow", title: "NetworkPolicy db-allow", came_in: `TCP 10.244.1.9 → ${db.ip}:5432`, end: "timeout" },
    ]),
  );
  const last = stops.at(-1);
  const station = layout.stations.get(db.id);
  assert.ok(last && station);
  assert.ok(last.at.x < station.x && last.at.x > station.x - 30);
  assert.equal(last.sign?.kind, "policy");
  assert.equal(last.sign?.words, "db-allow");
  assert.ok(last.ids.includes(db.id));
});

test("a policy on the sender's way out stands behind the sender", () => {
  const { stops } = route(
    hopsOf([
      { kind: "client", actor: API },
      { kind: "policy", actor: "NetworkPolicy/shop/deny-egress", end: "dns_timeout" },
    ]),
  );
  const station = layout.stations.get(API);
  assert.ok(station && (stops[1]?.at.x ?? 0) > station.x + station.width);
});

test("a Service that refuses turns the request back in front of it", () => {
  const { stops, legs } = route(
    hopsOf([
      { kind: "client", actor: WEB },
      { kind: "service", actor: "Service/shop/api", end: "refused" },
    ]),
  );
  const capsule = layout.capsules.get("Service/shop/api");
  const end = legs[0]?.at(-1)?.points.at(-1);
  assert.equal(stops[1]?.sign?.kind, "refused");
  assert.ok(capsule && end && distance(end, { x: capsule.x, y: end.y }) > 15);
  near(stops[1]?.sign?.at, end);
});

test("each way to fail has a sign of its own", () => {
  const signs = (["refused", "timeout", "reset", "tls_error", "unroutable"] as const).map((end) => {
    const { stops } = route(hopsOf([{ kind: "client", actor: WEB }, { kind: "container", actor: API, end }]));
    return stops.at(-1)?.sign?.kind;
  });
  const lookup = route(hopsOf([{ kind: "client", actor: WEB }, { kind: "dns", actor: DNS, end: "dns_nxdomain" }]));
  assert.deepEqual([...signs, lookup.stops.at(-1)?.sign?.kind], ["refused", "timeout", "reset", "tls", "unroutable", "nxdomain"]);
});

test("a hop at something that is not on the map stays where the train is", () => {
  const { stops, legs } = route(hopsOf([{ kind: "client", actor: WEB }, { kind: "service", actor: "Service/shop/gone" }]));
  assert.equal(stops.length, 2);
  assert.deepEqual(legs, [[]]);
});
