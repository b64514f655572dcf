// From the hops of an answer to strokes on the map: each hop is a stop with a place, and between two stops lies a leg.
// A call takes the same stroke as its faint line where the manifests name it, and the spare slots where they do not. A DNS
// lookup goes to the enquiry desk and back. Where an exchange begins at another place than the last one ended, nothing is drawn.

import type { Hop, Picture } from "../dto.ts";
import { lengthOf, type Point, type Polyline, stroke } from "./geometry.ts";
import { type Layout, OUTSIDE, type Station } from "./layout.ts";
import { addressesIn } from "./addresses.ts";
import { cornersBetween, type Stop } from "./wiring.ts";

/** A stretch of a leg in one manner: a ride on a line, or a lookup (dotted). */
export interface Stretch {
  readonly manner: "ride" | "lookup";
  /** Line colour; `null` on no Service's line. */
  readonly color: number | null;
  readonly points: Polyline;
  readonly length: number;
}

/** What a failure looks like at its stop. */
export type Sign = "refused" | "timeout" | "policy" | "nxdomain" | "reset" | "tls" | "unroutable";

/** A hop's place on the map. */
export interface RouteStop {
  readonly hop: Hop;
  readonly at: Point;
  /** Object ids that the hop stands at: what lights up when the train is here. */
  readonly ids: readonly string[];
  readonly sign: Sign | null;
  /** What the sign says, in words. */
  readonly words: string;
  /** Colour of the line that changes here; `null` where none does. */
  readonly change: number | null;
}

export interface Route {
  readonly stops: readonly RouteStop[];
  /** `legs[i]` leads from stop i to stop i + 1; empty where nothing is drawn. */
  readonly legs: readonly (readonly Stretch[])[];
}

type Place =
  | { readonly kind: "pod"; readonly station: Station }
  | { readonly kind: "outside"; readonly at: Point }
  | { readonly kind: "desk" }
  | { readonly kind: "gate"; readonly at: Point }
  | { readonly kind: "service"; readonly id: string; readonly at: Point }
  | { readonly kind: "barrier"; readonly station: Station; readonly side: "ingress" | "egress" };

const WORDS: Record<Sign, string> = {
  refused: "refused",
  timeout: "timed out",
  policy: "dropped",
  nxdomain: "no such name",
  reset: "reset",
  tls: "TLS error",
  unroutable: "no route",
};

/** How far in front of a pod its barrier stands. */
export const BARRIER = 14;
/** Of a line's height, how far from a band's edge a node takes packets in. */
const GATE = 0;

function middle(station: Station): number {
  return station.y + station.height / 2;
}

export function barrierAt(station: Station, side: "ingress" | "egress"): Point {
  const x = side === "ingress" ? station.x - BARRIER : station.x + station.width + BARRIER - 4;
  return { x, y: middle(station) };
}

function signOf(hop: Hop): Sign | null {
  switch (hop.end) {
    case null:
    case "response":
    case "connected":
      return null;
    case "refused":
      return "refused";
    case "timeout":
      return hop.kind === "policy" ? "policy" : "timeout";
    case "dns_nxdomain":
      return "nxdomain";
    case "dns_timeout":
      return hop.kind === "policy" ? "policy" : "timeout";
    case "reset":
      return "reset";
    case "tls_error":
      return "tls";
    case "unroutable":
      return "unroutable";
  }
}

class Planner {
  readonly #layout: Layout;
  readonly #picture: Picture;
  readonly #hops: readonly Hop[];
  readonly #byAddress: Map<string, Station>;
  readonly #calls: Map<string, Polyline>;

