// The cluster's time on the page: the strip, what is done to the cluster, and a load on it. Loaded with the first press on Time.

import type { Moment, TrafficAnswer, View } from "../dto.ts";
import { h } from "../dom.ts";
import { notice } from "../notice.ts";
import type { ClockView } from "../inspect/panel.ts";
import type { Load } from "../request/bar.ts";
import { type Cluster, SimulatorStopped } from "../worker/client.ts";
import { actionsFor, type Chosen, chosenIn } from "./actions.ts";
import { Bars } from "./bars.ts";
import { showTraffic } from "./figures.ts";
import { Strip } from "./strip.ts";
import { REST, Ticker } from "./ticker.ts";
import { clockTime, type Done, Timeline } from "./timeline.ts";

export interface TimeHost {
  /** The cluster at another moment. */
  onMoment(moment: Moment): void;
  /** The strip was opened or closed. */
  onOpen(open: boolean): void;
  /** The changed text is to be a cluster of its own. */
  startAnew(): void;
  /** What of the changed text can be applied is. */
  apply(): void;
}

/** How far is looked for the next event that nobody has seen yet, in milliseconds. */
const LOOK = [60_000, 600_000];

/** How long the clock may run without the page following, in virtual milliseconds, where nothing changes. */
const DULL = 1_000;

interface Flow {
  load: Load;
  began: number;
  answer: TrafficAnswer | null;
}

export class Time {
  readonly line = new Timeline();
  private readonly strip: Strip;
  private readonly ticker = new Ticker();
  private readonly bars: Bars;
  private readonly acts = h("div", { class: "acts-here" });
  private readonly offer = h("div", { class: "time-offer", role: "status" });
  private readonly calm = matchMedia("(prefers-reduced-motion: reduce)");
  private chosen: Chosen | null = null;
  private flow: Flow | null = null;
  /** The time the clock shows while it plays; the cluster follows. */
  private shown = 0;
  private frame = 0;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private busy = false;

