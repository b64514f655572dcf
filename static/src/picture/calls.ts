// Who calls what, as lines over the map: the calls that manifests name, and the way in from outside to each Service that
// answers there.

import type { Picture } from "../dto.ts";
import type { Height, Places, Plan } from "./places.ts";
import { isEntry } from "./units.ts";
import type { Exit, Grid, Line } from "./wiring.ts";

/** Kind, and first part of the id, of what lies outside the cluster. */
export const OUTSIDE = "Outside";

/** The height at which the outside stands: that of a pod in the middle of what is entered first, so that its line is straight. */
export function outsideExit(plan: Plan, places: Places): Exit {
  const entries = [...places.homes.values()].filter(
    ({ placed, index }) => placed.unit.pods.length > 0 && placed.unit.services.some((service, at) => at === index && isEntry(service)),
  );
  const [entry] = entries.sort((a, b) => a.column - b.column);
  const cells = entry?.placed.cells ?? [];
  const cell = cells[Math.floor((cells.length - 1) / 2)];
  const berth = places.berths.get(cell?.pods[0]?.id ?? "");
  if (berth !== undefined) return { key: OUTSIDE, channel: 0, back: false, ...places.middle(berth) };
  const row = Math.max(0, Math.floor((plan.rows.length - 1) / 2));
  return { key: OUTSIDE, channel: 0, back: false, row, rel: (plan.rows[row]?.height ?? 0) / 2 };
}

/** The lines of a picture. */
export function linesOf(picture: Picture, plan: Plan, places: Places, outside: Exit): Line[] {
  const callers = new Map<string, Set<string>>();
  const call = (from: string, to: string): void => {
    const known = callers.get(to);
    if (known === undefined) callers.set(to, new Set([from]));
    else known.add(from);
  };
  for (const service of picture.services) if (isEntry(service)) call(OUTSIDE, service.id);
  for (const { from, to } of picture.calls) if (to !== null) call(from, to);

  const exits = new Map<string, Exit[]>([[OUTSIDE, [outside]]]);
  const firstPod = new Map<string, string>();
  for (const pod of plan.units.flatMap((unit) => unit.pods)) {
    const berth = places.berths.get(pod.id);
    if (berth === undefined) continue;
    const exit = { key: pod.id, channel: berth.column + (berth.back ? 0 : 1), back: berth.back, ...places.middle(berth) };
    const known = exits.get(pod.workload);
    if (known === undefined) exits.set(pod.workload, [exit]);
    else known.push(exit);
    if (!firstPod.has(pod.workload)) firstPod.set(pod.workload, pod.id);
  }

  return [...callers].flatMap(([to, from]): Line[] => {
    const calling = [...from].flatMap((workload) => exits.get(workload) ?? []);
    const home = places.homes.get(to);
    const berth = places.berths.get(firstPod.get(to) ?? "");
    if (home !== undefined) {
      const straights = new Set(calling.filter((exit) => !exit.back && places.straight(home, exit.channel, exit)));
      const straight = (exit: Exit): boolean => straights.has(exit);
      return [{ key: to, channel: home.column, ...places.roundel(home), exits: calling, straight }];
    }
    if (berth === undefined) return [];
    const at = places.middle(berth);
    const straight = (exit: Exit): boolean => !exit.back && exit.channel === berth.column && exit.row === at.row && exit.rel === at.rel;
    return [{ key: to, channel: berth.column, ...at, exits: calling, straight }];
  });
}

/** Where each stroke leaves its pod, in steps up or down from the pod's middle, by `pod>line`: those that turn first lie
 * outermost, so that none cross there, and a straight one stays in the middle. */
export function portsOf(lines: readonly Line[], grid: Grid, yOf: (at: Height) => number): Map<string, number> {
  const leaving = new Map<string, { key: string; turn: number; x: number }[]>();
  for (const line of lines) {
    for (const exit of line.exits) {
      const far = line.channel !== exit.channel;
      const target = far ? grid.y(grid.corridor(line.key, yOf(exit), yOf(line)), line.key) : yOf(line);
      const turn = line.straight(exit) ? 0 : Math.sign(target - yOf(exit)) || 1;
      const way = { key: line.key, turn, x: grid.x(exit.channel, line.key) };
      const known = leaving.get(exit.key);
      if (known === undefined) leaving.set(exit.key, [way]);
      else known.push(way);
    }
  }
  const ports = new Map<string, number>();
  for (const [key, ways] of leaving) {
    ways.sort((a, b) => a.turn - b.turn || (a.turn < 0 ? a.x - b.x : b.x - a.x));
    const ups = ways.filter((way) => way.turn < 0).length;
    const middle = ways.some((way) => way.turn === 0) ? ups : (ways.length - 1) / 2;
    ways.forEach((way, index) => ports.set(`${key}>${way.key}`, index - middle));
  }
  return ports;
}
