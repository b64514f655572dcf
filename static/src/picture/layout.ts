// Where everything stands: a pure function from a view to positions in map units.
// Columns are Services in the order of the calls, rows are nodes; the outside is at the left, the cluster's DNS at the top right.

import type { NodeView, Picture, PodView, PolicyView, ServiceView, View } from "../dto.ts";
import { linesOf, OUTSIDE, outsideExit, portsOf } from "./calls.ts";
import { columnsOf, type Filling } from "./columns.ts";
import { type Frame, frameOf } from "./frame.ts";
import { type Box, type Point, type Size, stroke } from "./geometry.ts";
import { type Density, type Metrics, metricsFor, ROUNDEL } from "./metrics.ts";
import { Places, type Plan } from "./places.ts";
import { rowsOf } from "./rows.ts";
import { type LineColor, lineLooks, namespacesOf, unitsOf } from "./units.ts";
import { cornersBetween, type Exit, type Grid, type Line, type Stop } from "./wiring.ts";

export interface Options extends Filling {
  readonly compact: boolean;
  readonly density: Density;
}

/** A node's row; `node` is absent on the row of pods that are not scheduled. */
export interface Band extends Box {
  readonly id: string;
  readonly node: NodeView | null;
}

/** The columns of one namespace. */
export interface Space {
  readonly namespace: string;
  readonly x: number;
  readonly width: number;
  readonly y: number;
}

/** A Service. */
export interface Capsule {
  readonly service: ServiceView;
  readonly color: LineColor;
  /** Middle of the capsule and of its roundel. */
  readonly x: number;
  readonly roundel: number;
  readonly top: number;
  readonly bottom: number;
  /** How wide its name may be. */
  readonly room: number;
  /** Channel to its left. */
  readonly channel: number;
}

/** A pod. */
export interface Station extends Box {
  readonly pod: PodView;
  /** Of its first Service; absent behind no Service. */
  readonly color: LineColor | null;
  readonly density: Density;
  /** Channel to its right. */
  readonly channel: number;
  /** Whether it calls out of its left side. */
  readonly back: boolean;
  /** Whether a Service in front of it has the name of its app. */
  readonly named: boolean;
  /** Policies that isolate it, by direction. */
  readonly ingress: readonly PolicyView[];
  readonly egress: readonly PolicyView[];
}

/** Pods that share one mark because there are too many. */
export interface Folded {
  readonly key: string;
  readonly count: number;
  readonly at: Point;
}

/** A faint stroke: a call, a way in from outside, or the branch from a capsule to a pod. */
export interface Wire {
  /** `from>to`, where a call comes from a pod or from `OUTSIDE`. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly color: LineColor | null;
  readonly points: readonly Point[];
}

export interface Layout extends Size {
  readonly metrics: Metrics;
  readonly bands: readonly Band[];
  readonly spaces: readonly Space[];
  readonly capsules: ReadonlyMap<string, Capsule>;
  readonly stations: ReadonlyMap<string, Station>;
  readonly folds: readonly Folded[];
  readonly branches: readonly Wire[];
  readonly calls: readonly Wire[];
  readonly outside: Point;
  readonly desk: Point;
  readonly grid: Grid;
  /** Whether one reaches a Service's capsule from a stop along its own height, with nothing between. */
  straight(from: Stop, service: string): boolean;
}

const UNSCHEDULED = "unscheduled";
/** Space above the first corridor, for the DNS. */
const HEAD = 40;
const SPACE_LABEL = 28;
const PAD = 14;

function planOf(picture: Picture, options: Options): Plan {
  const units = unitsOf(picture);
  const names = units.flatMap((unit) => unit.services.map((service) => service.name));
  const metrics = metricsFor(options.density, options.compact, names);
  const nodeRow = new Map(picture.nodes.map((node, index) => [node.id, index]));
  const unscheduled = picture.nodes.length;
  const rowOf = (pod: PodView): number => nodeRow.get(pod.node ?? "") ?? unscheduled;
  const pending = units.some((unit) => unit.pods.some((pod) => rowOf(pod) === unscheduled));
  const count = picture.nodes.length + (pending ? 1 : 0);
  const columns = columnsOf(units, Math.max(1, count), options, rowOf);
  return { units, columns, rows: rowsOf(columns, count, metrics), metrics };
}

