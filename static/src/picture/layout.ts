// Where everything stands: a pure function from a view to positions in map units.
// Columns are Services in the order of the calls, rows are nodes. Row heights come first (they depend on what stands where),
// then corridors, then channels (which need heights), then everything's x.

import type { NodeView, Picture, PodView, PolicyView, ServiceView, View } from "../dto.ts";
import { type Cell, type Column, type Placed, columnsOf } from "./columns.ts";
import { type Point, stroke } from "./geometry.ts";
import { type Density, type Metrics, metricsFor, ROUNDEL } from "./metrics.ts";
import { blockOf, type Row, rowsOf } from "./rows.ts";
import { lineColors, namespacesOf, type Unit, unitsOf } from "./units.ts";
import { Channels, cornersBetween, Corridors, type Exit, type Grid, type Line, type Stop } from "./wiring.ts";

export interface Options {
  readonly compact: boolean;
  readonly density: Density;
  /** How many Services of one rank may share a column. */
  readonly stack: number;
}

/** A node's row; `node` is absent on the row of pods that are not scheduled. */
export interface Band {
  readonly id: string;
  readonly node: NodeView | null;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The columns of one namespace. */
export interface Space {
  readonly namespace: string;
  readonly x: number;
  readonly width: number;
  readonly y: number;
}

export interface Capsule {
  readonly service: ServiceView;
  readonly color: number;
  /** Middle of the capsule and of its roundel. */
  readonly x: number;
  readonly roundel: number;
  readonly top: number;
  readonly bottom: number;
  /** How wide its name may be. */
  readonly room: number;
  readonly channel: number;
}

export interface Station {
  readonly pod: PodView;
  /** Colour of its first Service's line; absent behind no Service. */
  readonly color: number | null;
  readonly density: Density;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Channel to its right. */
  readonly channel: number;
  readonly row: number;
  /** Ids of the policies that isolate it, by direction. */
  readonly ingress: readonly PolicyView[];
  readonly egress: readonly PolicyView[];
}

/** Pods that share one mark because there are too many. */
export interface Folded {
  readonly workload: string;
  readonly count: number;
  readonly at: Point;
}

/** A faint stroke: a call, an entry from outside, or the branch from a capsule to a pod. */
export interface Wire {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly color: number | null;
  readonly points: readonly Point[];
}

export interface Layout {
  readonly metrics: Metrics;
  readonly width: number;
  readonly height: number;
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
}

export const OUTSIDE = "Outside";
const UNSCHEDULED = "unscheduled";
/** Space above the first corridor: the enquiry desk. */
const HEAD = 40;
const SPACE_LABEL = 28;
const PAD = 14;

/** A Service that answers from outside: of a load balancer, on a node port or an external address. */
export function isEntry(service: ServiceView): boolean {
  return (
    service.external_ips.length > 0 || service.service_type === "LoadBalancer" || service.service_type === "NodePort"
  );
}

interface Plan {
  readonly units: readonly Unit[];
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly metrics: Metrics;
}

interface Home {
  readonly column: number;
  readonly placed: Placed;
  readonly lane: number;
  readonly index: number;
}

interface Berth {
  readonly column: number;
  readonly cell: Cell;
  readonly x: number;
  readonly rel: number;
  readonly density: Density;
  readonly width: number;
  readonly height: number;
}

/** The range of heights that a unit's capsules cover, by row and height within it. */
interface Reach {
  readonly first: { row: number; rel: number };
  readonly last: { row: number; rel: number };
}

function before(a: { row: number; rel: number }, b: { row: number; rel: number }): boolean {
  return a.row < b.row || (a.row === b.row && a.rel < b.rel);
}

/** Finds a Service's, workload's or pod's place by id before anything has coordinates. */
class Places {
  readonly homes = new Map<string, Home>();
  readonly berths = new Map<string, Berth>();
  readonly folds: { workload: string; count: number; column: number; row: number; rel: number }[] = [];
  readonly #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
    plan.columns.forEach((column, index) => {
      for (const placed of column.placed) this.#add(placed, index);
    });
  }

  #add(placed: Placed, column: number): void {
    const { services } = placed.unit;
    services.forEach((service, index) => {
      this.homes.set(service.id, { column, placed, lane: placed.lane + services.length - 1 - index, index });
    });
    for (const cell of placed.cells) {
      const block = blockOf(cell, this.#plan.metrics);
      const top = this.top(cell);
      for (const spot of block.spots) {
        const { x, width, height, density } = spot;
        this.berths.set(spot.pod.id, { column, cell, x, rel: top + spot.y, density, width, height });
      }
      const [first] = block.folded;
      if (first !== undefined) {
        const rel = top + block.height - 6;
        this.folds.push({ workload: first.workload, count: block.folded.length, column, row: cell.row, rel });
      }
    }
  }

