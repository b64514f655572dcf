// The request on its way: what lies behind the train is bold, what lies ahead is faint, and the train stands at a position
// between two stops. On a lookup only a small envoy travels; between two exchanges the train jumps.

import { pathData, type Point, pose, upTo } from "./geometry.ts";
import type { Layout } from "./layout.ts";
import type { Route, Stretch } from "./route.ts";
import { drawSign, drawStatus } from "./signs.ts";
import { lineClass, moved, setAll, svg } from "./svg.ts";

interface DrawnStretch {
  readonly stretch: Stretch;
  readonly done: SVGPathElement;
  /** How much of it is bold now. */
  shown: number;
}

interface DrawnStop {
  readonly elements: readonly SVGElement[];
  reached: boolean | null;
}

export class Train {
  readonly #under: SVGGElement;
  readonly #over: SVGGElement;
  readonly #car: SVGGElement;
  #route: Route | null = null;
  #legs: DrawnStretch[][] = [];
  #stops: DrawnStop[] = [];
  #position = 0;

  /** `under` holds the strokes, below the stations; `over` the marks and the train, above all. */
  constructor(under: SVGGElement, over: SVGGElement) {
    this.#under = under;
    this.#over = over;
    this.#car = svg(
      "g",
      { class: "pic-train" },
      svg("rect", { class: "pic-train-halo", x: -13, y: -8, width: 26, height: 16, rx: 8 }),
      svg("rect", { class: "pic-train-body", x: -10.5, y: -5.5, width: 21, height: 11, rx: 5.5 }),
      svg("circle", { class: "pic-train-window", cx: -4, cy: 0, r: 1.6 }),
      svg("circle", { class: "pic-train-window", cx: 1.2, cy: 0, r: 1.6 }),
      svg("path", { class: "pic-train-front", d: "M5.5 -2.4V2.4" }),
    );
  }

  get position(): number {
    return this.#position;
  }

  /** Draws a route anew, or nothing. */
  show(route: Route | null, layout: Layout): void {
    this.#route = route;
    this.#under.replaceChildren();
    this.#over.replaceChildren();
    this.#legs = [];
    this.#stops = [];
    if (route === null) return;
    const ghosts = svg("g", { class: "pic-ahead" });
    const done = svg("g", { class: "pic-behind" });
    const changes = svg("g", { class: "pic-changes" });
    this.#under.append(ghosts, done);
    this.#legs = route.legs.map((leg) =>
      leg.map((stretch) => {
        const className = `pic-route ${stretch.manner} ${lineClass(stretch.color)}`;
        ghosts.append(svg("path", { class: className, d: pathData(stretch.points) }));
        const path = svg("path", { class: className });
        done.append(path);
        return { stretch, done: path, shown: -1 };
      }),
    );
    this.#over.append(changes);
    this.#stops = route.stops.map((stop) => {
      const elements: SVGElement[] = [];
      if (stop.change !== null) {
        const mark = svg("circle", { class: `pic-change ${lineClass(stop.change)}`, r: 4.5, cx: stop.at.x, cy: stop.at.y });
        changes.append(mark);
        elements.push(mark);
      }
      const name = stop.hop.kind === "policy" ? stop.hop.title.replace(/^NetworkPolicy /, "") : stop.words;
      const failure = drawSign(stop, name);
      const station = layout.stations.get(stop.hop.actor);
      const corner: Point = station === undefined ? stop.at : { x: station.x + station.width - 4, y: station.y };
      const status = drawStatus(stop, corner);
      for (const mark of [failure, status]) {
        if (mark === null) continue;
        this.#over.append(mark);
        elements.push(mark);
      }
      return { elements, reached: null };
    });
    this.#over.append(this.#car);
    this.seek(this.#position);
  }

  /** Puts the train at a position: whole numbers are stops. Returns the object ids it has been at. */
  seek(position: number): Set<string> {
    const route = this.#route;
    const touched = new Set<string>();
    if (route === null) return touched;
    const last = Math.max(0, route.stops.length - 1);
    this.#position = Math.min(Math.max(position, 0), last);
    const leg = Math.floor(this.#position);
    const part = this.#position - leg;
    this.#legs.forEach((drawn, index) => this.#reveal(drawn, index < leg ? 1 : index === leg ? part : 0));
    this.#stops.forEach((stop, index) => {
      const reached = index <= leg;
      if (reached !== stop.reached) for (const element of stop.elements) element.classList.toggle("reached", reached);
      stop.reached = reached;
      if (reached) for (const id of route.stops[index]?.ids ?? []) touched.add(id);
    });
    this.#place(leg, part);
    return touched;
  }

  #reveal(drawn: readonly DrawnStretch[], part: number): void {
    const whole = drawn.reduce((sum, { stretch }) => sum + stretch.length, 0);
    let left = whole * part;
    for (const piece of drawn) {
      const { stretch } = piece;
      const shown = Math.min(Math.max(left, 0), stretch.length);
      left -= stretch.length;
      if (Math.abs(shown - piece.shown) < 0.05) continue;
      piece.shown = shown;
      const points = shown >= stretch.length ? stretch.points : upTo(stretch.points, shown);
      setAll(piece.done, { d: shown <= 0 ? "" : pathData(points) });
    }
  }

  #place(leg: number, part: number): void {
    const route = this.#route;
    const stop = route?.stops[leg];
    if (route === null || route === undefined || stop === undefined) return;
    const drawn = this.#legs[leg] ?? [];
    const whole = drawn.reduce((sum, { stretch }) => sum + stretch.length, 0);
    let color: number | null = this.#arrivingColor(leg);
    let manner: Stretch["manner"] = "ride";
    let at = stop.at;
    let angle = 0;
    if (whole === 0) {
      at = part < 0.5 ? stop.at : (route.stops[leg + 1]?.at ?? stop.at);
    } else if (part === 0) {
      const before = (this.#legs[leg - 1] ?? []).at(-1);
      if (before !== undefined && stop.hop.kind !== "client") ({ at, angle } = pose(before.stretch.points, before.stretch.length));
    } else {
      let left = whole * part;
      for (const { stretch } of drawn) {
        if (left <= stretch.length || stretch === drawn[drawn.length - 1]?.stretch) {
          ({ at, angle } = pose(stretch.points, left));
          ({ color, manner } = stretch);
          break;
        }
        left -= stretch.length;
      }
    }
    this.#car.setAttribute("class", `pic-train ${manner} ${lineClass(color)}${stop.sign !== null && part === 0 ? " stopped" : ""}`);
    // The windows stay upright: a train that runs leftwards is mirrored, not turned over.
    const flip = Math.abs(angle) > 90.5 ? " scale(1 -1)" : "";
    setAll(this.#car, { transform: `${moved(at.x, at.y)} rotate(${Math.round(angle)})${flip}` });
  }

  /** Colour of the line on which the train came to a stop, or on which it will leave the first. */
  #arrivingColor(leg: number): number | null {
    for (let index = leg - 1; index >= 0; index -= 1) {
      const last = (this.#legs[index] ?? []).at(-1);
      if (last !== undefined && last.stretch.manner === "ride") return last.stretch.color;
    }
    return this.#legs.flat().find(({ stretch }) => stretch.manner === "ride")?.stretch.color ?? null;
  }
}