function capsulesOf(plan: Plan, places: Places, frame: Frame, colors: ReadonlyMap<string, LineColor>): Map<string, Capsule> {
  const { metrics } = plan;
  const capsules = new Map<string, Capsule>();
  for (const [id, home] of places.homes) {
    const service = home.placed.unit.services[home.index];
    const color = colors.get(id);
    if (service === undefined || color === undefined) continue;
    const left = frame.podsLeft[home.column] ?? 0;
    const x = left - metrics.branch - home.lane * metrics.lane;
    const { first, last } = places.reach(home.placed);
    capsules.set(id, {
      service,
      color,
      x,
      roundel: frame.y(places.roundel(home)),
      top: frame.y(first),
      bottom: frame.y(last),
      room: left + metrics.podWidth - x - ROUNDEL - 5,
      channel: home.column,
    });
  }
  return capsules;
}

/** The policies that isolate each pod in a direction. */
function isolating(picture: Picture, direction: "ingress" | "egress"): Map<string, PolicyView[]> {
  const result = new Map<string, PolicyView[]>();
  for (const policy of picture.policies) {
    if (!policy[direction]) continue;
    for (const pod of policy.pods) {
      const known = result.get(pod);
      if (known === undefined) result.set(pod, [policy]);
      else known.push(policy);
    }
  }
  return result;
}

function stationsOf(picture: Picture, plan: Plan, places: Places, frame: Frame, capsules: ReadonlyMap<string, Capsule>): Map<string, Station> {
  const ingress = isolating(picture, "ingress");
  const egress = isolating(picture, "egress");
  const colors = new Map<string, LineColor>();
  const apps = new Map(picture.pods.map(({ id, app }) => [id, app]));
  const named = new Set<string>();
  for (const { service, color } of capsules.values()) {
    for (const pod of service.pods) {
      if (!colors.has(pod)) colors.set(pod, color);
      if (apps.get(pod) === service.name) named.add(pod);
    }
  }
  const stations = new Map<string, Station>();
  for (const pod of plan.units.flatMap((unit) => unit.pods)) {
    const berth = places.berths.get(pod.id);
    if (berth === undefined) continue;
    const { width, height, density, back } = berth;
    stations.set(pod.id, {
      pod,
      color: colors.get(pod.id) ?? null,
      density,
      x: (frame.podsLeft[berth.column] ?? 0) + berth.x,
      y: frame.y({ row: berth.cell.row, rel: berth.rel }),
      width,
      height,
      channel: berth.column + 1,
      back,
      named: named.has(pod.id),
      ingress: ingress.get(pod.id) ?? [],
      egress: egress.get(pod.id) ?? [],
    });
  }
  return stations;
}

function branchesOf(capsules: ReadonlyMap<string, Capsule>, stations: ReadonlyMap<string, Station>): Wire[] {
  return [...capsules].flatMap(([from, { service, color, x }]) =>
    service.pods.flatMap((to): Wire[] => {
      const station = stations.get(to);
      if (station === undefined) return [];
      const y = station.y + station.height / 2;
      return [{ id: `${from}>${to}`, from, to, color, points: [{ x, y }, { x: station.x, y }] }];
    }),
  );
}

/** How far from the middle of the outside's circle its strokes may begin. */
const OUTSIDE_SPREAD = 12;