  top(cell: Cell): number {
    return this.#plan.rows[cell.row]?.tops[cell.level] ?? 0;
  }

  /** Height of a roundel's middle, from the top of its row. */
  roundel(home: Home): { row: number; rel: number } {
    const [cell] = home.placed.cells;
    if (cell === undefined) return { row: 0, rel: 0 };
    const { header } = this.#plan.metrics;
    const count = home.placed.unit.services.length;
    return { row: cell.row, rel: this.top(cell) - header * (count - home.index) + header / 2 - 2 };
  }

  reach(placed: Placed): Reach {
    const first = placed.cells[0] ?? { row: 0, level: 0, pods: [], header: false };
    const last = placed.cells[placed.cells.length - 1] ?? first;
    const { metrics } = this.#plan;
    const one = Math.min(blockOf(first, metrics).height, metrics.podHeight) / 2;
    const half = Math.min(one, 15);
    const end = blockOf(last, metrics);
    const lastOne = Math.min(end.height, metrics.podHeight) / 2;
    return {
      first: { row: first.row, rel: this.top(first) + one - half },
      last: { row: last.row, rel: this.top(last) + end.height - lastOne + half },
    };
  }

  /** Whether a height lies within a unit's capsules and no other capsule stands in front of them. */
  reaches(home: Home, at: { row: number; rel: number }): boolean {
    const column = this.#plan.columns[home.column];
    const covers = (placed: Placed): boolean => {
      const { first, last } = this.reach(placed);
      return placed.unit.services.length > 0 && before(first, at) && before(at, last);
    };
    if (column === undefined || home.placed.unit.pods.length === 0 || !covers(home.placed)) return false;
    return !column.placed.some((other) => {
      const outer = other.lane + other.unit.services.length - 1;
      return outer > home.lane && covers(other);
    });
  }
}

/** The lines of a map: what is called, by whom. */
function linesOf(picture: Picture, plan: Plan, places: Places, outside: Exit): Line[] {
  const callers = new Map<string, Set<string>>();
  const call = (from: string, to: string): void => {
    const known = callers.get(to);
    if (known === undefined) callers.set(to, new Set([from]));
    else known.add(from);
  };
  for (const service of picture.services) if (isEntry(service)) call(OUTSIDE, service.id);
  for (const { from, to } of picture.calls) if (to !== null) call(from, to);

  const pods = plan.units.flatMap((unit) => unit.pods);
  const exitsOf = (workload: string): Exit[] => {
    if (workload === OUTSIDE) return [outside];
    return pods
      .filter((pod) => pod.workload === workload)
      .flatMap((pod) => {
        const berth = places.berths.get(pod.id);
        if (berth === undefined) return [];
        return [{ key: pod.id, channel: berth.column + 1, row: berth.cell.row, rel: berth.rel + berth.height / 2 }];
      });
  };

  const lines: Line[] = [];
  for (const [to, from] of callers) {
    const exits = [...from].flatMap(exitsOf);
    const home = places.homes.get(to);
    const berth = places.berths.get(pods.find((pod) => pod.workload === to)?.id ?? "");
    if (home !== undefined) {
      const straight = (exit: Exit): boolean => exit.channel === home.column && places.reaches(home, exit);
      lines.push({ key: to, channel: home.column, ...places.roundel(home), exits, straight });
    } else if (berth !== undefined) {
      const rel = berth.rel + berth.height / 2;
      const straight = (exit: Exit): boolean => exit.channel === berth.column && exit.row === berth.cell.row && exit.rel === rel;
      lines.push({ key: to, channel: berth.column, row: berth.cell.row, rel, exits, straight });
    }
  }
  return lines;
}

/** The height at which the outside stands: that of a pod of the middle of what is entered first, so that its line is straight. */
function outsideExit(plan: Plan, places: Places): Exit {
  const entries = [...places.homes.values()].filter(
    (home) => home.column === 0 && home.placed.unit.services.some(isEntry) && home.placed.unit.pods.length > 0,
  );
  const [entry] = entries;
  if (entry !== undefined) {
    const { cells } = entry.placed;
    const cell = cells[Math.floor((cells.length - 1) / 2)];
    const first = cell?.pods[0];
    const berth = first === undefined ? undefined : places.berths.get(first.id);
    if (cell !== undefined && berth !== undefined) {
      return { key: OUTSIDE, channel: 0, row: cell.row, rel: berth.rel + berth.height / 2 };
    }
  }
  const row = Math.floor((plan.rows.length - 1) / 2);
  return { key: OUTSIDE, channel: 0, row, rel: (plan.rows[row]?.height ?? 0) / 2 };
}

