// A load as a bar for each second, over the axis of the clock: answered is solid, failed is hatched and has its number.

import type { TrafficAnswer } from "../dto.ts";
import { h } from "../dom.ts";
import { clockTime } from "./timeline.ts";

export class Bars {
  private answer: TrafficAnswer | null = null;
  private end = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly seek: (ms: number) => void,
  ) {}

  show(answer: TrafficAnswer | null, end: number): void {
    this.answer = answer;
    this.end = end;
    this.draw();
  }

  /** The axis ends at another time. */
  scale(end: number): void {
    if (end === this.end || !this.answer) return;
    this.end = end;
    this.draw();
  }

  private draw(): void {
    const { answer, end } = this;
    if (!answer) return this.root.replaceChildren();
    const most = Math.max(...answer.timeline.map(({ sent }) => sent), 1);
    const bars = answer.timeline.map(({ second, succeeded, failed }) => {
      const at = (answer.began_at + second) * 1000;
      const words = [succeeded > 0 && `${succeeded} answered`, failed > 0 && `${failed} failed`].filter(Boolean).join(", ") || "nothing sent";
      const name = `${clockTime(at)}: ${words}`;
      const bar = h(
        "button",
        { type: "button", class: "second", "aria-label": name, title: name, tabindex: failed > 0 ? 0 : -1, "data-failed": failed > 0, onclick: () => this.seek(at) },
        h("i", { class: "failed" }),
        h("i", { class: "answered" }),
      );
      bar.style.setProperty("--at", String(at / end));
      bar.style.setProperty("--width", String(1000 / end));
      bar.style.setProperty("--answered", String(succeeded / most));
      bar.style.setProperty("--failed", String(failed / most));
      return bar;
    });
    const key = h("p", { class: "bars-key" }, h("i", { class: "answered" }), "answered", h("i", { class: "failed" }), "failed");
    this.root.replaceChildren(h("div", { class: "bars", role: "group", "aria-label": "Requests by second" }, ...bars), key);
  }
}