function callsOf(
  lines: readonly Line[],
  frame: Frame,
  metrics: Metrics,
  outside: Point,
  capsules: ReadonlyMap<string, Capsule>,
  stations: ReadonlyMap<string, Station>,
): Wire[] {
  const ports = portsOf(lines, frame.grid, frame.y);
  const start = (exit: Exit, line: Line): Point => {
    const station = stations.get(exit.key);
    const limit = station === undefined ? OUTSIDE_SPREAD : station.height / 2 - 5;
    const spread = (ports.get(`${exit.key}>${line.key}`) ?? 0) * metrics.pitch;
    const y = frame.y(exit) + Math.max(-limit, Math.min(limit, spread));
    return { x: station === undefined ? outside.x : station.x + (station.back ? 0 : station.width), y };
  };
  return lines.flatMap((line) => {
    const capsule = capsules.get(line.key);
    const x = capsule?.x ?? frame.podsLeft[line.channel] ?? 0;
    return line.exits.map((exit): Wire => {
      const at = start(exit, line);
      const corners = line.straight(exit)
        ? [at, { x, y: at.y }]
        : cornersBetween({ at, channel: exit.channel }, { at: { x, y: frame.y(line) }, channel: line.channel }, line.key, frame.grid);
      return { id: `${exit.key}>${line.key}`, from: exit.key, to: line.key, color: capsule?.color ?? null, points: stroke(corners) };
    });
  });
}

function spacesOf(plan: Plan, frame: Frame): Space[] {
  const namespaces = namespacesOf(plan.units);
  if (namespaces.length < 2) return [];
  return namespaces.map((namespace) => {
    const own = plan.columns.flatMap((column, index) => (column.namespace === namespace ? [index] : []));
    const left = Math.min(...own.map((index) => frame.columnLeft[index] ?? 0)) - 4;
    const right = Math.max(...own.map((index) => frame.podsLeft[index] ?? 0)) + plan.metrics.podWidth;
    return { namespace, x: left, width: right - left, y: HEAD };
  });
}

/** Positions of everything that a view shows. */
export function layoutOf(view: View, options: Options): Layout {
  const { picture } = view;
  const plan = planOf(picture, options);
  const { metrics, rows } = plan;
  const places = new Places(plan);
  const exit = outsideExit(plan, places);
  const lines = linesOf(picture, plan, places, exit);
  const top = HEAD + (namespacesOf(plan.units).length > 1 ? SPACE_LABEL : 0);
  const frame = frameOf(plan, lines, top, options.compact);
  const capsules = capsulesOf(plan, places, frame, lineLooks(picture));
  const stations = stationsOf(picture, plan, places, frame, capsules);
  const outside: Point = { x: metrics.margin / 2 - 2, y: frame.y(exit) };
  // Strokes are most of the work, and of the layouts that are tried for their size only one is drawn.
  let calls: Wire[] | null = null;
  return {
    metrics,
    width: frame.bandRight + PAD,
    height: frame.bottom + PAD,
    bands: rows.map((row, index) => ({
      id: picture.nodes[index]?.id ?? UNSCHEDULED,
      node: picture.nodes[index] ?? null,
      x: metrics.margin,
      y: frame.rowTop[index] ?? 0,
      width: frame.bandRight - metrics.margin,
      height: row.height,
    })),
    spaces: spacesOf(plan, frame),
    capsules,
    stations,
    folds: places.folds.map((fold) => ({
      key: `${fold.workload} ${fold.row}`,
      count: fold.count,
      at: { x: frame.podsLeft[fold.column] ?? 0, y: frame.y(fold) },
    })),
    branches: branchesOf(capsules, stations),
    get calls() {
      return (calls ??= callsOf(lines, frame, metrics, outside, capsules, stations));
    },
    outside,
    desk: { x: frame.bandRight - (options.compact ? 78 : 92), y: 22 },
    grid: frame.grid,
    straight: (from, service) => {
      const home = places.homes.get(service);
      const row = frame.rowTop.findLastIndex((edge) => edge <= from.at.y);
      return home !== undefined && row >= 0 && places.straight(home, from.channel, { row, rel: from.at.y - (frame.rowTop[row] ?? 0) });
    },
  };
}

export { OUTSIDE };
