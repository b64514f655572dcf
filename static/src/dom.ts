// Small helpers for building and finding elements; text always goes in as text, so HTML in a name stays a name.

/** What an element may hold. */
export type Child = Node | string | null | undefined | false;

type Attributes = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

const SVG = "http://www.w3.org/2000/svg";

function fill(element: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as (event: Event) => void);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
}

/** An HTML element; an attribute `onclick` takes a listener, `true` an empty attribute, `null` and `false` none. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/** An SVG element, as `h`. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(SVG, tag);
  fill(element, attributes, children);
  return element;
}

/** The element that the server's markup must hold; an error that names the selector where it does not. */
export function find<Found extends Element = HTMLElement>(root: ParentNode, selector: string): Found {
  const found = root.querySelector<Found>(selector);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return found;
}

/** The element marked `data-part="name"`. */
export function part<Found extends Element = HTMLElement>(root: ParentNode, name: string): Found {
  return find<Found>(root, `[data-part="${name}"]`);
}

/** A sentence with its code in backticks as code. */
export function prose(text: string): Child[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? h("code", {}, part) : part));
}

/** A message with the capital letter of a sentence, unless it begins with a field, a name or code, which are written as they are. */
export function capitalized(message: string): string {
  if (!/^[a-z]+,? (?!resolves?\b|does\b|cannot\b)/.test(message)) return message;
  return message.charAt(0).toUpperCase() + message.slice(1);
}

/** What is wrong and how to mend it, as two sentences. */
export function sentences(message: string, help: string): Child[] {
  const first = prose(capitalized(message));
  if (help === "") return first;
  return [...first, /[.?!:]$/.test(message) ? " " : ". ", ...prose(help)];
}

/** Text for assistive technology only. */
export function hidden(text: string): HTMLElement {
  return h("span", { class: "visually-hidden" }, text);
}

/** `1 problem`, `2 problems`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The element's part of JSON in a `data-` attribute; an error that names the attribute where it is not JSON. */
export function jsonAttribute<Value>(element: Element, name: string): Value {
  try {
    return JSON.parse(element.getAttribute(name) ?? "") as Value;
  } catch (error) {
    throw new Error(`${name} does not hold JSON: ${String(error)}`);
  }
}
