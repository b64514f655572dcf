// A thing on the map that a person can choose: focusable, named in words, with its description as a tooltip.

import { setAll, setText, svg } from "./svg.ts";

/** A group for an object, with its title and description first. */
export function objectGroup(className: string): SVGGElement {
  return svg("g", { class: `pic-object ${className}`, role: "button", tabindex: -1 }, svg("title"), svg("desc"));
}

/** The object ids that an element stands for. */
export function idsOf(element: Element): string[] {
  return (element.getAttribute("data-id") ?? "").split(" ");
}

/** Says what an object is: its id (several, by spaces, where one mark stands for all), its name as a screen reader speaks it,
 * and more about it. */
export function describe(group: Element, id: string, label: string, details: string): void {
  setAll(group, { "data-id": id, "aria-label": details === "" ? label : `${label}. ${details}` });
  const [title, desc] = group.children;
  if (title !== undefined) setText(title, details === "" ? label : `${label}\n${details}`);
  if (desc !== undefined) setText(desc, details);
}

/** The child of an object's group that carries a class. */
export function part(group: Element, className: string): Element {
  const found = group.querySelector(`.${className}`);
  if (found === null) throw new Error(`An object of the picture lost its part .${className}`);
  return found;
}
