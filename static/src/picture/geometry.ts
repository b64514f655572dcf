// Strokes as a transit map draws them: straight and 45-degree runs with rounded corners.
// A stroke is planned as a few right-angled corners and kept as a dense polyline, so that its length, a point on it and a
// part of it are all read from the same points that are drawn.

export interface Point {
  readonly x: number;
  readonly y: number;
}

export type Polyline = readonly Point[];

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle by its top left corner. */
export interface Box extends Point, Size {}

/** How far before a right angle the 45-degree cut begins, where the runs are long enough. */
const CUT = 9;
/** How far a corner's rounding reaches into its two runs. */
const ROUND = 3.5;
const ROUND_STEPS = 3;

export function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

function towards(a: Point, b: Point, length: number): Point {
  const whole = distance(a, b);
  if (whole === 0) return a;
  const part = length / whole;
  return { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part };
}

/** Drops repeated points and points in the middle of a straight run. */
function simplify(points: Polyline): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const last = kept[kept.length - 1];
    if (last !== undefined && distance(last, point) < 0.01) continue;
    const before = kept[kept.length - 2];
    if (last !== undefined && before !== undefined) {
      const cross = (last.x - before.x) * (point.y - last.y) - (last.y - before.y) * (point.x - last.x);
      const along = (last.x - before.x) * (point.x - last.x) + (last.y - before.y) * (point.y - last.y);
      if (Math.abs(cross) < 0.01 && along > 0) kept.pop();
    }
    kept.push(point);
  }
  return kept;
}

/** Calls `corner` for each inner point; what it returns stands in that point's place. */
function eachCorner(points: Polyline, corner: (before: Point, at: Point, after: Point) => Point[]): Point[] {
  const result: Point[] = [];
  points.forEach((at, index) => {
    const before = points[index - 1];
    const after = points[index + 1];
    if (before === undefined || after === undefined) result.push(at);
    else result.push(...corner(before, at, after));
  });
  return result;
}

/** The dense polyline of a stroke with these corners: right angles cut at 45 degrees, then rounded. */
export function stroke(corners: Polyline, cut = CUT): Point[] {
  const chamfered = eachCorner(simplify(corners), (before, at, after) => {
    const reach = Math.min(cut, distance(before, at) / 2, distance(at, after) / 2);
    return [towards(at, before, reach), towards(at, after, reach)];
  });
  return eachCorner(simplify(chamfered), (before, at, after) => {
    const reach = Math.min(ROUND, distance(before, at) / 2, distance(at, after) / 2);
    const start = towards(at, before, reach);
    const end = towards(at, after, reach);
    const bend: Point[] = [];
    for (let step = 0; step <= ROUND_STEPS; step += 1) {
      const t = step / ROUND_STEPS;
      const a = (1 - t) * (1 - t);
      const b = 2 * t * (1 - t);
      const c = t * t;
      bend.push({ x: a * start.x + b * at.x + c * end.x, y: a * start.y + b * at.y + c * end.y });
    }
    return bend;
  });
}

export function lengthOf(line: Polyline): number {
  let length = 0;
  for (let index = 1; index < line.length; index += 1) {
    const a = line[index - 1];
    const b = line[index];
    if (a !== undefined && b !== undefined) length += distance(a, b);
  }
  return length;
}

/** The part of a polyline from its start as far as `length`. */
export function upTo(line: Polyline, length: number): Point[] {
  const part: Point[] = [];
  let left = length;
  for (const point of line) {
    const last = part[part.length - 1];
    if (last === undefined) {
      part.push(point);
      continue;
    }
    const step = distance(last, point);
    if (step >= left) {
      part.push(towards(last, point, left));
      return part;
    }
    part.push(point);
    left -= step;
  }
  return part;
}

/** Where one is after `length` on a polyline, and which way one looks, in degrees from the x axis. */
export function pose(line: Polyline, length: number): { at: Point; angle: number } {
  const part = upTo(line, Math.max(length, 0.1));
  const at = part[part.length - 1] ?? { x: 0, y: 0 };
  let from = at;
  for (let index = part.length - 2; index >= 0; index -= 1) {
    from = part[index] ?? from;
    if (distance(from, at) > 4) break;
  }
  const angle = (Math.atan2(at.y - from.y, at.x - from.x) * 180) / Math.PI;
  return { at, angle };
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** The `d` attribute of a polyline. */
export function pathData(line: Polyline): string {
  return line.map((point, index) => `${index === 0 ? "M" : "L"}${short(point.x)} ${short(point.y)}`).join("");
}