/** Heights at which strokes leave each pod, so that those that turn first lie outermost and none cross there. */
function portsOf(lines: readonly Line[], grid: Grid, yOf: (stop: { row: number; rel: number }) => number): Map<string, number> {
  const leaving = new Map<string, { line: Line; exit: Exit }[]>();
  for (const line of lines) {
    for (const exit of line.exits) {
      const known = leaving.get(exit.key);
      if (known === undefined) leaving.set(exit.key, [{ line, exit }]);
      else known.push({ line, exit });
    }
  }
  const ports = new Map<string, number>();
  for (const [key, ways] of leaving) {
    const order = ways.map(({ line, exit }) => {
      const far = line.channel !== exit.channel;
      const target = far ? grid.y(grid.corridor(line.key, yOf(line)), line.key) : yOf(line);
      const straight = line.straight(exit);
      const turn = straight ? 0 : Math.sign(target - yOf(exit)) || 1;
      return { key: line.key, turn, x: grid.x(exit.channel, line.key) };
    });
    order.sort((a, b) => a.turn - b.turn || (a.turn < 0 ? a.x - b.x : b.x - a.x));
    const ups = order.filter((way) => way.turn < 0).length;
    const straights = order.filter((way) => way.turn === 0).length;
    const middle = straights > 0 ? ups : (order.length - 1) / 2;
    order.forEach((way, index) => ports.set(`${key}>${way.key}`, index - middle));
  }
  return ports;
}

