// Small helpers for SVG: elements by tag and attributes, and groups whose children are kept by object id.
// Nothing here sets a style attribute: the page's Content-Security-Policy allows style sheets only.

import type { LineColor } from "./units.ts";

const SVG = "http://www.w3.org/2000/svg";

export type Attributes = Readonly<Record<string, string | number>>;

/** Creates an SVG element with attributes and children. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(SVG, tag);
  setAll(element, attributes);
  element.append(...children);
  return element;
}

/** Sets attributes, leaving alone those that have the value already. */
export function setAll(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const text = typeof value === "number" ? String(Math.round(value * 10) / 10) : value;
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The `transform` attribute that moves a group to a point. */
export function moved(x: number, y: number): string {
  return `translate(${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10})`;
}

/** The classes that give an element a line's colour. */
export function lineClass(color: LineColor | null): string {
  return color === null ? "line-none" : `line-${color.hue}${color.striped ? " striped" : ""}`;
}

/** Shortest time an element that left stays to fade, in milliseconds; the style sheet fades within it. */
const LEAVING = 240;

/** A group whose children are kept by key: new ones enter, known ones are updated in place, others fade out. */
export class Keyed<Item> {
  readonly #group: SVGGElement;
  readonly #create: (item: Item) => SVGElement;
  readonly #update: (element: SVGElement, item: Item) => void;
  readonly #known = new Map<string, SVGElement>();

  constructor(
    group: SVGGElement,
    create: (item: Item) => SVGElement,
    update: (element: SVGElement, item: Item) => void,
  ) {
    this.#group = group;
    this.#create = create;
    this.#update = update;
  }

  set(items: Iterable<readonly [string, Item]>): void {
    const gone = new Map(this.#known);
    for (const [key, item] of items) {
      gone.delete(key);
      let element = this.#known.get(key);
      if (element === undefined) {
        element = this.#create(item);
        this.#known.set(key, element);
        this.#group.append(element);
      }
      this.#update(element, item);
    }
    for (const [key, element] of gone) {
      this.#known.delete(key);
      element.classList.add("leaving");
      element.removeAttribute("data-id");
      // It is to be seen a moment longer, but it is no button any more.
      element.setAttribute("aria-hidden", "true");
      element.querySelector("[tabindex]")?.removeAttribute("tabindex");
      setTimeout(() => element.remove(), LEAVING);
    }
  }

  get(key: string): SVGElement | undefined {
    return this.#known.get(key);
  }
}
