// Where each Service and pod stands among columns, rows and levels, before anything has coordinates: a height is a row and a
// distance from that row's top.

import type { Cell, Column, Placed } from "./columns.ts";
import type { Size } from "./geometry.ts";
import { type Density, type Metrics, ROUNDEL } from "./metrics.ts";
import { blockOf, type Row } from "./rows.ts";
import type { Unit } from "./units.ts";

export interface Plan {
  readonly units: readonly Unit[];
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly metrics: Metrics;
}

export interface Height {
  readonly row: number;
  /** From the top of the row. */
  readonly rel: number;
}

/** A Service's place. */
export interface Home {
  readonly column: number;
  readonly placed: Placed;
  /** Counted from the pods leftwards. */
  readonly lane: number;
  /** Its position among the Services of its unit. */
  readonly index: number;
}

/** A pod's place. */
export interface Berth extends Size {
  readonly column: number;
  readonly cell: Cell;
  /** From the left of the column's pods. */
  readonly x: number;
  readonly rel: number;
  readonly density: Density;
  /** Whether it calls out of its left side. */
  readonly back: boolean;
}

export interface Fold extends Height {
  readonly workload: string;
  readonly count: number;
  readonly column: number;
}

interface Reach {
  readonly first: Height;
  readonly last: Height;
}

function before(a: Height, b: Height): boolean {
  return a.row < b.row || (a.row === b.row && a.rel < b.rel);
}

/** Half of the least height of a capsule. */
const HALF = 15;
/** How near to a box a stroke may pass it. */
const NEAR = 6;

export class Places {
  readonly homes = new Map<string, Home>();
  readonly berths = new Map<string, Berth>();
  readonly folds: Fold[] = [];
  readonly #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
    plan.columns.forEach((column, index) => {
      for (const placed of column.placed) this.#add(placed, index);
    });
  }

  #add(placed: Placed, column: number): void {
    const { services } = placed.unit;
    services.forEach((service, index) => {
      this.homes.set(service.id, { column, placed, lane: placed.lane + services.length - 1 - index, index });
    });
    for (const cell of placed.cells) {
      const block = blockOf(cell, this.#plan.metrics);
      const top = this.#top(cell);
      for (const { pod, x, y, width, height, density } of block.spots) {
        this.berths.set(pod.id, { column, cell, x, rel: top + y, density, width, height, back: placed.back });
      }
      const [first] = block.folded;
      if (first !== undefined) {
        const rel = top + block.height - 4;
        this.folds.push({ workload: first.workload, count: block.folded.length, column, row: cell.row, rel });
      }
    }
  }

  #top(cell: Cell): number {
    return this.#plan.rows[cell.row]?.tops[cell.level] ?? 0;
  }

  /** The middle of a pod. */
  middle(berth: Berth): Height {
    return { row: berth.cell.row, rel: berth.rel + berth.height / 2 };
  }

  /** The middle of a Service's roundel. */
  roundel(home: Home): Height {
    const [cell] = home.placed.cells;
    if (cell === undefined) return { row: 0, rel: 0 };
    const { header } = this.#plan.metrics;
    const count = home.placed.unit.services.length;
    return { row: cell.row, rel: this.#top(cell) - header * (count - home.index) + header / 2 - 2 };
  }

  /** The heights that a unit's capsules span. */
  reach(placed: Placed): Reach {
    const { metrics } = this.#plan;
    const [first] = placed.cells;
    const last = placed.cells[placed.cells.length - 1];
    if (first === undefined || last === undefined) throw new Error("A unit of the picture has no cell");
    const end = blockOf(last, metrics);
    const firstHalf = Math.min(blockOf(first, metrics).height, metrics.podHeight) / 2;
    const lastHalf = Math.min(end.height, metrics.podHeight) / 2;
    return {
      first: { row: first.row, rel: this.#top(first) + firstHalf - Math.min(firstHalf, HALF) },
      last: { row: last.row, rel: this.#top(last) + end.height - lastHalf + Math.min(lastHalf, HALF) },
    };
  }

  /** Whether a unit's roundels or capsules stand at a height. */
  #stands(placed: Placed, at: Height): boolean {
    if (placed.unit.services.length === 0) return false;
    const { first, last } = this.reach(placed);
    const header = placed.unit.services.length * this.#plan.metrics.header;
    return before({ row: first.row, rel: first.rel - header - ROUNDEL }, at) && before(at, last);
  }

  /** Whether nothing of a column stands at a height. */
  #clear(column: Column | undefined, at: Height): boolean {
    return !(column?.placed ?? []).some((placed) => {
      if (this.#stands(placed, at)) return true;
      return placed.cells.some((cell) => {
        const top = this.#top(cell);
        const bottom = top + blockOf(cell, this.#plan.metrics).height;
        return cell.row === at.row && at.rel > top - NEAR && at.rel < bottom + NEAR;
      });
    });
  }

  /** Whether one reaches a Service's capsule from a channel along a height, with nothing between. */
  straight(home: Home, channel: number, at: Height): boolean {
    const { columns } = this.#plan;
    const { first, last } = this.reach(home.placed);
    if (channel > home.column || home.placed.unit.pods.length === 0) return false;
    if (!before(first, at) || !before(at, last)) return false;
    const between = columns.slice(channel, home.column);
    const beside = columns[home.column]?.placed ?? [];
    const outer = beside.filter((other) => other.lane + other.unit.services.length - 1 > home.lane);
    return between.every((column) => this.#clear(column, at)) && !outer.some((other) => this.#stands(other, at));
  }
}
