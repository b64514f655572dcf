// Which layout suits the room: few columns or many, boxes or slim pods. The choice holds while it is nearly as good as any,
// so that the map does not change its shape under somebody who types.

import type { View } from "../dto.ts";
import type { Size } from "./geometry.ts";
import { type Layout, layoutOf, type Options } from "./layout.ts";
import { CROWD } from "./metrics.ts";

/** Narrower rooms than this get smaller sizes. */
export const COMPACT = 600;
/** Above this many pods they are drawn slim. */
const MANY = 30;
/** Above this many pods of one workload on one node they are drawn slim. */
const DEEP = 4;
const STACKS = [1, 2, 3, 4];
/** How much better another choice must be before the map changes its shape. */
const BETTER = 1.15;

function slim(view: View): boolean {
  const crowds = new Map<string, number>();
  for (const pod of view.picture.pods) {
    if (pod.system) continue;
    const key = `${pod.workload} ${pod.node ?? ""}`;
    crowds.set(key, (crowds.get(key) ?? 0) + 1);
  }
  // What is drawn as dots needs no room for names.
  const named = [...crowds.values()].filter((count) => count <= CROWD);
  return named.reduce((sum, count) => sum + count, 0) > MANY || Math.max(0, ...named) > DEEP;
}

/** How large a layout can be drawn in a room; beyond full size there is nothing to gain. A long map scrolls down more easily than sideways. */
function size(layout: Layout, room: Size): number {
  const tall = room.width < COMPACT ? 2.6 : 1.12;
  return Math.min(1, room.width / layout.width, (room.height * tall) / layout.height);
}

export interface Fitted {
  readonly options: Options;
  readonly layout: Layout;
  /** What the choice was made for; while it stays the same the choice stands. */
  readonly occasion: string;
}

/** What decides which layout suits: the room, and what stands where, but not what it is called. */
function occasionOf(view: View, room: Size): string {
  const { nodes, services, pods } = view.picture;
  const index = new Map(nodes.map((node, place) => [node.id, place]));
  const standing = pods.map((pod) => `${pod.rank}:${index.get(pod.node ?? "") ?? ""}`);
  const serving = services.map((service) => `${service.rank}:${service.pods.length}`);
  return [room.width, room.height, nodes.length, ...serving, "", ...standing].join(" ");
}

/** The layout of a view that suits a room, given the last one. */
export function fittingLayout(view: View, room: Size, last: Fitted | null): Fitted {
  const occasion = occasionOf(view, room);
  if (last?.occasion === occasion) return { ...last, layout: layoutOf(view, last.options) };
  const compact = room.width < COMPACT;
  const density = slim(view) ? "slim" : "full";
  const candidates = STACKS.map((stack) => {
    const options: Options = { compact, density, stack };
    const layout = layoutOf(view, options);
    return { options, layout, occasion, size: size(layout, room) };
  });
  let best = candidates[0];
  for (const candidate of candidates) {
    // Wider is calmer: stack more only for a clear gain.
    if (best === undefined || candidate.size > best.size * 1.06) best = candidate;
  }
  const kept = candidates.find(({ options }) => options.stack === last?.options.stack && compact === last.options.compact);
  if (best === undefined) throw new Error("There is no way to lay out the picture");
  return kept !== undefined && kept.size * BETTER >= best.size ? kept : best;
}
