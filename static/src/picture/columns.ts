// Which column each unit takes, and what lies beside and below what in it.
// Columns follow the order of the calls. Units of one rank stand side by side; where a map would get too wide they may also
// stack, up to `stack` in a column, each with a lane of its own for its capsule: the earlier a unit starts from the top, the
// further left its lane, so that no capsule runs through the name of another. Where that leaves columns with few units, whole
// ranks may share one with the rank before them, from the far end on, so that what is entered keeps a column of its own longest.
// A client that nobody calls stands in the column of what it calls, on rows that are free there, and calls to the left; where
// none are free it has a column of its own before that one.

import type { PodView } from "../dto.ts";
import type { Unit } from "./units.ts";

/** A unit's pods on one row. */
export interface Cell {
  readonly row: number;
  /** Place from the top of the row among the cells of the column. */
  level: number;
  readonly pods: readonly PodView[];
  /** Whether the unit's roundels and names stand above these pods. */
  readonly header: boolean;
}

export interface Placed {
  readonly unit: Unit;
  /** From the top; a unit without pods has one cell that carries its name only. */
  readonly cells: readonly Cell[];
  /** Lane of its last Service, counted from the pods leftwards. */
  lane: number;
  /** Whether its pods call out of their left side. */
  readonly back: boolean;
}

export interface Column {
  readonly namespace: string;
  readonly rank: number;
  readonly placed: Placed[];
  lanes: number;
}

/** The first and last row of a unit, or `null` where it has no pods and may stand anywhere. */
function span(unit: Unit, rowOf: (pod: PodView) => number): { first: number; last: number } | null {
  const rows = unit.pods.map(rowOf);
  return rows.length === 0 ? null : { first: Math.min(...rows), last: Math.max(...rows) };
}

function cellsOf(unit: Unit, rowOf: (pod: PodView) => number, emptyRow: number): Cell[] {
  const rows = [...new Set(unit.pods.map(rowOf))].sort((a, b) => a - b);
  if (rows.length === 0) return [{ row: emptyRow, level: 0, pods: [], header: true }];
  return rows.map((row, index) => ({
    row,
    level: 0,
    pods: unit.pods.filter((pod) => rowOf(pod) === row),
    header: index === 0,
  }));
}

/** Before or after: order of two cells of a column from the top. */
function above(a: Cell, b: Cell): number {
  return a.row - b.row || a.level - b.level;
}

function assignLanes(column: Column): void {
  const starts = [...column.placed].sort((a, b) => {
    const first = a.cells[0];
    const second = b.cells[0];
    return first === undefined || second === undefined ? 0 : above(first, second);
  });
  for (let index = starts.length - 1; index >= 0; index -= 1) {
    const placed = starts[index];
    const end = placed?.cells[placed.cells.length - 1];
    if (placed === undefined || end === undefined || placed.unit.services.length === 0) continue;
    for (const later of starts.slice(index + 1)) {
      const start = later.cells[0];
      const width = later.unit.services.length;
      if (start !== undefined && width > 0 && above(start, end) < 0) {
        placed.lane = Math.max(placed.lane, later.lane + width);
      }
    }
    column.lanes = Math.max(column.lanes, placed.lane + placed.unit.services.length);
  }
}

/** A client that nobody calls has half a rank. */
function isClient(unit: Unit): boolean {
  return !Number.isInteger(unit.rank);
}

/** Columns as they fill up. */
class Columns {
  readonly all: Column[] = [];
  readonly #load = new Map<Column, number[]>();

  constructor(
    private readonly rows: number,
    private readonly rowOf: (pod: PodView) => number,
  ) {}

  /** Puts a unit where fewest stand beside it in a column of this rank, at most `stack`; false where no such column has room. */
  join(unit: Unit, rank: number, stack: number): boolean {
    const wanted = span(unit, this.rowOf);
    const width = Math.max(1, unit.services.length);
    let best: { column: Column; row: number; used: number } | null = null;
    for (const column of this.all) {
      if (column.namespace !== unit.namespace || column.rank !== rank) continue;
      const taken = this.#load.get(column) ?? [];
      const first = wanted?.first ?? taken.indexOf(Math.min(...taken));
      const used = Math.max(...taken.slice(first, (wanted?.last ?? first) + 1));
      if (used + width <= Math.max(stack, width) && (best === null || used < best.used)) best = { column, row: first, used };
    }
    if (best === null) return false;
    this.#put(unit, best.column, best.row);
    return true;
  }

