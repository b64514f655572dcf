// How high each row is and where in it everything stands, measured from the row's own top.
// Cells of one level stand at the same height in every column, so that stations line up across the map.

import type { PodView } from "../dto.ts";
import type { Cell, Column, Placed } from "./columns.ts";
import type { Box } from "./geometry.ts";
import { BAND_PAD, CROWD, DOT, EMPTY_ROW, FOLD, LEVEL_GAP, type Density, type Metrics, STRIP } from "./metrics.ts";

/** A pod's place in its cell, from the cell's top left. */
export interface Spot extends Box {
  readonly pod: PodView;
  readonly density: Density;
}

/** A cell's pods as drawn: those that have a place of their own, and how many share one mark. */
export interface Block {
  readonly spots: readonly Spot[];
  readonly folded: readonly PodView[];
  readonly height: number;
}

export interface Row {
  readonly height: number;
  /** Top of the pods of each level. */
  readonly tops: readonly number[];
}

/** Height of the stub that a Service without pods is drawn as. */
const STUB = 22;

function crowd(pods: readonly PodView[], metrics: Metrics): Block {
  const perLine = Math.max(1, Math.floor(metrics.podWidth / DOT));
  const spots: Spot[] = [];
  const folded: PodView[] = [];
  const seen = new Map<string, number>();
  for (const pod of pods) {
    const count = (seen.get(pod.workload) ?? 0) + 1;
    seen.set(pod.workload, count);
    if (count > FOLD) {
      folded.push(pod);
      continue;
    }
    const place = spots.length;
    spots.push({
      pod,
      density: "dots",
      x: (place % perLine) * DOT,
      y: Math.floor(place / perLine) * DOT,
      width: DOT - 4,
      height: DOT - 4,
    });
  }
  const lines = Math.ceil(spots.length / perLine) + (folded.length > 0 ? 1 : 0);
  return { spots, folded, height: lines * DOT };
}

const known = new WeakMap<Cell, Block>();

/** The places of a cell's pods. */
export function blockOf(cell: Cell, metrics: Metrics): Block {
  const before = known.get(cell);
  if (before !== undefined) return before;
  const block = arrange(cell, metrics);
  known.set(cell, block);
  return block;
}

function arrange(cell: Cell, metrics: Metrics): Block {
  if (cell.pods.length > CROWD) return crowd(cell.pods, metrics);
  const step = metrics.podHeight + metrics.podGap;
  const spots = cell.pods.map((pod, index) => ({
    pod,
    density: metrics.density,
    x: 0,
    y: index * step,
    width: metrics.podWidth,
    height: metrics.podHeight,
  }));
  return { spots, folded: [], height: spots.length === 0 ? STUB : spots.length * step - metrics.podGap };
}

function headerHeight(placed: Placed, cell: Cell, metrics: Metrics): number {
  return cell.header ? placed.unit.services.length * metrics.header : 0;
}

/** The rows of a map, one for each node and one more where pods are not scheduled. */
export function rowsOf(columns: readonly Column[], count: number, metrics: Metrics): Row[] {
  return Array.from({ length: count }, (_, row) => {
    const zones: number[] = [];
    const bodies: number[] = [];
    for (const placed of columns.flatMap((column) => column.placed)) {
      for (const cell of placed.cells) {
        if (cell.row !== row) continue;
        zones[cell.level] = Math.max(zones[cell.level] ?? 0, headerHeight(placed, cell, metrics));
        bodies[cell.level] = Math.max(bodies[cell.level] ?? 0, blockOf(cell, metrics).height);
      }
    }
    let y = STRIP;
    const tops = zones.map((zone, level) => {
      const top = y + zone;
      y = top + (bodies[level] ?? 0) + LEVEL_GAP;
      return top;
    });
    return { height: Math.max(EMPTY_ROW, y - LEVEL_GAP + BAND_PAD), tops };
  });
}
