// What is known of a cluster's time: what happened and will happen, as far as anybody looked, and what was done to it.
//
// A moment knows only what was before it. Who goes back from it has seen more, and that stays true until something is done
// differently: so the events of the latest moment are kept until an action takes their place.

import type { EventView, Moment } from "../dto.ts";

/** Something that was done to the cluster. */
export interface Done {
  /** Virtual milliseconds. */
  at: number;
  /** In the form of the scenario contract. */
  action: object;
  /** What it was, for people: `Deployment web restarted`. */
  words: string;
}

/** How far the axis reaches beyond what there is to see, in milliseconds; it ends at a whole one of these. */
const AHEAD = 60_000;
const GRAIN = 10_000;

export class Timeline {
  /** The oldest first. */
  events: readonly EventView[] = [];
  /** In the order of their times. */
  done: readonly Done[] = [];
  /** The present time. */
  now = 0;
  /** The latest time that was looked at, and until when nothing changes after it. */
  seen = 0;
  /** Where the cluster had come to rest. */
  settled = 0;
  private next: number | null = null;
  private reach = 0;

  /** A cluster has come to rest. */
  begin(moment: Pick<Moment, "now_ms" | "next_ms" | "events">): void {
    this.done = [];
    this.reach = 0;
    this.settled = moment.now_ms;
    this.restart(moment);
  }

  /** A moment, of the same history. */
  look(moment: Pick<Moment, "now_ms" | "next_ms" | "events">): void {
    this.now = moment.now_ms;
    if (moment.now_ms < this.seen) return;
    this.seen = moment.now_ms;
    this.next = moment.next_ms;
    this.events = moment.events;
  }

  /** Something was done at the moment's time: what was to come is another. */
  act(done: Done, moment: Pick<Moment, "now_ms" | "next_ms" | "events">): void {
    this.done = [...this.done.filter(({ at }) => at <= done.at), done];
    this.restart(moment);
  }

  /** Another history: that of these actions. */
  replayed(done: readonly Done[], moment: Pick<Moment, "now_ms" | "next_ms" | "events">): void {
    this.done = done;
    this.restart(moment);
  }

  /** The axis shows this time too. */
  include(ms: number): void {
    this.reach = Math.max(this.reach, ms);
  }

  /** The last time on the axis. */
  get end(): number {
    const last = this.done.at(-1)?.at ?? 0;
    const far = Math.max(this.settled + AHEAD, last + AHEAD, this.reach, this.now + GRAIN / 2);
    return Math.ceil(far / GRAIN) * GRAIN;
  }

  /** Until when it is known what the cluster does. */
  get known(): number {
    return Math.min(Math.max(this.seen, this.next ?? this.end), this.end);
  }

  /** When the next thing that is known happens, if any. */
  get nextEvent(): number | null {
    const times = [...this.events.map(({ at }) => Math.round(at * 1000)), ...this.done.map(({ at }) => at)];
    const later = times.filter((at) => at > this.now);
    return later.length ? Math.min(...later) : null;
  }

  /** When the last thing before now happened; the beginning where there is none. */
  get previousEvent(): number {
    const times = [...this.events.map(({ at }) => Math.round(at * 1000)), ...this.done.map(({ at }) => at)];
    return Math.max(0, ...times.filter((at) => at < this.now));
  }

  /** Whether the last thing that was done to a node so far is that it was made to fail. */
  isDown(node: string): boolean {
    const own = this.done.filter(({ at, action }) => at <= this.now && Object.values(action).includes(node));
    return "fail_node" in (own.at(-1)?.action ?? {});
  }

  private restart(moment: Pick<Moment, "now_ms" | "next_ms" | "events">): void {
    this.seen = moment.now_ms;
    this.look(moment);
  }
}

/** A time as the clock says it: `12.4s`, `1m12s`. */
export function clockTime(ms: number): string {
  const tenths = Math.round(ms / 100);
  const minutes = Math.floor(tenths / 600);
  const rest = (tenths % 600) / 10;
  const seconds = Number.isInteger(rest) ? String(rest) : rest.toFixed(1);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`;
}
