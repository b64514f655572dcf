// From rows, columns and lines to coordinates: row heights are known, so corridors come first (they need only the order of
// things), then channels (which need heights), then everything's x.

import { ROUNDEL } from "./metrics.ts";
import type { Height, Plan } from "./places.ts";
import { Channels, Corridors, type Grid, type Line } from "./wiring.ts";

/** Where rows and columns lie, in map units. */
export interface Frame {
  readonly rowTop: readonly number[];
  readonly bottom: number;
  /** Right edge of the channel before each column. */
  readonly columnLeft: readonly number[];
  readonly podsLeft: readonly number[];
  readonly bandRight: number;
  readonly grid: Grid;
  y(at: Height): number;
}

/** Least width of the districts, so that a small cluster does not look lost. */
const LEAST = 420;
const LEAST_COMPACT = 260;

/** The coordinates of a plan; the first corridor begins at `top`. */
export function frameOf(plan: Plan, lines: readonly Line[], top: number, compact: boolean): Frame {
  const { rows, columns, metrics } = plan;
  const corridors = new Corridors(lines, rows.map((row) => row.height));
  const rowTop: number[] = [];
  const corridorTop: number[] = [];
  let y = top;
  rows.forEach((row, index) => {
    corridorTop.push(y);
    y += corridors.height(index, metrics);
    rowTop.push(y);
    y += row.height;
  });
  corridorTop.push(y);
  y += corridors.height(rows.length, metrics);
  const yOf = (at: Height): number => (rowTop[at.row] ?? 0) + at.rel;
  const corridorY = (corridor: number, key: string | null): number =>
    (corridorTop[corridor] ?? 0) + corridors.offset(corridor, key, metrics);

  const channels = new Channels(lines, columns.length + 1, corridors, yOf, corridorY);
  const channelLeft: number[] = [];
  const columnLeft: number[] = [];
  const podsLeft: number[] = [];
  let x = metrics.margin;
  columns.forEach((column, index) => {
    channelLeft.push(x);
    x += channels.width(index, metrics);
    columnLeft.push(x);
    x += column.lanes > 0 ? ROUNDEL + (column.lanes - 1) * metrics.lane + metrics.branch : 10;
    podsLeft.push(x);
    x += metrics.podWidth;
  });
  channelLeft.push(x);
  x += channels.width(columns.length, metrics);

  const grid: Grid = {
    x: (channel, key) => (channelLeft[channel] ?? 0) + channels.offset(channel, key, metrics),
    y: corridorY,
    corridor: (key, from, to) => {
      const own = key === null ? undefined : corridors.of(key);
      if (own !== undefined) return own;
      let best = 0;
      let least = Infinity;
      corridorTop.forEach((_, index) => {
        const y = corridorY(index, null);
        const way = Math.abs(y - from) + Math.abs(y - to) * 1.01;
        if (way >= least) return;
        least = way;
        best = index;
      });
      return best;
    },
  };
  const least = metrics.margin + (compact ? LEAST_COMPACT : LEAST);
  return { rowTop, columnLeft, podsLeft, bandRight: Math.max(x, least), bottom: y, grid, y: yOf };
}

