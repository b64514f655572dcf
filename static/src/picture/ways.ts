// Ways over the map between the places where hops stand: a pod, a Service, a node's edge, a policy's barrier, the outside,
// the cluster's DNS. A call takes the stroke of its faint line where the manifests name it, and the spare slots where not.

import type { Hop, Picture } from "../dto.ts";
import { addressesIn } from "./addresses.ts";
import { type Point, type Polyline, stroke } from "./geometry.ts";
import { type Layout, OUTSIDE, type Station } from "./layout.ts";
import { cornersBetween, type Stop } from "./wiring.ts";

/** Where a hop stands. */
export type Place =
  | { readonly kind: "pod"; readonly station: Station }
  | { readonly kind: "outside"; readonly at: Point }
  | { readonly kind: "desk" }
  | { readonly kind: "gate"; readonly at: Point }
  | { readonly kind: "service"; readonly id: string; readonly at: Point }
  | { readonly kind: "barrier"; readonly station: Station; readonly side: "ingress" | "egress" };

/** How far in front of a pod its barrier stands. */
const BARRIER = 14;
/** How far a pod's request to itself goes out. */
const LOOP = 12;
/** How far from a band's top its node takes packets in, at least. */
const GATE = 36;

function middle(station: Station): number {
  return station.y + station.height / 2;
}

/** Where a pod's barrier stands: in front of it for what comes in, behind it for what goes out. */
export function barrierAt(station: Station, side: "ingress" | "egress"): Point {
  const left = side === "ingress" || station.back;
  return { x: left ? station.x - BARRIER : station.x + station.width + BARRIER - 4, y: middle(station) };
}

/** Where a pod's calls leave it, and into which channel. */
function exitOf(station: Station): Stop {
  const { x, width, channel, back } = station;
  return { at: { x: back ? x : x + width, y: middle(station) }, channel: back ? channel - 1 : channel };
}

/** A request of a pod to itself turns round at its own edge. */
function selfLoop(station: Station): Polyline {
  const right = station.x + station.width;
  const y = middle(station);
  const reach = station.height / 4;
  return stroke([{ x: right, y: y - reach }, { x: right + LOOP, y: y - reach }, { x: right + LOOP, y: y + reach }, { x: right, y: y + reach }], 5);
}

/** Where a client's requests leave it. */
export function departure(place: Place, layout: Layout): Point {
  if (place.kind !== "pod") return pointOf(place, layout);
  return exitOf(place.station).at;
}

export function pointOf(place: Place, layout: Layout): Point {
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

/** Finds the places of hops and the ways between them. */
export class Ways {
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

  /** Where a hop stands, come to from another place; `null` where it is not on the map. */
  place(hop: Hop, from: Place | null): Place | null {
    const { stations, capsules, bands, outside } = this.#layout;
    const station = stations.get(hop.actor);
    switch (hop.kind) {
      case "dns":
        // Who is outside asks a name server of its own, not the cluster's.
        return from?.kind === "outside" && hop.actor.startsWith(`${OUTSIDE}/`) ? from : { kind: "desk" };
      case "policy":
        return this.#guarded(hop);
      case "outside":
        return { kind: "outside", at: outside };
      case "client":
      case "container":
      case "route":
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
    // As near to the outside as the band allows, clear of its name.
    const y = Math.min(Math.max(outside.y, band.y + GATE), band.y + band.height - GATE / 2);
    return { kind: "gate", at: { x: band.x, y } };
  }

  #exit(place: Place): Stop | null {
    switch (place.kind) {
      case "pod":
        return exitOf(place.station);
      case "barrier":
        return {
          at: barrierAt(place.station, place.side),
          channel: place.side === "ingress" ? place.station.channel - 1 : exitOf(place.station).channel,
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
    if (this.#layout.straight(exit, id)) return stroke([exit.at, { x: capsule.x, y: exit.at.y }]);
    return stroke(cornersBetween(exit, { at: end, channel: capsule.channel }, id, this.#layout.grid));
  }

  /** The way from one place to the next; empty where there is none. */
  between(from: Place, to: Place): Polyline {
    if (from.kind === "desk") return to.kind === "desk" ? [] : [...this.between(to, from)].reverse();
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
      const { at: edge, channel } = exitOf(station);
      if (from.kind === "pod" && from.station === station) return [edge, at];
      const exit = this.#exit(from);
      return exit === null ? [] : [...this.#toStop({ at, channel }, exit)].reverse();
    }
    const at = to.kind === "barrier" ? barrierAt(station, "ingress") : { x: station.x, y: middle(station) };
    if (from.kind === "barrier" && from.station === station && from.side === "ingress") {
      return [barrierAt(station, "ingress"), at];
    }
    if (from.kind === "pod" && from.station === station) return selfLoop(station);
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
      const x = (this.#layout.bands[0]?.x ?? 0) - 8;
      return stroke([from.at, { x, y: from.at.y }, { x, y: to.at.y }, to.at]);
    }
    const exit = this.#exit(from);
    return exit === null ? [] : this.#toStop(exit, { at: to.at, channel: 0 });
  }
}
