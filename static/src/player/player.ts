// Play, pause, step and scrub a journey. The picture and the itinerary follow the same position.

import type { Hop } from "../dto.ts";
import { h, svg } from "../dom.ts";
import { arrived, duration } from "../trace/words.ts";
import { Clock } from "./clock.ts";

const ICONS = {
  back: "M6 5v10M15 5l-7 5 7 5z",
  play: "M6.5 4.5l9 5.5-9 5.5z",
  pause: "M6.5 5v10M13.5 5v10",
  forward: "M14 5v10M5 5l7 5-7 5z",
};

/** More ticks than this are a smear. */
const MOST_TICKS = 36;

function icon(name: keyof typeof ICONS): SVGSVGElement {
  return svg("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true", class: `icon icon-${name}` }, svg("path", { d: ICONS[name] }));
}

export class Player {
  private readonly play = h("button", { type: "button", onclick: () => this.toggle() });
  private readonly back = h("button", { type: "button", "aria-label": "Previous hop", title: "Previous hop", onclick: () => this.step(-1) }, icon("back"));
  private readonly forward = h("button", { type: "button", "aria-label": "Next hop", title: "Next hop", onclick: () => this.step(1) }, icon("forward"));
  private readonly range = h("input", { type: "range", min: 0, max: 0, step: "any", value: 0, "aria-label": "Place on the journey" });
  private readonly ticks = h("div", { class: "ticks", "aria-hidden": "true" });
  private readonly time = h("span", { class: "time" });
  private hops: readonly Hop[] = [];
  private clock = new Clock(0, false);
  private frame = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly onMove: (position: number, playing: boolean) => void,
  ) {
    this.range.addEventListener("input", () => {
      this.clock.seek(this.range.valueAsNumber);
      this.moved();
    });
    this.range.addEventListener("keydown", (event) => {
      const direction = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!direction) return;
      event.preventDefault();
      this.step(direction as 1 | -1);
    });
    root.replaceChildren(this.back, this.play, this.forward, h("div", { class: "track" }, this.range, this.ticks), this.time);
    this.load([], "start");
  }

  get position(): number {
    return this.clock.position;
  }

  /** Takes a journey: plays it from the start, or stands at its end or start. */
  load(hops: readonly Hop[], how: "play" | "start" | "end"): void {
    cancelAnimationFrame(this.frame);
    this.hops = hops;
    const last = Math.max(hops.length - 1, 0);
    this.clock = new Clock(last, matchMedia("(prefers-reduced-motion: reduce)").matches);
    this.range.max = String(last);
    this.root.toggleAttribute("data-idle", hops.length === 0);
    for (const control of [this.play, this.back, this.forward, this.range]) control.disabled = hops.length === 0;
    this.ticks.replaceChildren(...hops.flatMap((hop, index) => this.tick(hop, index, last)));
    if (how === "end") this.clock.seek(last);
    if (how === "play") this.clock.play();
    this.moved();
    if (this.clock.playing) this.run();
  }

  seek(position: number): void {
    this.clock.seek(position);
    this.moved();
  }

  toggle(): void {
    if (this.clock.playing) this.clock.pause();
    else this.clock.play();
    this.moved();
    if (this.clock.playing) this.run();
  }

  private step(direction: 1 | -1): void {
    this.clock.step(direction);
    this.moved();
  }

  private run(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame((now) => {
      const before = this.clock.position;
      this.clock.tick(now);
      if (this.clock.position !== before || !this.clock.playing) this.moved();
      if (this.clock.playing) this.run();
    });
  }

  /** A tick for a hop; on a long journey only where something failed. */
  private tick(hop: Hop, index: number, last: number): HTMLElement[] {
    const failed = hop.end !== null && !arrived(hop.end);
    if (last > MOST_TICKS && !failed) return [];
    const mark = h("i", { "data-failed": failed });
    mark.style.setProperty("--at", String(last ? index / last : 0));
    return [mark];
  }

  private moved(): void {
    const { position, playing, last } = this.clock;
    const hop = this.hops[Math.floor(position + 1e-6)];
    this.range.value = String(position);
    this.range.style.setProperty("--done", String(last ? position / last : 0));
    const now = hop ? duration(hop.at_us) : "";
    this.range.setAttribute("aria-valuetext", hop ? `hop ${hop.index + 1} of ${this.hops.length}: ${hop.title}, ${now}` : "no request yet");
    this.time.textContent = now;
    const name = playing ? "Pause" : "Play";
    if (this.play.title !== name) {
      this.play.title = name;
      this.play.setAttribute("aria-label", name);
      this.play.replaceChildren(icon(playing ? "pause" : "play"));
    }
    this.onMove(position, playing);
  }
}