/** Positions of everything that a view shows. */
export function layoutOf(view: View, options: Options): Layout {
  const { picture } = view;
  const metrics = metricsFor(options.density, options.compact);
  const units = unitsOf(picture);
  const nodeRow = new Map(picture.nodes.map((node, index) => [node.id, index]));
  const unscheduled = picture.nodes.length;
  const rowOf = (pod: PodView): number => nodeRow.get(pod.node ?? "") ?? unscheduled;
  const pending = units.some((unit) => unit.pods.some((pod) => rowOf(pod) === unscheduled));
  const count = Math.max(1, picture.nodes.length + (pending ? 1 : 0));
  const columns = columnsOf(units, count, options.stack, rowOf);
  const rows = rowsOf(columns, count, metrics);
  const plan: Plan = { units, columns, rows, metrics };
  const places = new Places(plan);

  const outside = outsideExit(plan, places);
  const lines = linesOf(picture, plan, places, outside);
  const corridors = new Corridors(lines, rows.map((row) => row.height));
  const namespaces = namespacesOf(units);
  const head = HEAD + (namespaces.length > 1 ? SPACE_LABEL : 0);
  const rowTop: number[] = [];
  const corridorTop: number[] = [];
  let y = head;
  rows.forEach((row, index) => {
    corridorTop.push(y);
    y += corridors.height(index, metrics);
    rowTop.push(y);
    y += row.height;
  });
  corridorTop.push(y);
  const height = y + corridors.height(count, metrics) + PAD;
  const yOf = (stop: { row: number; rel: number }): number => (rowTop[stop.row] ?? 0) + stop.rel;
  const corridorY = (corridor: number, key: string | null): number =>
    (corridorTop[corridor] ?? 0) + corridors.offset(corridor, key, metrics);

  const channels = new Channels(lines, columns.length + 1, corridors, yOf, corridorY);
  const channelLeft: number[] = [];
  const podsLeft: number[] = [];
  let x = metrics.margin;
  columns.forEach((column, index) => {
    channelLeft.push(x);
    x += channels.width(index, metrics);
    if (column.lanes > 0) x += ROUNDEL + (column.lanes - 1) * metrics.lane + metrics.branch;
    else x += 10;
    podsLeft.push(x);
    x += metrics.podWidth;
  });
  channelLeft.push(x);
  x += channels.width(columns.length, metrics);
  const bandRight = Math.max(x, metrics.margin + (options.compact ? 260 : 420));
  const width = bandRight + PAD;
  const grid: Grid = {
    x: (channel, key) => (channelLeft[channel] ?? 0) + channels.offset(channel, key, metrics),
    y: corridorY,
    corridor: (key, near) => {
      const own = key === null ? undefined : corridors.of(key);
      if (own !== undefined) return own;
      let best = 0;
      corridorTop.forEach((top, index) => {
        if (Math.abs(top - near) < Math.abs((corridorTop[best] ?? 0) - near)) best = index;
      });
      return best;
    },
  };

  const colors = lineColors(picture);
  const capsules = new Map<string, Capsule>();
  for (const [id, home] of places.homes) {
    const service = home.placed.unit.services[home.index];
    if (service === undefined) continue;
    const left = podsLeft[home.column] ?? 0;
    const middle = left - metrics.branch - home.lane * metrics.lane;
    const { first, last } = places.reach(home.placed);
    capsules.set(id, {
      service,
      color: colors.get(id) ?? 0,
      x: middle,
      roundel: yOf(places.roundel(home)),
      top: yOf(first),
      bottom: yOf(last),
      room: left + metrics.podWidth - middle - ROUNDEL - 5,
      channel: home.column,
    });
  }

  const stations = new Map<string, Station>();
  const isolating = (direction: "ingress" | "egress", pod: string): PolicyView[] =>
    picture.policies.filter((policy) => policy[direction] && policy.pods.includes(pod));
  const branches: Wire[] = [];
  const folds: Folded[] = places.folds.map((fold) => ({
    workload: fold.workload,
    count: fold.count,
    at: { x: podsLeft[fold.column] ?? 0, y: yOf(fold) },
  }));
  for (const unit of units) {
    for (const pod of unit.pods) {
      const berth = places.berths.get(pod.id);
      if (berth === undefined) continue;
      const services = unit.services.filter((service) => service.pods.includes(pod.id));
      const [first] = services;
      const station: Station = {
        pod,
        color: first === undefined ? null : (colors.get(first.id) ?? 0),
        density: berth.density,
        x: (podsLeft[berth.column] ?? 0) + berth.x,
        y: yOf({ row: berth.cell.row, rel: berth.rel }),
        width: berth.width,
        height: berth.height,
        channel: berth.column + 1,
        row: berth.cell.row,
        ingress: isolating("ingress", pod.id),
        egress: isolating("egress", pod.id),
      };
      stations.set(pod.id, station);
      for (const service of services) {
        const capsule = capsules.get(service.id);
        if (capsule === undefined) continue;
        const middle = station.y + station.height / 2;
        branches.push({
          id: `${service.id}>${pod.id}`,
          from: service.id,
          to: pod.id,
          color: capsule.color,
          points: [{ x: capsule.x, y: middle }, { x: station.x, y: middle }],
        });
      }
    }
  }

  const outsideAt: Point = { x: metrics.margin / 2 - 2, y: yOf(outside) };
  const ports = portsOf(lines, grid, yOf);
  const calls: Wire[] = [];
  for (const line of lines) {
    const capsule = capsules.get(line.key);
    for (const exit of line.exits) {
      const station = stations.get(exit.key);
      const spread = (ports.get(`${exit.key}>${line.key}`) ?? 0) * metrics.pitch;
      const limit = station === undefined ? 12 : station.height / 2 - 5;
      const at: Point =
        station === undefined
          ? { x: outsideAt.x, y: outsideAt.y + Math.max(-limit, Math.min(limit, spread)) }
          : { x: station.x + station.width, y: yOf(exit) + Math.max(-limit, Math.min(limit, spread)) };
      const target: Point =
        capsule === undefined ? { x: podsLeft[line.channel] ?? 0, y: yOf(line) } : { x: capsule.x, y: capsule.roundel };
      const corners = line.straight(exit)
        ? [at, { x: target.x, y: at.y }]
        : cornersBetween({ at, channel: exit.channel }, { at: target, channel: line.channel }, line.key, grid);
      calls.push({
        id: `${exit.key}>${line.key}`,
        from: exit.key,
        to: line.key,
        color: capsule?.color ?? null,
        points: stroke(corners),
      });
    }
  }

  const bands: Band[] = rows.map((row, index) => ({
    id: picture.nodes[index]?.id ?? UNSCHEDULED,
    node: picture.nodes[index] ?? null,
    x: metrics.margin,
    y: rowTop[index] ?? 0,
    width: bandRight - metrics.margin,
    height: row.height,
  }));
  const spaces: Space[] = namespaces.length < 2 ? [] : namespaces.map((namespace) => {
    const own = columns.flatMap((column, index) => (column.namespace === namespace ? [index] : []));
    const first = Math.min(...own);
    const last = Math.max(...own);
    const left = (channelLeft[first] ?? 0) + channels.width(first, metrics) - 4;
    const right = (podsLeft[last] ?? 0) + metrics.podWidth;
    return { namespace, x: left, width: right - left, y: HEAD };
  });

  return {
    metrics,
    width,
    height,
    bands,
    spaces,
    capsules,
    stations,
    folds,
    branches,
    calls,
    outside: outsideAt,
    desk: { x: bandRight - (options.compact ? 78 : 92), y: 22 },
    grid,
  };
}

export type { Stop };