  constructor(hops: readonly Hop[], picture: Picture, layout: Layout) {
    this.#hops = hops;
    this.#picture = picture;
    this.#layout = layout;
    this.#calls = new Map(layout.calls.map((wire) => [wire.id, wire.points]));
    this.#byAddress = new Map(
      [...layout.stations.values()].flatMap((station) => (station.pod.ip === null ? [] : [[station.pod.ip, station] as const])),
    );
  }

  /** The pod that a policy hop decides about, and on which side of it. */
  #guarded(hop: Hop): Place | null {
    const { stations } = this.#layout;
    const policy = this.#picture.policies.find((candidate) => candidate.id === hop.actor);
    const exchange = this.#hops.filter((other) => other.exchange === hop.exchange);
    const receiver = exchange.find((other) => other.index > hop.index && other.kind === "container");
    const named = addressesIn(hop.came_in);
    const target = stations.get(receiver?.actor ?? "") ?? this.#byAddress.get(named[named.length - 1] ?? "");
    const sender = stations.get(exchange.find((other) => other.kind === "client")?.actor ?? "");
    if (target !== undefined && (policy === undefined || (policy.ingress && policy.pods.includes(target.pod.id)))) {
      return { kind: "barrier", station: target, side: "ingress" };
    }
    if (sender !== undefined) return { kind: "barrier", station: sender, side: "egress" };
    return target === undefined ? null : { kind: "barrier", station: target, side: "ingress" };
  }

  place(hop: Hop, from: Place | null): Place | null {
    const { stations, capsules, bands, outside } = this.#layout;
    const station = stations.get(hop.actor);
    switch (hop.kind) {
      case "dns":
        return { kind: "desk" };
      case "policy":
        return this.#guarded(hop);
      case "outside":
        return { kind: "outside", at: outside };
      case "client":
      case "container":
        if (station !== undefined) return { kind: "pod", station };
        if (hop.actor.startsWith(`${OUTSIDE}/`)) return { kind: "outside", at: outside };
        return this.#gate(hop.actor);
      case "node":
        return this.#gate(hop.actor);
      case "service": {
        const capsule = capsules.get(hop.actor);
        if (capsule === undefined) return bands.length > 0 && hop.actor.endsWith("/kube-dns") ? { kind: "desk" } : null;
        const way = from === null ? [] : this.#toService(from, hop.actor);
        return { kind: "service", id: hop.actor, at: way[way.length - 1] ?? { x: capsule.x, y: capsule.roundel } };
      }
    }
  }

  #gate(node: string): Place | null {
    const band = this.#layout.bands.find((candidate) => candidate.id === node);
    if (band === undefined) return null;
    const { outside } = this.#layout;
    const within = outside.y > band.y && outside.y < band.y + band.height;
    return { kind: "gate", at: { x: band.x + GATE, y: within ? outside.y : band.y + band.height / 2 } };
  }

  #exit(place: Place): Stop | null {
    switch (place.kind) {
      case "pod":
        return { at: { x: place.station.x + place.station.width, y: middle(place.station) }, channel: place.station.channel };
      case "barrier":
        return {
          at: barrierAt(place.station, place.side),
          channel: place.side === "ingress" ? place.station.channel - 1 : place.station.channel,
        };
      case "outside":
      case "gate":
        return { at: place.at, channel: 0 };
      case "service": {
        const capsule = this.#layout.capsules.get(place.id);
        return capsule === undefined ? null : { at: place.at, channel: capsule.channel };
      }
      case "desk":
        return null;
    }
  }

  /** Corners of the way to a Service, ending where the line meets its capsule or roundel. */
  #toService(from: Place, id: string): Polyline {
    const capsule = this.#layout.capsules.get(id);
    const exit = this.#exit(from);
    if (capsule === undefined || exit === null) return [];
    const key = from.kind === "pod" ? `${from.station.pod.id}>${id}` : from.kind === "outside" ? `${OUTSIDE}>${id}` : "";
    const known = this.#calls.get(key);
    if (known !== undefined) return known;
    const end = { x: capsule.x, y: capsule.roundel };
    const direct = exit.channel === capsule.channel && exit.at.y > capsule.top && exit.at.y < capsule.bottom;
    if (direct) return stroke([exit.at, { x: capsule.x, y: exit.at.y }]);
    return stroke(cornersBetween(exit, { at: end, channel: capsule.channel }, id, this.#layout.grid));
  }

  /** Corners of the way from one stop to the next. */
  #way(from: Place, to: Place): Polyline {
    if (from.kind === "desk") return [...this.#way(to, from)].reverse();
    switch (to.kind) {
      case "service":
        return this.#toService(from, to.id);
      case "desk":
        return this.#toDesk(from);
      case "pod":
      case "barrier":
        return this.#toPod(from, to);
      case "gate":
      case "outside":
        return this.#toEdge(from, to);
    }
  }

  #toPod(from: Place, to: Extract<Place, { kind: "pod" | "barrier" }>): Polyline {
    const { station } = to;
    if (to.kind === "barrier" && to.side === "egress") {
      const at = barrierAt(station, "egress");
      if (from.kind === "pod" && from.station === station) return [{ x: station.x + station.width, y: at.y }, at];
      const exit = this.#exit(from);
      return exit === null ? [] : [...this.#toStop({ at, channel: station.channel }, exit)].reverse();
    }
    const at = to.kind === "barrier" ? barrierAt(station, "ingress") : { x: station.x, y: middle(station) };
    if (from.kind === "barrier" && from.station === station && from.side === "ingress") {
      return [barrierAt(station, "ingress"), at];
    }
    if (from.kind === "service") {
      const capsule = this.#layout.capsules.get(from.id);
      const inColumn = capsule !== undefined && capsule.channel === station.channel - 1;
      if (capsule !== undefined && inColumn) {
        return stroke([from.at, { x: capsule.x, y: from.at.y }, { x: capsule.x, y: at.y }, at], 5);
      }
    }
    const exit = this.#exit(from);
    return exit === null ? [] : this.#toStop(exit, { at, channel: station.channel - 1 });
  }

  #toStop(from: Stop, to: Stop): Polyline {
    return stroke(cornersBetween(from, to, null, this.#layout.grid));
  }

  #toDesk(from: Place): Polyline {
    const exit = this.#exit(from);
    if (exit === null) return [];
    const { grid, desk } = this.#layout;
    const x = grid.x(exit.channel, null);
    const y = grid.y(0, null);
    return stroke([exit.at, { x, y: exit.at.y }, { x, y }, { x: desk.x, y }, desk]);
  }

  #toEdge(from: Place, to: Extract<Place, { kind: "gate" | "outside" }>): Polyline {
    if (from.kind === "outside") {
      const x = (this.#layout.bands[0]?.x ?? 0) - 12;
      return stroke([from.at, { x, y: from.at.y }, { x, y: to.at.y }, to.at]);
    }
    const exit = this.#exit(from);
    return exit === null ? [] : this.#toStop(exit, { at: to.at, channel: 0 });
  }

  leg(from: Place, to: Place, hop: Hop, next: Hop, client: Place | null): Stretch[] {
    const { capsules } = this.#layout;
    const colorOf = (id: string | null): number | null => capsules.get(id ?? "")?.color ?? null;
    const stretch = (manner: Stretch["manner"], color: number | null, points: Polyline): Stretch[] =>
      points.length < 2 ? [] : [{ manner, color, points, length: lengthOf(points) }];
    if (next.kind === "client") return [];
    if (to.kind === "desk") return stretch("lookup", null, this.#way(from, to));
    const service = next.kind === "service" ? next.actor : (hop.service ?? next.service);
    if (from.kind === "desk") {
      if (client === null) return [];
      const back = stretch("lookup", null, [...this.#toDesk(client)].reverse());
      return [...back, ...stretch("ride", colorOf(service), this.#way(client, to))];
    }
    return stretch("ride", colorOf(service), this.#way(from, to));
  }
}

function pointOf(place: Place, layout: Layout): Point {
  switch (place.kind) {
    case "pod":
      return { x: place.station.x, y: middle(place.station) };
    case "desk":
      return layout.desk;
    case "barrier":
      return barrierAt(place.station, place.side);
    case "service":
    case "gate":
    case "outside":
      return place.at;
  }
}

function idsOf(place: Place, hop: Hop): string[] {
  if (place.kind === "pod") return [place.station.pod.id];
  if (place.kind === "barrier") return [hop.actor, place.station.pod.id];
  if (place.kind === "outside") return [OUTSIDE];
  return [hop.actor];
}

/** The route of some hops over a map; hops whose place is not on the map stay at the stop before. */
export function routeOf(hops: readonly Hop[], picture: Picture, layout: Layout): Route {
  const planner = new Planner(hops, picture, layout);
  const stops: RouteStop[] = [];
  const legs: Stretch[][] = [];
  const seen: { place: Place; hop: Hop }[] = [];
  let client: Place | null = null;
  for (const hop of hops) {
    const last = seen[seen.length - 1];
    const start: Place | null = last?.place.kind === "desk" ? client : (last?.place ?? null);
    const place: Place | undefined = planner.place(hop, start) ?? last?.place;
    if (place === undefined) continue;
    if (last !== undefined) legs.push(place === last.place ? [] : planner.leg(last.place, place, last.hop, hop, client));
    if (hop.kind === "client") client = place;
    const sign = signOf(hop);
    const at = hop.kind === "client" && place.kind === "pod"
      ? { x: place.station.x + place.station.width, y: middle(place.station) }
      : pointOf(place, layout);
    stops.push({
      hop,
      at,
      ids: idsOf(place, hop),
      sign,
      words: sign === null ? "" : WORDS[sign],
      change: place.kind === "service" ? (layout.capsules.get(place.id)?.color ?? null) : null,
    });
    seen.push({ place, hop });
  }
  return { stops, legs };
}