  constructor(
    private readonly root: HTMLElement,
    picture: HTMLElement,
    private readonly verdict: HTMLElement,
    private readonly cluster: Cluster,
    private view: View,
    private readonly host: TimeHost,
  ) {
    this.strip = new Strip(root, {
      seek: (ms) => this.seek(ms),
      step: (direction) => void this.step(direction),
      toggle: () => this.toggle(),
      speed: (speed) => (this.ticker.speed = speed),
      close: () => this.open(false),
    });
    this.bars = new Bars(this.strip.over, (ms) => this.seek(ms));
    this.strip.below.append(this.offer);
    picture.append(this.acts);
    this.line.begin(view);
    this.draw();
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  /** What panels look at; nothing while the strip is closed. */
  get clock(): ClockView | null {
    if (!this.isOpen) return null;
    return { nowMs: this.line.now, events: this.line.events, seek: (ms) => this.seek(ms), actions: (id) => this.actions(chosenIn(id, this.view.picture)) };
  }

  open(open: boolean): void {
    this.pause();
    this.root.hidden = !open;
    this.drawActions();
    this.host.onOpen(open);
  }

  /** The keyboard is at the scrubber. */
  focus(): void {
    if (this.isOpen) this.strip.focus();
  }

  /** Another text is the cluster now; it has come to rest. What was done to the one before. */
  begin(view: View): readonly Done[] {
    const { done } = this.line;
    this.pause();
    this.view = view;
    this.line.begin(view);
    this.flow = null;
    this.bars.show(null, 0);
    this.offer.replaceChildren();
    this.chosen = null;
    this.draw();
    return done;
  }

  /** An object was chosen in the picture. */
  choose(id: string): void {
    this.chosen = chosenIn(id, this.view.picture);
    this.drawActions();
  }

  /** Says that the text is another than that of the cluster, and what can be done with it; nothing to say without `words`. */
  changed(words: string, applies: boolean): void {
    this.offer.replaceChildren(
      ...(words
        ? [
            h("span", {}, words),
            applies && h("button", { type: "button", class: "button small", onclick: () => this.host.apply() }, "Apply as a rollout"),
            h("button", { type: "button", class: "button small quiet", onclick: () => this.host.startAnew() }, "Start anew"),
          ].filter((child) => child !== false)
        : []),
    );
  }

  /** Goes to a time and stays there; beyond the axis is its end. */
  seek(ms: number): void {
    this.pause();
    void this.go(Math.round(Math.min(Math.max(ms, 0), this.line.end)));
  }

  /** Does something to the cluster now. */
  async act(action: object, words: string): Promise<void> {
    this.pause();
    const before = this.line.done;
    await this.safely(async () => {
      if (Math.round(this.shown) !== this.line.now) await this.go(this.shown);
      const at = this.line.now;
      const later = before.some((done) => done.at > at);
      const moment = await this.cluster.act(action);
      if ("error" in moment) return notice(moment.error);
      this.line.act({ at, action, words }, moment);
      this.take(moment);
      const said = [`${words} at ${clockTime(at)}.`, later && "What was done later is undone.", ...moment.warnings].filter(Boolean).join(" ");
      notice(said, { label: "Undo", run: () => void this.replay(before, at) });
      this.flowAgain(at);
    });
  }

  /** Lets these actions be all that was done, and goes to a time. */
  async replay(done: readonly Done[], ms: number): Promise<void> {
    this.pause();
    await this.safely(async () => {
      const moment = await this.cluster.replay(done, ms);
      this.line.replayed(done, moment);
      this.take(moment);
      this.flowAgain(0);
    });
  }

  /** Puts a load on the cluster from now on. */
  async send(load: Load): Promise<void> {
    this.pause();
    this.flow = { load, began: this.line.now, answer: null };
    this.line.include(this.line.now + load.seconds * 1000);
    await this.flowNow();
  }

  /** There is no load any more. */
  still(): void {
    this.flow = null;
    this.bars.show(null, 0);
  }

  /** The load on the cluster, if any. */
  get flows(): boolean {
    return this.flow !== null;
  }

  /** Sees the load once more where something was done at this time that it may have met. */
  private flowAgain(at: number): void {
    if (this.flow && at < this.flow.began + this.flow.load.seconds * 1000) void this.flowNow();
  }

  private async flowNow(): Promise<void> {
    const { flow } = this;
    if (!flow) return;
    await this.safely(async () => {
      const { rate, seconds, keepAlive: keep_alive, request } = flow.load;
      const query = { kind: "traffic", ...request, rate, seconds, keep_alive };
      const answer = await this.cluster.queryAt<TrafficAnswer>(flow.began, query, this.line.now);
      if (flow !== this.flow) return;
      flow.answer = "error" in answer ? null : answer;
      showTraffic(this.verdict, answer, this.view.picture, (ms) => this.seek(ms));
      this.bars.show(flow.answer, this.line.end);
      this.draw();
    });
  }

  private toggle(): void {
    if (this.ticker.playing) {
      this.pause();
      if (this.shown !== this.line.now) void this.go(this.shown);
      return;
    }
    this.ticker.play();
    if (this.calm.matches) void this.leap();
    else this.run();
    this.draw();
  }

  private pause(): void {
    this.ticker.pause();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    this.drawAt();
  }

  /** Plays on at the next frame. */
  private run(): void {
    this.frame = requestAnimationFrame((screen) => {
      this.shown += this.ticker.tick(screen);
      const { nextEvent, now } = this.line;
      const due = this.shown >= Math.min(nextEvent ?? Infinity, now + DULL) || this.shown >= this.line.known;
      if (due && !this.busy) void this.go(this.shown, true);
      else this.drawAt();
      if (this.ticker.playing) this.run();
    });
  }

  /** Plays from event to event, with a rest at each. */
  private async leap(): Promise<void> {
    if (!(await this.step(1, true))) return this.pause();
    if (this.ticker.playing) this.rest = setTimeout(() => void this.leap(), REST / Math.min(this.ticker.speed, 4));
  }

  /** Goes to the event before or after the present time; whether there is one. */
  private async step(direction: 1 | -1, playing = false): Promise<boolean> {
    if (!playing) this.pause();
    if (direction < 0) {
      await this.go(this.line.previousEvent);
      return true;
    }
    const from = this.line.now;
    for (const far of LOOK) {
      const next = this.line.nextEvent;
      if (next !== null) {
        await this.go(next, playing);
        return true;
      }
      // Nobody has seen what comes: the cluster goes ahead and comes back.
      const ahead = await this.safely(() => this.cluster.seek(from + far));
      if (!ahead) return false;
      this.line.look(ahead);
      this.line.now = from;
    }
    await this.go(from);
    notice(`Nothing more happens by itself within ${LOOK.at(-1)! / 60_000} minutes.`);
    return false;
  }

  private async go(ms: number, playing = false): Promise<void> {
    this.busy = true;
    const moment = await this.safely(() => this.cluster.seek(Math.round(ms)));
    this.busy = false;
    if (!moment) return;
    this.line.look(moment);
    this.line.include(moment.now_ms);
    if (!playing) this.shown = moment.now_ms;
    this.take(moment);
  }

  private take(moment: Moment): void {
    if (!this.ticker.playing || this.calm.matches) this.shown = moment.now_ms;
    this.view = { ...this.view, ...moment };
    this.host.onMoment(moment);
    this.draw();
  }

  private draw(): void {
    if (!this.ticker.playing) this.shown = this.line.now;
    this.drawAt();
    this.bars.scale(this.line.end);
    this.drawActions();
  }

  private drawAt(): void {
    this.strip.show(this.line, this.ticker.playing ? this.shown : this.line.now, this.ticker.playing);
  }

  private drawActions(): void {
    // What somebody types into stays.
    if (this.acts.contains(document.activeElement) && this.acts.querySelector("input:focus")) return;
    const actions = this.isOpen && this.chosen ? this.actions(this.chosen) : null;
    const focused = this.acts.contains(document.activeElement) ? document.activeElement?.textContent : null;
    this.acts.replaceChildren(...(actions ? [actions] : []));
    if (focused) [...this.acts.querySelectorAll("button")].find(({ textContent }) => textContent === focused)?.focus();
  }

  private actions(chosen: Chosen): HTMLElement | null {
    return actionsFor(chosen, this.view.picture, this.line, (action, words) => void this.act(action, words));
  }

  /** What the simulator was asked when it stopped comes to nothing; its owner says so, and loads the text again. */
  private async safely<Value>(ask: () => Promise<Value>): Promise<Value | null> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof SimulatorStopped) return null;
      throw error;
    }
  }
}
