// The strokes of a route: faint all the way, bold as far as the train has come. A lookup is dotted, and only the lookups of the
// exchange at hand stay dark.

import { pathData, upTo } from "./geometry.ts";
import type { Route, Stretch } from "./route.ts";
import { type Attributes, lineClass, setAll, svg } from "./svg.ts";

interface Drawn {
  readonly stretch: Stretch;
  /** The bold stroke, and on a striped line the stripe in it; nothing on the way back from a lookup. */
  readonly paths: readonly SVGPathElement[];
  /** How much of it is bold now. */
  shown: number;
}

/** Distance of the dots of a lookup. */
const DOTS = 6;

function draw(stretch: Stretch, ahead: SVGGElement, behind: SVGGElement): Drawn {
  const { manner, color, points, length } = stretch;
  if (manner === "return") return { stretch, paths: [], shown: 0 };
  const className = `pic-route ${manner} ${lineClass(color)}`;
  // Counted from the desk, where all lookups meet, so that the dots of two lie upon each other.
  const dots: Attributes = manner === "lookup" ? { "stroke-dasharray": `0.1 ${DOTS - 0.1}`, "stroke-dashoffset": -(length % DOTS) } : {};
  const paths = [svg("path", { class: className, ...dots })];
  if (color?.striped === true) paths.push(svg("path", { class: "pic-stripe" }));
  ahead.append(svg("path", { class: className, d: pathData(points), ...dots }));
  behind.append(...paths);
  return { stretch, paths, shown: -1 };
}

export class Track {
  readonly #ahead = svg("g", { class: "pic-ahead" });
  readonly #behind = svg("g", { class: "pic-behind" });
  #legs: Drawn[][] = [];

  constructor(layer: SVGGElement) {
    layer.append(this.#ahead, this.#behind);
  }

  show(route: Route | null): void {
    this.#ahead.replaceChildren();
    this.#behind.replaceChildren();
    this.#legs = (route?.legs ?? []).map((leg) => leg.map((stretch) => draw(stretch, this.#ahead, this.#behind)));
  }

  /** Makes bold what lies before `part` of a leg; `exchange` is the one at hand. */
  reveal(leg: number, part: number, exchange: number): void {
    this.#legs.forEach((drawn, index) => {
      let left = index < leg ? Infinity : 0;
      if (index === leg) left = part * drawn.reduce((sum, { stretch }) => sum + stretch.length, 0);
      for (const piece of drawn) {
        const { stretch, paths } = piece;
        const shown = Math.min(left, stretch.length);
        left -= shown;
        if (stretch.manner === "lookup") paths[0]?.classList.toggle("over", stretch.exchange !== exchange);
        if (Math.abs(shown - piece.shown) < 0.05) continue;
        piece.shown = shown;
        const points = shown >= stretch.length ? stretch.points : upTo(stretch.points, shown);
        for (const path of paths) setAll(path, { d: shown <= 0 ? "" : pathData(points) });
      }
    });
  }
}
