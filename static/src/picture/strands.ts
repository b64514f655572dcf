// Parallel strokes side by side, as a transit map bundles its lines: who runs beside whom with the fewest crossings.
// The same rule serves the channels between columns (strokes run up and down) and the corridors between rows (across).

/** A part of the length of a bundle. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A stroke's run along a channel or corridor. */
export interface Strand extends Stretch {
  readonly key: string;
  /** Where along the bundle it branches off towards the first slot's side. */
  readonly before: readonly number[];
  /** Where along the bundle it branches off towards the last slot's side. */
  readonly after: readonly number[];
}

export interface Bundle {
  readonly slots: ReadonlyMap<string, number>;
  readonly count: number;
}

function inside(strand: Strand, at: number): boolean {
  return at > strand.from && at < strand.to;
}

/** Crossings between two strands where `a` lies in the lower slot. */
function crossings(a: Strand, b: Strand): number {
  return b.before.filter((at) => inside(a, at)).length + a.after.filter((at) => inside(b, at)).length;
}

/** Puts strands in slots: few crossings, and strands that nowhere run side by side may share one. */
export function bundle(strands: readonly Strand[], clearance: number): Bundle {
  const order: Strand[] = [];
  for (const strand of strands) {
    let best = order.length;
    let cost = order.reduce((sum, other) => sum + crossings(other, strand), 0);
    let least = cost;
    for (let place = order.length - 1; place >= 0; place -= 1) {
      const other = order[place];
      if (other === undefined) continue;
      cost += crossings(strand, other) - crossings(other, strand);
      if (cost < least) {
        least = cost;
        best = place;
      }
    }
    order.splice(best, 0, strand);
  }
  for (let pass = 0; pass < order.length; pass += 1) {
    let swapped = false;
    for (let place = 0; place + 1 < order.length; place += 1) {
      const a = order[place];
      const b = order[place + 1];
      if (a === undefined || b === undefined || crossings(b, a) >= crossings(a, b)) continue;
      order[place] = b;
      order[place + 1] = a;
      swapped = true;
    }
    if (!swapped) break;
  }

  const slots = new Map<string, number>();
  let count = 0;
  order.forEach((strand, place) => {
    let slot = 0;
    for (const other of order.slice(0, place)) {
      const apart = other.to + clearance < strand.from || strand.to + clearance < other.from;
      if (!apart) slot = Math.max(slot, (slots.get(other.key) ?? 0) + 1);
    }
    slots.set(strand.key, slot);
    count = Math.max(count, slot + 1);
  });
  return { slots, count };
}
