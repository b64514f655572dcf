// Choosing an object: by a click, or with the keyboard. One object is in the tab order; arrows move to the nearest one in
// their direction, Home and End to the first and last, Enter and Space choose it.

import type { Point } from "./geometry.ts";
import { focusable } from "./object.ts";

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The index of the nearest box in a direction; `null` where there is none. What lies aside counts as further away. */
export function neighbor(from: Point, boxes: readonly Point[], direction: readonly [number, number]): number | null {
  let best: number | null = null;
  let least = Infinity;
  boxes.forEach((box, index) => {
    const dx = box.x - from.x;
    const dy = box.y - from.y;
    const along = dx * direction[0] + dy * direction[1];
    const aside = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
    if (along < 1 || aside > along * 3) return;
    const cost = along + aside * 2;
    if (cost < least) {
      least = cost;
      best = index;
    }
  });
  return best;
}

function middleOf(element: Element): Point {
  const box = (focusable(element) ?? element).getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
}

export class Chooser {
  readonly #map: SVGSVGElement;
  #current: SVGElement | null = null;

  /** `around` is an HTML element that holds the map: an SVG that listens for focus would become a tab stop of its own. */
  constructor(map: SVGSVGElement, around: HTMLElement, select: (id: string) => void, attend: (id: string | null) => void) {
    this.#map = map;
    // Parts of an object that are drawn apart from it name it by `data-for`.
    const idAt = (target: EventTarget | null): string | null => {
      const element = target instanceof Element ? target.closest("[data-id], [data-for]") : null;
      const ids = element?.getAttribute("data-id") ?? element?.getAttribute("data-for");
      return ids?.split(" ")[0] ?? null;
    };
    around.addEventListener("click", (event) => {
      const id = idAt(event.target);
      const dragged = map.closest(".dragging") !== null;
      if (id !== null && id !== "" && !dragged) select(id);
    });
    around.addEventListener("pointerover", (event) => attend(idAt(event.target)));
    around.addEventListener("pointerleave", () => attend(null));
    around.addEventListener("focusin", (event) => {
      const element = event.target instanceof Element ? event.target.closest("[data-id]") : null;
      if (element instanceof SVGElement) this.#enter(element);
      attend(idAt(event.target));
    });
    around.addEventListener("focusout", () => attend(null));
    around.addEventListener("keydown", (event) => {
      const id = idAt(event.target);
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if ((event.key === "Enter" || event.key === " ") && id !== null && id !== "") select(id);
      else if (!this.#move(event.key)) return;
      event.preventDefault();
    });
  }

  /** After objects came or went: exactly one of them is in the tab order. */
  refresh(): void {
    const objects = this.#objects();
    const current = objects.find((element) => element === this.#current) ?? objects[0];
    if (current !== undefined) this.#enter(current);
  }

  #objects(): SVGElement[] {
    return [...this.#map.querySelectorAll<SVGElement>("[data-id]")];
  }

  #enter(element: SVGElement): void {
    if (this.#current !== null && this.#current !== element) focusable(this.#current)?.setAttribute("tabindex", "-1");
    this.#current = element;
    focusable(element)?.setAttribute("tabindex", "0");
  }

  #move(key: string): boolean {
    const objects = this.#objects();
    let next: SVGElement | undefined;
    const direction = DIRECTIONS[key];
    if (key === "Home") next = objects[0];
    else if (key === "End") next = objects[objects.length - 1];
    else if (direction !== undefined && this.#current !== null) {
      const others = objects.filter((element) => element !== this.#current);
      const found = neighbor(middleOf(this.#current), others.map(middleOf), direction);
      next = found === null ? undefined : others[found];
    }
    if (next === undefined) return false;
    focusable(next)?.focus();
    return true;
  }
}
