// From the hops of an answer to strokes on the map: each hop is a stop with a place, and between two stops lies a leg. A DNS
// lookup goes to the enquiry desk and back. Where an exchange begins at another place than the last one ended, nothing is drawn.

import type { Hop, Picture } from "../dto.ts";
import { lengthOf, type Point, type Polyline, pose, upTo } from "./geometry.ts";
import { type Layout, OUTSIDE } from "./layout.ts";
import type { LineColor } from "./units.ts";
import { departure, type Place, pointOf, Ways } from "./ways.ts";

/** A stretch of a leg in one manner: a ride on a line, a lookup, or the way back from one (which leaves no stroke of its own). */
export interface Stretch {
  readonly manner: "ride" | "lookup" | "return";
  /** `null` on no Service's line. */
  readonly color: LineColor | null;
  readonly points: Polyline;
  readonly length: number;
  /** The exchange it belongs to. */
  readonly exchange: number;
}

/** What a failure looks like at its stop. */
export type Sign = "refused" | "timeout" | "policy" | "nxdomain" | "reset" | "tls" | "unroutable";

/** How and where a request failed. */
export interface Failure {
  readonly kind: Sign;
  readonly at: Point;
  /** Which way the request was going, in degrees from the x axis. */
  readonly angle: number;
  readonly words: string;
  /** How far below `at` the words may begin. */
  readonly clear: number;
}

/** A hop's place on the map. */
export interface RouteStop {
  readonly hop: Hop;
  readonly at: Point;
  /** Object ids that the hop stands at: what lights up when the train is here. */
  readonly ids: readonly string[];
  readonly sign: Failure | null;
  /** Where one changes to a Service's line in its capsule, or passes a node's edge; absent at other stops. */
  readonly change: { readonly at: Point; readonly color: LineColor } | null;
}

export interface Route {
  readonly stops: readonly RouteStop[];
  /** `legs[i]` leads from stop i to stop i + 1; empty where nothing is drawn. */
  readonly legs: readonly (readonly Stretch[])[];
}

interface Visit {
  readonly hop: Hop;
  readonly place: Place;
  /** Where the exchange's client stands. */
  readonly client: Place | null;
}

const WORDS: Record<Sign, string> = {
  refused: "refused",
  timeout: "timed out",
  policy: "dropped",
  nxdomain: "no such name",
  reset: "reset",
  tls: "TLS error",
  unroutable: "no route",
};

function signOf(hop: Hop): Sign | null {
  switch (hop.end) {
    case null:
    case "response":
    case "connected":
      return null;
    case "timeout":
    case "dns_timeout":
      return hop.kind === "policy" ? "policy" : "timeout";
    case "dns_nxdomain":
      return "nxdomain";
    case "tls_error":
      return "tls";
    case "refused":
    case "reset":
    case "unroutable":
      return hop.end;
  }
}

/** The Service whose line the leg between two hops runs on. */
function serviceOf(hops: readonly Hop[], from: Hop, to: Hop): string | null {
  if (to.kind === "service") return to.actor;
  const named = from.service ?? to.service;
  if (named !== null) return named;
  const services = hops.filter((hop) => hop.exchange === to.exchange && hop.kind === "service");
  const next = services.find((hop) => hop.index > from.index) ?? services[services.length - 1];
  return next?.actor ?? null;
}

function legOf(ways: Ways, from: Visit, to: Visit, color: LineColor | null): Stretch[] {
  if (to.hop.kind === "client" || to.place === from.place) return [];
  const stretch = (manner: Stretch["manner"], points: Polyline): Stretch[] =>
    points.length < 2
      ? []
      : [{ manner, color: manner === "ride" ? color : null, points, length: lengthOf(points), exchange: to.hop.exchange }];
  if (to.place.kind === "desk") return stretch("lookup", ways.between(from.place, to.place));
  if (from.place.kind !== "desk") return stretch("ride", ways.between(from.place, to.place));
  if (to.client === null) return [];
  return [
    ...stretch("return", ways.between(from.place, to.client)),
    ...stretch("ride", ways.between(to.client, to.place)),
  ];
}

