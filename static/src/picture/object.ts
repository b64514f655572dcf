// A thing on the map that a person can choose: shapes that take the focus and are named in words for a screen reader, and
// lettering beside them that only repeats part of that name; a tooltip says the same.

import { setAll, setText, svg } from "./svg.ts";

/** A group for an object: what can be focused, and the words drawn with it. */
export function objectGroup(className: string, shapes: readonly SVGElement[], words: readonly SVGElement[] = []): SVGGElement {
  return svg(
    "g",
    { class: `pic-object ${className}`, role: "none" },
    svg("title"),
    svg("g", { class: "pic-hit", role: "button", tabindex: -1 }, svg("desc"), ...shapes),
    svg("g", { "aria-hidden": "true" }, ...words),
  );
}

/** What takes the focus for an object's group. */
export function focusable(group: Element): SVGElement | null {
  return group.querySelector<SVGElement>(".pic-hit");
}

/** The object ids that an element stands for. */
export function idsOf(element: Element): string[] {
  return (element.getAttribute("data-id") ?? "").split(" ");
}

/** Says what an object is: its id (several, by spaces, where one mark stands for all), its name as a screen reader speaks it,
 * and more about it. */
export function describe(group: Element, id: string, label: string, details: string): void {
  setAll(group, { "data-id": id });
  setAll(part(group, "pic-hit"), { "aria-label": details === "" ? label : `${label}. ${details}` });
  const title = group.querySelector("title");
  const desc = group.querySelector("desc");
  if (title !== null) setText(title, details === "" ? label : `${label}\n${details}`);
  if (desc !== null) setText(desc, details);
}

/** The child of an object's group that carries a class. */
export function part(group: Element, className: string): Element {
  const found = group.querySelector(`.${className}`);
  if (found === null) throw new Error(`An object of the picture lost its part .${className}`);
  return found;
}
