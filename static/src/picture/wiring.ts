// How calls run over the map: each Service has one line, which all its callers join. A call leaves its pod to the right into
// the channel beside the column; where its Service stands elsewhere it takes one corridor between two rows (above the first,
// below the last), then the channel in front of that Service. Calls that go back take the same way, leftwards in the corridor.
// Each channel and corridor keeps one spare slot for routes that no manifest names.

import { type Bundle, bundle, type Strand } from "./strands.ts";
import type { Metrics } from "./metrics.ts";
import type { Point } from "./geometry.ts";

/** Where a call leaves: a height on a row, beside a channel. */
export interface Exit {
  readonly key: string;
  readonly channel: number;
  /** Whether it comes into its channel from the right. */
  readonly back: boolean;
  readonly row: number;
  /** From the top of the row. */
  readonly rel: number;
}

/** Where a line arrives: what it leads to, beside the channel in front of it. */
export interface Line {
  readonly key: string;
  readonly channel: number;
  readonly row: number;
  readonly rel: number;
  readonly exits: readonly Exit[];
  /** Whether a caller can reach it along its own height, with nothing between. */
  readonly straight: (exit: Exit) => boolean;
}

const CLEARANCE = 10;

function bentExits(line: Line): Exit[] {
  return line.exits.filter((exit) => !line.straight(exit));
}

function farExits(line: Line): Exit[] {
  return bentExits(line).filter((exit) => exit.channel !== line.channel);
}

/** The corridor that makes a line's way up and down shortest; corridor `g` lies above row `g`. */
function corridorOf(line: Line, heights: readonly number[]): number {
  const top = (row: number): number => heights.slice(0, row).reduce((sum, height) => sum + height, 0);
  const at = top(line.row) + line.rel;
  let best = 0;
  let least = Infinity;
  for (let corridor = 0; corridor <= heights.length; corridor += 1) {
    const y = top(corridor);
    const exits = farExits(line);
    const way = exits.reduce((sum, exit) => sum + Math.abs(top(exit.row) + exit.rel - y), 0) / exits.length;
    const cost = way + Math.abs(at - y) * 1.5;
    if (cost < least - 0.5) {
      least = cost;
      best = corridor;
    }
  }
  return best;
}

/** The corridors: which line takes which, and how many run side by side in each. */
export class Corridors {
  readonly #bundles: readonly Bundle[];
  readonly #of = new Map<string, number>();

  constructor(lines: readonly Line[], heights: readonly number[]) {
    const strands: Strand[][] = Array.from({ length: heights.length + 1 }, () => []);
    for (const line of lines) {
      const exits = farExits(line);
      if (exits.length === 0) continue;
      const corridor = corridorOf(line, heights);
      this.#of.set(line.key, corridor);
      const stops = [...exits, line];
      const channels = stops.map((stop) => stop.channel);
      strands[corridor]?.push({
        key: line.key,
        from: Math.min(...channels),
        to: Math.max(...channels),
        before: stops.filter((stop) => stop.row < corridor).map((stop) => stop.channel),
        after: stops.filter((stop) => stop.row >= corridor).map((stop) => stop.channel),
      });
    }
    this.#bundles = strands.map((members) => bundle(members, 0));
  }

  /** The corridor that a line runs in, if it needs one. */
  of(key: string): number | undefined {
    return this.#of.get(key);
  }

  height(corridor: number, metrics: Metrics): number {
    return 2 * metrics.corridor + (this.#bundles[corridor]?.count ?? 0) * metrics.pitch;
  }

  /** Height of a line's stroke from the top of its corridor; of the spare slot where it has none of its own. */
  offset(corridor: number, key: string | null, metrics: Metrics): number {
    const slot = key !== null && this.#of.get(key) === corridor ? this.#bundles[corridor]?.slots.get(key) : undefined;
    return metrics.corridor + (slot === undefined ? -0.5 : slot + 0.5) * metrics.pitch;
  }
}

/** The channels: how many lines run side by side in each, once heights are known. */
export class Channels {
  readonly #bundles: readonly Bundle[];

  constructor(
    lines: readonly Line[],
    count: number,
    corridors: Corridors,
    heightOf: (stop: { row: number; rel: number }) => number,
    corridorY: (corridor: number, key: string) => number,
  ) {
    const strands: Strand[][] = Array.from({ length: count }, () => []);
    for (const line of lines) {
      const exits = bentExits(line);
      if (exits.length === 0) continue;
      const corridor = corridors.of(line.key);
      const stops = [...farExits(line), line].map((stop) => stop.channel);
      for (const channel of new Set([...exits.map((exit) => exit.channel), line.channel])) {
        const here = exits.filter((exit) => exit.channel === channel);
        const left = here.filter((exit) => !exit.back).map(heightOf);
        const right = here.filter((exit) => exit.back).map(heightOf);
        if (line.channel === channel) right.push(heightOf(line));
        if (corridor !== undefined) {
          const y = corridorY(corridor, line.key);
          if (Math.min(...stops) < channel) left.push(y);
          if (Math.max(...stops) > channel) right.push(y);
        }
        const all = [...left, ...right];
        strands[channel]?.push({
          key: line.key,
          from: Math.min(...all),
          to: Math.max(...all),
          before: left,
          after: right,
        });
      }
    }
    this.#bundles = strands.map((members) => bundle(members, CLEARANCE));
  }

  width(channel: number, metrics: Metrics): number {
    return metrics.channel + (this.#bundles[channel]?.count ?? 0) * metrics.pitch;
  }

  /** A line's stroke from the left of a channel; the spare slot where it has none of its own there. */
  offset(channel: number, key: string | null, metrics: Metrics): number {
    const slot = key === null ? undefined : this.#bundles[channel]?.slots.get(key);
    return metrics.channel / 2 + (slot === undefined ? -0.5 : slot + 0.5) * metrics.pitch;
  }

  has(channel: number, key: string): boolean {
    return this.#bundles[channel]?.slots.has(key) ?? false;
  }
}

/** Where strokes may run, in map units. */
export interface Grid {
  /** Middle of a line's slot in a channel. */
  x(channel: number, key: string | null): number;
  /** Middle of a line's slot in a corridor. */
  y(corridor: number, key: string | null): number;
  /** The corridor that a line runs in, or the one that makes the way between two heights shortest. */
  corridor(key: string | null, from: number, to: number): number;
}

export interface Stop {
  readonly at: Point;
  readonly channel: number;
}

/** The corners of a stroke from one stop to another along channels and at most one corridor. */
export function cornersBetween(from: Stop, to: Stop, key: string | null, grid: Grid): Point[] {
  const start = grid.x(from.channel, key);
  if (from.channel === to.channel) {
    return [from.at, { x: start, y: from.at.y }, { x: start, y: to.at.y }, to.at];
  }
  const y = grid.y(grid.corridor(key, from.at.y, to.at.y), key);
  const end = grid.x(to.channel, key);
  return [from.at, { x: start, y: from.at.y }, { x: start, y }, { x: end, y }, { x: end, y: to.at.y }, to.at];
}