function idsOf(place: Place, hop: Hop): string[] {
  if (place.kind === "pod") return [place.station.pod.id];
  if (place.kind === "barrier") return [hop.actor, place.station.pod.id];
  if (place.kind === "outside") return [OUTSIDE];
  return [hop.actor];
}

/** How far before a Service a request that it turns away stops, so that the Service's mark stays readable. */
const TURNED_AWAY = 25;

/** Ends the leg to a Service that turns the request away in front of it. */
function turnAway(leg: Stretch[]): void {
  const last = leg.pop();
  if (last === undefined) return;
  const length = Math.max(last.length - TURNED_AWAY, last.length / 2);
  leg.push({ ...last, points: upTo(last.points, length), length });
}

function failureOf(visit: Visit, at: Point, arriving: Stretch | undefined): Failure | null {
  const { hop, place } = visit;
  const kind = signOf(hop);
  if (kind === null) return null;
  const end = arriving === undefined ? { at, angle: 0 } : pose(arriving.points, arriving.length);
  return {
    kind,
    at: place.kind === "service" ? end.at : at,
    angle: end.angle,
    words: hop.kind === "policy" ? hop.title.replace(/^NetworkPolicy /, "") : WORDS[kind],
    clear: clearOf(place),
  };
}

function clearOf(place: Place): number {
  return place.kind === "pod" || place.kind === "barrier" ? Math.max(14, place.station.height / 2 + 3) : 14;
}

/** Where one changes: in a capsule at the height at which one leaves it, or came in. */
function changeOf(visit: Visit, layout: Layout, leaving: Stretch | undefined): RouteStop["change"] {
  // A node takes packets in where their line crosses its edge.
  if (visit.place.kind === "gate") return leaving?.color == null ? null : { at: visit.place.at, color: leaving.color };
  if (visit.place.kind !== "service") return null;
  const capsule = layout.capsules.get(visit.place.id);
  const end = leaving?.points.at(-1);
  if (capsule === undefined) return null;
  const y = end !== undefined && end.y >= capsule.top && end.y <= capsule.bottom ? end.y : visit.place.at.y;
  return y < capsule.top ? null : { at: { x: capsule.x, y }, color: capsule.color };
}

/** The route of some hops over a map; hops whose place is not on the map stay at the stop before. */
export function routeOf(hops: readonly Hop[], picture: Picture, layout: Layout): Route {
  const ways = new Ways(hops, picture, layout);
  const visits: Visit[] = [];
  const legs: Stretch[][] = [];
  for (const hop of hops) {
    const last = visits.at(-1);
    const from: Place | null = last?.place.kind === "desk" ? last.client : (last?.place ?? null);
    const place: Place = ways.place(hop, from) ?? last?.place ?? { kind: "outside", at: layout.outside };
    const visit: Visit = { hop, place, client: hop.kind === "client" ? place : (last?.client ?? null) };
    if (last !== undefined) {
      const color = layout.capsules.get(serviceOf(hops, last.hop, hop) ?? "")?.color ?? null;
      legs.push(legOf(ways, last, visit, color));
    }
    visits.push(visit);
  }
  const stops = visits.map((visit, index): RouteStop => {
    const { hop, place } = visit;
    const at = hop.kind === "client" ? departure(place, layout) : pointOf(place, layout);
    const arriving = legs[index - 1];
    const sign = signOf(hop);
    if (sign !== null && place.kind === "service" && arriving !== undefined) turnAway(arriving);
    return {
      hop,
      at,
      ids: idsOf(place, hop),
      sign: failureOf(visit, at, arriving?.at(-1)),
      change: sign === null ? changeOf(visit, layout, legs[index]?.at(-1)) : null,
    };
  });
  return { stops, legs };
}
