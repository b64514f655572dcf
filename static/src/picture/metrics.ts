// Sizes of everything on the map, in map units (one CSS pixel at zoom 1). Few pods get room for names, many share it.

/** How much of a pod is shown: a box of three lines, a box of one line, a dot. */
export type Density = "full" | "slim" | "dots";

export interface Metrics {
  readonly density: Density;
  /** Pod box. */
  readonly podWidth: number;
  readonly podHeight: number;
  readonly podGap: number;
  /** From a capsule's middle to the pods it leads to. */
  readonly branch: number;
  /** Between the middles of neighbouring capsules of one column. */
  readonly lane: number;
  /** Height of a Service's roundel with its name. */
  readonly header: number;
  /** Between parallel strokes. */
  readonly pitch: number;
  /** Width of a channel between columns, before its strokes. */
  readonly channel: number;
  /** Height of a corridor between rows, before its strokes. */
  readonly corridor: number;
  /** Left of the nodes, where the outside stands. */
  readonly margin: number;
}

export const CAPSULE = 16;
export const ROUNDEL = 13;
/** The strip at the top of a node's band that carries its name. */
export const STRIP = 25;
export const BAND_PAD = 12;
export const LEVEL_GAP = 10;
export const EMPTY_ROW = 46;
/** Distance between the dots of a crowd of pods. */
export const DOT = 16;
/** A cell with more pods than this draws them as dots. */
export const CROWD = 9;
/** A cell with more pods of one workload than this folds the rest into one mark. */
export const FOLD = 80;

/** The widths between which a slim pod takes that of the names over it. */
const SLIM_LEAST = 63;
const SLIM_MOST = 104;
/** Size at which a name over slim pods should be whole. */
const NAME = 11.5;

/** The sizes for a map on which Services have these names. */
export function metricsFor(density: Density, compact: boolean, names: readonly string[]): Metrics {
  const slim = density !== "full";
  // A name begins beside the roundel, which stands a branch before the pods.
  const longest = Math.max(0, ...names.map((name) => textWidth(name, NAME, "bold"))) - 10;
  const slimWidth = Math.round(Math.min(SLIM_MOST, Math.max(SLIM_LEAST, longest)));
  return {
    density,
    podWidth: slim ? slimWidth : compact ? 90 : 116,
    podHeight: slim ? 24 : compact ? 44 : 50,
    podGap: slim ? 6 : 11,
    branch: slim ? 23 : compact ? 26 : 33,
    lane: slim ? 22.5 : 25,
    header: compact ? 32 : 35,
    pitch: compact ? 5 : 6,
    channel: compact ? 11 : slim ? 13 : 16,
    corridor: compact ? 8 : 10,
    margin: compact ? 46 : slim ? 78 : 86,
  };
}

const NARROW = /[iljtfrI.,:;'|!()[\]-]/;
const WIDE = /[mwMWQO@%]/;

/** About how wide a proportional font sets a text; a little too much rather than too little. */
export function textWidth(text: string, size: number, weight: "regular" | "bold" = "regular"): number {
  let units = 0;
  for (const character of text) units += NARROW.test(character) ? 0.39 : WIDE.test(character) ? 0.92 : 0.62;
  return units * size * (weight === "bold" ? 1.08 : 1);
}

/** About how wide a monospace font sets a text. */
export function monoWidth(text: string, size: number): number {
  return text.length * size * 0.61;
}
