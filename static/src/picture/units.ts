// What stands together on the map: Services that share pods, with those pods; or the pods of a workload behind no Service.
// The cluster's own Services and pods (kube-dns, CoreDNS) are not units: they are the enquiry desk.

import type { Picture, PodView, ServiceView } from "../dto.ts";

export interface Unit {
  /** Object id of its first Service, or of its workload. */
  readonly key: string;
  readonly namespace: string;
  /** Place in the order of the calls; halves lie before the rank they are nearest to. */
  readonly rank: number;
  readonly services: readonly ServiceView[];
  readonly pods: readonly PodView[];
}

/** How many colours there are before they repeat. */
const COLORS = 8;

/** What a line is drawn with: a colour, and where all colours are taken a second look of it. */
export interface LineColor {
  /** 0 to 7: the class `line-0` to `line-7`. */
  readonly hue: number;
  /** A line of the second set is striped. */
  readonly striped: boolean;
}

/** The colour (0 to 7) of each Service's line, by object id: what everything else that draws lines must use too. */
export function lineColors(picture: Picture): Map<string, number> {
  return new Map([...lineLooks(picture)].map(([id, look]) => [id, look.hue]));
}

/** How the line of each Service looks, by object id. */
export function lineLooks(picture: Picture): Map<string, LineColor> {
  const own = picture.services.filter((service) => !service.system);
  return new Map(
    own.map((service, index) => [service.id, { hue: index % COLORS, striped: Math.floor(index / COLORS) % 2 === 1 }]),
  );
}

/** A Service that answers from outside: of a load balancer, on a node port or an external address. */
export function isEntry(service: ServiceView): boolean {
  const { service_type: type, external_ips: external } = service;
  return external.length > 0 || type === "LoadBalancer" || type === "NodePort";
}

/** Groups Services that share a pod: the root of each Service, by its position in the list. */
function shared(services: readonly ServiceView[]): number[] {
  const root = services.map((_, index) => index);
  const find = (index: number): number => {
    const above = root[index] ?? index;
    return above === index ? index : find(above);
  };
  const firstWith = new Map<string, number>();
  services.forEach((service, index) => {
    for (const pod of service.pods) {
      const other = firstWith.get(pod);
      if (other === undefined) firstWith.set(pod, index);
      else root[find(index)] = find(other);
    }
  });
  return services.map((_, index) => find(index));
}

/** The units of a picture in drawing order: by namespace, then rank, then as given. */
export function unitsOf(picture: Picture): Unit[] {
  const services = picture.services.filter((service) => !service.system);
  const pods = picture.pods.filter((pod) => !pod.system);
  const byId = new Map(pods.map((pod) => [pod.id, pod]));
  const roots = shared(services);
  const units: Unit[] = [];

  services.forEach((first, index) => {
    if (roots[index] !== index) return;
    // What is entered from outside stands outermost, so that its line runs straight in.
    const members = services
      .filter((_, other) => roots[other] === index)
      .sort((a, b) => Number(isEntry(b)) - Number(isEntry(a)));
    const ids = new Set(members.flatMap((service) => service.pods));
    units.push({
      key: first.id,
      namespace: first.namespace,
      rank: Math.min(...members.map((service) => service.rank)),
      services: members,
      pods: pods.filter((pod) => ids.has(pod.id)),
    });
  });

  const served = new Set(units.flatMap((unit) => unit.pods.map((pod) => pod.id)));
  const bare = new Map<string, PodView[]>();
  for (const pod of pods) {
    if (served.has(pod.id) || !byId.has(pod.id)) continue;
    const siblings = bare.get(pod.workload);
    if (siblings === undefined) bare.set(pod.workload, [pod]);
    else siblings.push(pod);
  }
  const rankOf = new Map(units.flatMap((unit) => unit.services.map((service) => [service.id, unit.rank] as const)));
  const called = new Set(picture.calls.map((call) => call.to));
  for (const [workload, siblings] of bare) {
    const [first] = siblings;
    if (first === undefined) continue;
    // A client that nobody calls stands by what it calls first.
    const targets = picture.calls
      .filter((call) => call.from === workload && call.to !== null)
      .map((call) => rankOf.get(call.to ?? "") ?? Infinity);
    const nearest = Math.min(Infinity, ...targets);
    const rank = !called.has(workload) && nearest < Infinity ? nearest - 0.5 : first.rank;
    units.push({ key: workload, namespace: first.namespace, rank, services: [], pods: siblings });
  }

  const spaces = namespacesOf(units);
  return units
    .map((unit, index) => ({ unit, index }))
    .sort((a, b) => {
      const space = spaces.indexOf(a.unit.namespace) - spaces.indexOf(b.unit.namespace);
      return space || a.unit.rank - b.unit.rank || a.index - b.index;
    })
    .map(({ unit }) => unit);
}

/** The namespaces of some units, the one that is entered first leading. */
export function namespacesOf(units: readonly Unit[]): string[] {
  const first = new Map<string, number>();
  for (const unit of units) {
    first.set(unit.namespace, Math.min(unit.rank, first.get(unit.namespace) ?? Infinity));
  }
  return [...first].sort((a, b) => a[1] - b[1]).map(([namespace]) => namespace);
}
