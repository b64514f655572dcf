// How wide the map's fonts really set a text, so that names are cut only where they must be.

import { monoWidth, textWidth } from "./metrics.ts";

const widths = new Map<string, number>();
let context: CanvasRenderingContext2D | null | undefined;
let families: { text: string; code: string } | null = null;

function measured(text: string, font: string): number | null {
  const key = `${font} ${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  context ??= document.createElement("canvas").getContext("2d");
  if (context === null || context === undefined) return null;
  context.font = font;
  const { width } = context.measureText(text);
  widths.set(key, width);
  return width;
}

function family(kind: "text" | "code"): string {
  if (families === null) {
    const style = getComputedStyle(document.documentElement);
    families = {
      text: style.getPropertyValue("--font-text").trim() || "sans-serif",
      code: style.getPropertyValue("--font-code").trim() || "monospace",
    };
  }
  return families[kind];
}

type Kind = "text" | "bold" | "code";

/** How wide the map's font of this size sets a text. */
function widthOf(text: string, kind: Kind, size: number): number {
  const font = kind === "code" ? `${size}px ${family("code")}` : `${kind === "bold" ? 650 : 400} ${size}px ${family("text")}`;
  const guess = kind === "code" ? monoWidth(text, size) : textWidth(text, size, kind === "bold" ? "bold" : "regular");
  return measured(text, font) ?? guess;
}

/** The first of some sizes, largest first, at which a text is no wider than `width`; `null` where it is too wide at all of them. */
export function sizeFor(text: string, width: number, kind: Kind, sizes: readonly number[]): number | null {
  return sizes.find((size) => widthOf(text, kind, size) <= width) ?? null;
}

/** A pod's suffix, of which siblings differ in the part behind the last dash only: that part where the whole is too wide. */
export function fittedSuffix(suffix: string, width: number, size: number): string {
  const last = suffix.slice(suffix.lastIndexOf("-") + 1);
  if (widthOf(suffix, "code", size) <= width || last === suffix) return fitted(suffix, width, "code", size);
  return fitted(`…${last}`, width, "code", size);
}

/** The text, cut with an ellipsis where the map's font of this size would set it wider than `width`. */
export function fitted(text: string, width: number, kind: Kind, size: number): string {
  if (widthOf(text, kind, size) <= width) return text;
  let end = text.length;
  while (end > 1 && widthOf(`${text.slice(0, end)}…`, kind, size) > width) end -= 1;
  return `${text.slice(0, end)}…`;
}
