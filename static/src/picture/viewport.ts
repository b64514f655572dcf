// What part of the map one sees: a scrolling box around the SVG, so that wheel, touch and scroll bars work as everywhere;
// dragging with the mouse moves the map too, and plus, minus and zero zoom. A map that its user has not zoomed stays fitted.

import type { Point, Size } from "./geometry.ts";
import { svg } from "./svg.ts";

const STEP = 1.25;
const MOST = 2.5;
const LEAST = 0.2;
/** A fitted map is never drawn smaller than this: beyond it one scrolls. */
const LEGIBLE = 0.64;
/** The same on a narrow screen, where panning is easy and eyes are further away. */
const LEGIBLE_COMPACT = 0.78;
const DRAG = 4;

function button(label: string, glyph: string, press: () => void): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.title = label;
  element.setAttribute("aria-label", label);
  element.append(svg("svg", { viewBox: "-8 -8 16 16", "aria-hidden": "true" }, svg("path", { d: glyph })));
  element.addEventListener("click", press);
  return element;
}

export class Viewport {
  readonly map: SVGSVGElement;
  readonly scroller: HTMLDivElement;
  /** Called after scrolling or zooming with the right edge of what is visible, in map units. */
  onMove: (right: number) => void = () => undefined;
  readonly #root: HTMLElement;
  #width = 1;
  #height = 1;
  #scale = 1;
  #fitted = true;
  #least = LEGIBLE;
  /** How small a fitted map may be drawn: legible, or as small as it takes once somebody asked for the whole. */
  #floor = LEGIBLE;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.map = svg("svg", { class: "pic-map", role: "group" });
    this.scroller = document.createElement("div");
    this.scroller.className = "pic-scroll";
    this.scroller.append(this.map);
    const tools = document.createElement("div");
    tools.className = "pic-tools";
    tools.setAttribute("role", "group");
    tools.setAttribute("aria-label", "Zoom");
    tools.append(
      button("Zoom out", "M-5 0H5", () => this.zoom(1 / STEP)),
      button("Zoom in", "M-5 0H5M0 -5V5", () => this.zoom(STEP)),
      button("Fit the whole cluster", "M-5 -2V-5H-2M2 -5H5V-2M5 2V5H2M-2 5H-5V2", () => this.fit()),
    );
    root.append(this.scroller, tools);
    this.scroller.addEventListener("scroll", () => this.#moved(), { passive: true });
    this.scroller.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.scroller.addEventListener("pointerdown", (event) => this.#drag(event));
    root.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The whole room, scroll bars or not, so that they cannot change what suits it. */
  get room(): Size {
    return { width: this.#root.clientWidth, height: this.#root.clientHeight };
  }

  /** The map's own size changed. */
  resize(width: number, height: number, compact: boolean): void {
    const least = compact ? LEGIBLE_COMPACT : LEGIBLE;
    if (this.#floor === this.#least) this.#floor = least;
    this.#least = least;
    this.#width = width;
    this.#height = height;
    this.map.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.refresh();
  }

  /** The room changed; a fitted map is fitted again. */
  refresh(): void {
    if (this.#fitted) this.#apply(this.#fitScale());
    else this.#apply(this.#scale);
  }

  /** All of it in sight; once more, as large as is legible. */
  fit(): void {
    this.#floor = this.#fitted && this.#floor === LEAST ? this.#least : LEAST;
    this.#fitted = true;
    this.#apply(this.#fitScale());
    this.scroller.scrollTo({ left: 0, top: 0 });
  }

  zoom(factor: number, at?: { x: number; y: number }): void {
    const { scroller } = this;
    const centre = at ?? { x: scroller.clientWidth / 2, y: scroller.clientHeight / 2 };
    const before = this.#scale;
    this.#fitted = false;
    const x = scroller.scrollLeft + centre.x;
    const y = scroller.scrollTop + centre.y;
    this.#apply(Math.min(MOST, Math.max(LEAST, before * factor)));
    const grown = this.#scale / before;
    scroller.scrollTo({ left: x * grown - centre.x, top: y * grown - centre.y, behavior: "instant" });
  }

  /** Scrolls so that a stretch of the map is in sight, if it is not. */
  reveal({ x, y }: Point): void {
    const { scroller } = this;
    const edge = 70;
    const left = x * this.#scale;
    const top = y * this.#scale;
    const dx = Math.min(0, left - edge - scroller.scrollLeft) + Math.max(0, left + edge - scroller.scrollLeft - scroller.clientWidth);
    const dy = Math.min(0, top - edge - scroller.scrollTop) + Math.max(0, top + edge - scroller.scrollTop - scroller.clientHeight);
    if (dx !== 0 || dy !== 0) scroller.scrollBy({ left: dx, top: dy, behavior: "instant" });
  }

  #fitScale(): number {
    const { width, height } = this.room;
    if (width === 0 || height === 0) return 1;
    return Math.min(1.25, Math.max(this.#floor, Math.min(width / this.#width, height / this.#height)));
  }

  #apply(scale: number): void {
    this.#scale = scale;
    this.map.setAttribute("width", String(Math.floor(this.#width * scale)));
    this.map.setAttribute("height", String(Math.floor(this.#height * scale)));
    this.map.classList.toggle("far", scale < 0.5);
    this.#moved();
  }

  #moved(): void {
    this.onMove((this.scroller.scrollLeft + this.scroller.clientWidth) / this.#scale);
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = this.scroller.getBoundingClientRect();
    this.zoom(Math.exp(-event.deltaY * 0.004), { x: event.clientX - box.left, y: event.clientY - box.top });
  }

  #drag(start: PointerEvent): void {
    // A finger scrolls by itself; only the mouse needs help.
    if (start.pointerType !== "mouse" || start.button !== 0) return;
    const { scroller } = this;
    const from = { x: scroller.scrollLeft, y: scroller.scrollTop };
    const move = (event: PointerEvent): void => {
      const dx = event.clientX - start.clientX;
      const dy = event.clientY - start.clientY;
      if (!scroller.classList.contains("dragging") && Math.hypot(dx, dy) < DRAG) return;
      scroller.classList.add("dragging");
      scroller.scrollTo({ left: from.x - dx, top: from.y - dy, behavior: "instant" });
    };
    const stop = (): void => {
      window.removeEventListener("pointermove", move);
      // After the click that ends a drag, which must not select anything.
      setTimeout(() => scroller.classList.remove("dragging"));
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop, { once: true });
    window.addEventListener("pointercancel", stop, { once: true });
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
  }
}