  /** Opens a column of a rank for a unit, before those of a later rank. */
  open(unit: Unit, rank: number): void {
    const { namespace } = unit;
    const column = { namespace, rank, placed: [], lanes: 0 };
    const later = this.all.findIndex((other) => other.namespace === namespace && other.rank > rank);
    this.all.splice(later < 0 ? this.all.length : later, 0, column);
    this.#load.set(column, new Array<number>(this.rows).fill(0));
    this.#put(unit, column, span(unit, this.rowOf)?.first ?? 0);
  }

  #put(unit: Unit, column: Column, row: number): void {
    const cells = cellsOf(unit, this.rowOf, row);
    for (const cell of cells) {
      cell.level = column.placed.flatMap((other) => other.cells).filter((other) => other.row === cell.row).length;
    }
    column.placed.push({ unit, cells, lane: 0, back: isClient(unit) && unit.rank !== column.rank });
    const { first, last } = span(unit, this.rowOf) ?? { first: row, last: row };
    const taken = this.#load.get(column) ?? [];
    for (let each = first; each <= last; each += 1) taken[each] = (taken[each] ?? 0) + Math.max(1, unit.services.length);
  }
}

/** The most that stand side by side on any row among some units. */
function widest(units: readonly Unit[], rows: number, rowOf: (pod: PodView) => number): number {
  const used = new Array<number>(rows).fill(0);
  let anywhere = 0;
  for (const unit of units) {
    const width = Math.max(1, unit.services.length);
    const reach = span(unit, rowOf);
    if (reach === null) anywhere += width;
    else for (let row = reach.first; row <= reach.last; row += 1) used[row] = (used[row] ?? 0) + width;
  }
  return Math.max(...used) + anywhere;
}

/** The rank in whose columns each rank of a namespace stands: its own, or one before it that has room for all of both. */
function sharedRanks(units: readonly Unit[], rows: number, stack: number, rowOf: (pod: PodView) => number): Map<number, number> {
  const groups = [...new Set(units.map((unit) => unit.rank))]
    .sort((a, b) => a - b)
    .map((rank) => ({ ranks: [rank], units: units.filter((unit) => unit.rank === rank) }));
  for (let index = groups.length - 1; index > 0; index -= 1) {
    const [earlier, later] = [groups[index - 1], groups[index]];
    if (earlier === undefined || later === undefined) continue;
    const both = [...earlier.units, ...later.units];
    if (widest(both, rows, rowOf) > stack) continue;
    groups.splice(index - 1, 2, { ranks: [...earlier.ranks, ...later.ranks], units: both });
  }
  return new Map(groups.flatMap(({ ranks }) => ranks.map((rank) => [rank, ranks[0] ?? rank] as const)));
}

/** How columns may be filled. */
export interface Filling {
  /** How many may stand side by side on any row of a column. */
  readonly stack: number;
  /** Whether ranks that have room for each other share a column. */
  readonly share: boolean;
}

/** Puts units, given in drawing order, into columns. */
export function columnsOf(units: readonly Unit[], rows: number, { stack, share }: Filling, rowOf: (pod: PodView) => number): Column[] {
  const columns = new Columns(rows, rowOf);
  const called = units.filter((unit) => !isClient(unit));
  const shared = new Map(
    [...new Set(share ? called.map((unit) => unit.namespace) : [])].map((namespace) => [
      namespace,
      sharedRanks(called.filter((unit) => unit.namespace === namespace), rows, stack, rowOf),
    ]),
  );
  const rankOf = ({ namespace }: Unit, rank: number): number => shared.get(namespace)?.get(rank) ?? rank;
  for (const unit of called) {
    if (!columns.join(unit, rankOf(unit, unit.rank), stack)) columns.open(unit, rankOf(unit, unit.rank));
  }
  for (const unit of units) {
    if (!isClient(unit) || columns.join(unit, rankOf(unit, unit.rank + 0.5), 1) || columns.join(unit, unit.rank, stack)) continue;
    columns.open(unit, unit.rank);
  }
  for (const column of columns.all) assignLanes(column);
  return columns.all;
}
