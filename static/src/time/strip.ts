// The strip of the cluster's clock: step, play, speed, the time, and a scrubber with a tick for each event. It draws a timeline
// and says what a person wants; who owns it goes there.

import type { EventView } from "../dto.ts";
import { h, svg } from "../dom.ts";
import { SPEEDS, type Speed } from "./ticker.ts";
import { clockTime, type Timeline } from "./timeline.ts";

export interface StripHost {
  seek(ms: number): void;
  /** To the event before or after; that after may not be known yet. */
  step(direction: 1 | -1): void;
  toggle(): void;
  speed(speed: Speed): void;
  close(): void;
}

const ICONS = {
  back: "M6 5v10M15 5l-7 5 7 5z",
  play: "M6.5 4.5l9 5.5-9 5.5z",
  pause: "M6.5 5v10M13.5 5v10",
  forward: "M14 5v10M5 5l7 5-7 5z",
};

/** Ticks nearer to each other than this share of the axis are one. */
const APART = 1 / 400;

/** How far the arrows go, in milliseconds. */
const ARROW = 1_000;

function icon(name: keyof typeof ICONS): SVGSVGElement {
  return svg("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true", class: "icon" }, svg("path", { d: ICONS[name] }));
}

function button(name: string, drawn: Node, press: () => void): HTMLButtonElement {
  return h("button", { type: "button", "aria-label": name, title: name, onclick: press }, drawn);
}

export class Strip {
  /** What stands over the axis, to its scale. */
  readonly over = h("div", { class: "over" });
  /** What stands below the controls. */
  readonly below = h("div", { class: "time-below" });
  private readonly play: HTMLButtonElement;
  private readonly range = h("input", { type: "range", min: 0, max: 0, step: "any", value: 0, "aria-label": "Time of the cluster" });
  private readonly ticks = h("div", { class: "ticks", "aria-hidden": "true" });
  private readonly time = h("span", { class: "time-now" });
  private readonly speeds = SPEEDS.map((speed) => h("option", { value: speed }, `${speed}×`));
  private drawn: readonly unknown[] = [];
  private frame = 0;

  constructor(root: HTMLElement, host: StripHost) {
    this.play = button("Play the clock", icon("play"), () => host.toggle());
    const speed = h("select", { "aria-label": "Speed", title: "Virtual seconds a second", onchange: () => host.speed(Number(speed.value) as Speed) }, ...this.speeds);
    const controls = h(
      "div",
      { class: "player time-controls" },
      button("Previous event", icon("back"), () => host.step(-1)),
      this.play,
      button("Next event", icon("forward"), () => host.step(1)),
      speed,
      this.time,
      h("div", { class: "track" }, this.over, this.range, this.ticks),
      h("button", { type: "button", class: "time-close", "aria-label": "Close the clock", title: "Close the clock", onclick: () => host.close() }, "×"),
    );
    root.replaceChildren(controls, this.below);
    this.range.addEventListener("input", () => {
      const wanted = this.range.valueAsNumber;
      this.said(wanted);
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => host.seek(wanted));
    });
    controls.addEventListener("keydown", (event) => {
      const at = event.target;
      if (event.ctrlKey || event.metaKey || event.altKey || at instanceof HTMLSelectElement) return;
      if (event.key === " " && at !== this.range) return;
      const now = this.range.valueAsNumber;
      const press = {
        " ": () => host.toggle(),
        ArrowRight: () => host.seek(now + ARROW),
        ArrowUp: () => host.seek(now + ARROW),
        ArrowLeft: () => host.seek(now - ARROW),
        ArrowDown: () => host.seek(now - ARROW),
        PageUp: () => host.step(1),
        PageDown: () => host.step(-1),
        Home: () => host.seek(0),
        End: () => host.seek(Infinity),
      }[event.key];
      if (!press) return;
      event.preventDefault();
      press();
    });
  }

  focus(): void {
    this.range.focus();
  }

  /** Draws the timeline with the thumb at a time. */
  show(line: Timeline, now: number, playing: boolean): void {
    const { end, events, done, known } = line;
    this.range.max = String(end);
    this.range.value = String(now);
    this.range.parentElement?.style.setProperty("--done", String(now / end));
    this.range.parentElement?.style.setProperty("--known", String(known / end));
    this.said(now);
    const name = playing ? "Pause the clock" : "Play the clock";
    if (this.play.title !== name) {
      this.play.title = name;
      this.play.setAttribute("aria-label", name);
      this.play.replaceChildren(icon(playing ? "pause" : "play"));
    }
    if (this.drawn[0] === events && this.drawn[1] === done && this.drawn[2] === end) return;
    this.drawn = [events, done, end];
    this.ticks.replaceChildren(...ticks(events, end), ...done.map(({ at, words }) => tick(at / end, { "data-done": true, title: words })));
  }

  private said(ms: number): void {
    const words = clockTime(ms);
    if (this.time.textContent !== words) this.time.textContent = words;
    this.range.setAttribute("aria-valuetext", words);
  }
}

function tick(at: number, attributes: Record<string, string | boolean>): HTMLElement {
  const mark = h("i", attributes);
  mark.style.setProperty("--at", String(Math.min(at, 1)));
  return mark;
}

/** One tick for events that one could not tell apart; of a warning, where one is among them. */
function ticks(events: readonly EventView[], end: number): HTMLElement[] {
  const marks = new Map<number, boolean>();
  for (const { at, type } of events) {
    const place = Math.round((at * 1000) / end / APART) * APART;
    marks.set(place, (marks.get(place) ?? false) || type === "Warning");
  }
  return [...marks].map(([at, failed]) => tick(at, { "data-failed": failed }));
}
