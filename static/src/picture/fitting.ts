// Which layout suits the room: few columns or many, boxes or slim pods. The choice holds while it is nearly as good as any,
// so that the map does not change its shape under somebody who types.

import type { View } from "../dto.ts";
import type { Size } from "./geometry.ts";
import { type Layout, layoutOf, type Options } from "./layout.ts";
import { CROWD, type Density } from "./metrics.ts";

/** Narrower rooms than this get smaller sizes. */
export const COMPACT = 600;
/** Above this many pods they are drawn slim. */
const MANY = 30;
/** Above this many pods of one workload on one node they are drawn slim. */
const DEEP = 4;
const STACKS = [1, 2, 3, 4];
/** On a phone one scrolls down more gladly than sideways, so there columns are few and long. */
const STACKS_COMPACT = [1, 2, 3, 4, 6];
/** What slim pods are worth beside boxes with names of the same size: they say less. */
const SLIM = 0.9;
/** What a map is worth on which ranks share columns, beside one whose columns are in the order of the calls throughout. */
const SHARED = 0.98;
/** Drawn as large as this a map is read with ease; what is beyond counts for less. */
const EASE = 0.9;
const EASE_COMPACT = 0.78;
const BEYOND = 0.1;
/** How much better another choice must be before the map changes its shape. */
const BETTER = 1.15;

/** How pods may be drawn. */
function densities(view: View): Density[] {
  const crowds = new Map<string, number>();
  for (const pod of view.picture.pods) {
    if (pod.system) continue;
    const key = `${pod.workload} ${pod.node ?? ""}`;
    crowds.set(key, (crowds.get(key) ?? 0) + 1);
  }
  // What is drawn as dots needs no room for names.
  const named = [...crowds.values()].filter((count) => count <= CROWD);
  const many = named.reduce((sum, count) => sum + count, 0) > MANY || Math.max(0, ...named) > DEEP;
  return many ? ["slim"] : ["full", "slim"];
}

/** How well a layout can be read in a room, at most 1. On a phone a long map scrolls down more easily than sideways. */
function ease(layout: Layout, room: Size): number {
  const compact = room.width < COMPACT;
  const size = Math.min(1, room.width / layout.width, (room.height * (compact ? 2.6 : 1)) / layout.height);
  const enough = compact ? EASE_COMPACT : EASE;
  return (Math.min(size, enough) + Math.max(0, size - enough) * BEYOND) / (enough + (1 - enough) * BEYOND);
}

export interface Fitted {
  readonly options: Options;
  readonly layout: Layout;
  /** What the choice was made for; while it stays the same the choice stands. */
  readonly occasion: string;
}

interface Rated extends Fitted {
  readonly worth: number;
}

/** What decides which layout suits: the room, and what stands where, but not what it is called. */
function occasionOf(view: View, room: Size): string {
  const { nodes, services, pods } = view.picture;
  const index = new Map(nodes.map((node, place) => [node.id, place]));
  const standing = pods.map((pod) => `${pod.rank}:${index.get(pod.node ?? "") ?? ""}`);
  const serving = services.map((service) => `${service.rank}:${service.pods.length}`);
  return [room.width, room.height, nodes.length, ...serving, "", ...standing].join(" ");
}

/** Whether two maps have the same shape. */
export function sameChoice(a: Options, b: Options): boolean {
  return a.compact === b.compact && a.density === b.density && a.stack === b.stack && a.share === b.share;
}

/** The layout of a view that suits a room, given the last one. */
export function fittingLayout(view: View, room: Size, last: Fitted | null): Fitted {
  const occasion = occasionOf(view, room);
  if (last?.occasion === occasion) return { ...last, layout: layoutOf(view, last.options) };
  const compact = room.width < COMPACT;
  let best: Rated | null = null;
  let kept: Rated | null = null;
  for (const density of densities(view)) {
    for (const share of [false, true]) {
      for (const stack of compact ? STACKS_COMPACT : STACKS) {
        const most = (density === "slim" ? SLIM : 1) * (share ? SHARED : 1);
        const options: Options = { compact, density, stack, share };
        const old = last !== null && sameChoice(options, last.options);
        // Nothing beyond full size: what could not win is not laid out.
        if (best !== null && most <= best.worth && !old) continue;
        const layout = layoutOf(view, options);
        const candidate: Rated = { options, layout, occasion, worth: most * ease(layout, room) };
        // Wider is calmer: stack more only for a clear gain.
        if (best === null || candidate.worth > best.worth * 1.04) best = candidate;
        if (old) kept = candidate;
      }
    }
  }
  if (best === null) throw new Error("There is no way to lay out the picture");
  return kept !== null && kept.worth * BETTER >= best.worth ? kept : best;
}
