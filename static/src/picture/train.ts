// The request on its way: the train stands at a position between two stops, with its strokes behind and ahead of it, and the
// marks of the stops it has been at. On a lookup only a small envoy travels; between two exchanges the train jumps.

import { type Point, pose } from "./geometry.ts";
import type { Layout } from "./layout.ts";
import type { Route, RouteStop, Stretch } from "./route.ts";
import { drawSign, drawStatus } from "./signs.ts";
import { lineClass, moved, setAll, svg } from "./svg.ts";
import { Track } from "./track.ts";
import type { LineColor } from "./units.ts";

/** Where the train is, which way it looks, and how it travels. */
interface Whereabouts {
  readonly at: Point;
  readonly angle: number;
  readonly color: LineColor | null;
  readonly manner: Stretch["manner"];
}

function lengthOfLeg(leg: readonly Stretch[]): number {
  return leg.reduce((sum, stretch) => sum + stretch.length, 0);
}

/** How far before the end of a way the train stops: with its front at a pod, not with its middle. */
function nose(stop: RouteStop | undefined, length: number): number {
  return stop?.hop.kind === "container" && length > 60 ? 11 : 0;
}

/** Colour of the line on which the train came to a stop, or on which it will leave the first. */
function colorAt(route: Route, leg: number): LineColor | null {
  const rides = (stretch: Stretch): boolean => stretch.manner === "ride";
  const past = route.legs.slice(0, leg).flat().findLast(rides);
  return (past ?? route.legs.flat().find(rides))?.color ?? null;
}

function whereabouts(route: Route, leg: number, part: number): Whereabouts | null {
  const stop = route.stops[leg];
  if (stop === undefined) return null;
  const standing: Whereabouts = { at: stop.at, angle: 0, color: colorAt(route, leg), manner: "ride" };
  const stretches = route.legs[leg] ?? [];
  const whole = lengthOfLeg(stretches);
  if (part === 0) {
    const arrived = route.legs[leg - 1]?.at(-1);
    if (arrived === undefined || stop.hop.kind === "client") return standing;
    return { ...standing, ...pose(arrived.points, arrived.length - nose(stop, arrived.length)) };
  }
  const next = route.stops[leg + 1];
  if (whole === 0) return { ...standing, at: part < 0.5 || next === undefined ? stop.at : next.at };
  let left = part * (whole - nose(next, whole));
  for (const { points, length, color, manner } of stretches) {
    if (left <= length) return { ...pose(points, left), color, manner };
    left -= length;
  }
  return standing;
}

function drawChange(stop: RouteStop): SVGElement | null {
  if (stop.change === null) return null;
  const { at, color } = stop.change;
  return svg("circle", { class: `pic-change ${lineClass(color)}`, r: 4.5, cx: at.x, cy: at.y });
}

function drawCar(): SVGGElement {
  return svg(
    "g",
    { class: "pic-train" },
    svg("rect", { class: "pic-train-halo", x: -13, y: -8, width: 26, height: 16, rx: 8 }),
    svg("rect", { class: "pic-train-body", x: -10.5, y: -5.5, width: 21, height: 11, rx: 5.5 }),
    svg("circle", { class: "pic-train-window", cx: -4, cy: 0, r: 1.6 }),
    svg("circle", { class: "pic-train-window", cx: 1.2, cy: 0, r: 1.6 }),
    svg("path", { class: "pic-train-front", d: "M5.5 -2.4V2.4" }),
  );
}

export class Train {
  readonly #track: Track;
  readonly #over: SVGGElement;
  readonly #car = drawCar();
  #route: Route | null = null;
  #marks: SVGElement[][] = [];
  #position = 0;
  #at: Point = { x: 0, y: 0 };

  /** `under` holds the strokes, below the stations; `over` the marks and the train, above all. */
  constructor(under: SVGGElement, over: SVGGElement) {
    this.#track = new Track(under);
    this.#over = over;
  }

  get position(): number {
    return this.#position;
  }

  /** Where the train is. */
  get at(): Point {
    return this.#at;
  }

  /** Draws a route anew, or nothing. */
  show(route: Route | null, layout: Layout): void {
    this.#route = route;
    this.#track.show(route);
    this.#marks = (route?.stops ?? []).map((stop) => {
      const station = layout.stations.get(stop.hop.actor);
      const corner = station === undefined ? stop.at : { x: station.x + station.width, y: station.y + station.height };
      return [drawChange(stop), drawSign(stop), drawStatus(stop, corner)].filter((mark) => mark !== null);
    });
    this.#over.replaceChildren(...this.#marks.flat(), ...(route === null ? [] : [this.#car]));
  }

  /** Puts the train at a position: whole numbers are stops. Returns the object ids it has been at. */
  seek(position: number): Set<string> {
    const route = this.#route;
    if (route === null) return new Set();
    this.#position = Math.min(Math.max(position, 0), Math.max(0, route.stops.length - 1));
    const leg = Math.floor(this.#position);
    const part = this.#position - leg;
    const reached = route.stops.slice(0, leg + 1);
    this.#track.reveal(leg, part, route.stops[leg]?.hop.exchange ?? 0);
    this.#marks.forEach((marks, index) => {
      for (const mark of marks) mark.classList.toggle("reached", index <= leg);
    });
    const where = whereabouts(route, leg, part);
    if (where !== null) this.#place(where, part === 0 && reached.at(-1)?.sign !== null);
    return new Set(reached.flatMap((stop) => stop.ids));
  }

  #place({ at, angle, color, manner }: Whereabouts, stopped: boolean): void {
    this.#at = at;
    const travels = manner === "ride" ? "ride" : "lookup";
    setAll(this.#car, {
      class: `pic-train ${travels} ${lineClass(color)}${stopped ? " stopped" : ""}`,
      // A train that runs leftwards is mirrored, not turned over.
      transform: `${moved(at.x, at.y)} rotate(${Math.round(angle)})${Math.abs(angle) > 90.5 ? " scale(1 -1)" : ""}`,
    });
  }
}
