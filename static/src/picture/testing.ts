// A short way to write clusters and traces for the tests of the picture.

import type { CallView, Hop, HopKind, PodView, PolicyView, ServiceView, View } from "../dto.ts";

/** A workload with the Services in front of it. */
export interface App {
  readonly name: string;
  readonly namespace?: string;
  /** The node of each pod: `node-1`; `null` while Pending. */
  readonly on: readonly (string | null)[];
  readonly rank?: number;
  /** Names of its Services; one of its own name where absent. */
  readonly services?: readonly string[];
  readonly type?: string;
  /** Names of the Services it calls, `api` or `namespace/api`. */
  readonly calls?: readonly string[];
  /** Names of policies that isolate it, for what comes in. */
  readonly policies?: readonly string[];
}

function podOf(app: App, namespace: string, node: string | null, index: number): PodView {
  const name = `${app.name}-${index}`;
  return {
    id: `Pod/${namespace}/${name}`,
    namespace,
    name,
    app: app.name,
    suffix: String(index),
    workload: `Deployment/${namespace}/${app.name}`,
    node: node === null ? null : `Node/${node}`,
    ip: node === null ? null : `10.244.${node.slice(-1)}.${app.name.length * 16 + index}`,
    status: node === null ? "Pending" : "Running",
    ready: node !== null,
    why: "",
    containers: [],
    system: false,
    rank: app.rank ?? 0,
    range: null,
  };
}

/** A view of some workloads on `node-1` to `node-3`. */
export function viewOf(apps: readonly App[]): View {
  const pods: PodView[] = [];
  const services: ServiceView[] = [];
  const calls: CallView[] = [];
  const policies: PolicyView[] = [];
  for (const app of apps) {
    const namespace = app.namespace ?? "shop";
    const own = app.on.map((node, index) => podOf(app, namespace, node, index));
    const ids = own.map((pod) => pod.id);
    pods.push(...own);
    for (const name of app.services ?? [app.name]) {
      services.push({
        id: `Service/${namespace}/${name}`,
        namespace,
        name,
        service_type: app.type ?? "ClusterIP",
        mark: name.slice(0, 1).toUpperCase(),
        cluster_ips: [`10.96.0.${services.length + 11}`],
        external_ips: [],
        ports: ["80 → 8080/TCP"],
        pods: ids,
        rank: app.rank ?? 0,
        system: false,
        range: null,
      });
    }
    for (const text of app.calls ?? []) {
      const to = `Service/${text.includes("/") ? text : `${namespace}/${text}`}`;
      calls.push({ from: `Deployment/${namespace}/${app.name}`, to, text, range: null });
    }
    for (const name of app.policies ?? []) {
      policies.push({ id: `NetworkPolicy/${namespace}/${name}`, namespace, name, ingress: true, egress: false, pods: ids, range: null });
    }
  }
  const nodes = [1, 2, 3].map((index) => ({
    id: `Node/node-${index}`,
    name: `node-${index}`,
    address: `192.168.0.1${index}`,
    pod_cidr: `10.244.${index}.0/24`,
    zone: null,
    range: null,
  }));
  const picture = { nodes, services, pods, calls, policies };
  return {
    kubernetes: "1.37",
    objects: pods.length,
    extents: [],
    diagnostics: [],
    picture,
    peers: [],
    suggestions: [],
    now_ms: 0,
    next_ms: null,
    pods: [],
    events: [],
  };
}

/** Twelve Services with forty pods that call each other forwards and back. */
export function crowdedView(): View {
  let turn = 0;
  const on = (count: number): string[] => Array.from({ length: count }, () => `node-${(turn++ % 3) + 1}`);
  return viewOf([
    { name: "gateway", on: on(3), type: "LoadBalancer", calls: ["web", "admin", "api"] },
    { name: "web", on: on(4), rank: 1, calls: ["api", "catalog", "search", "session"] },
    { name: "admin", on: on(2), rank: 1, calls: ["api", "billing"] },
    { name: "api", on: on(6), rank: 2, calls: ["orders", "users", "catalog", "events"] },
    { name: "catalog", on: on(4), rank: 2, calls: ["postgres", "search"] },
    { name: "search", on: on(3), rank: 2 },
    { name: "session", on: on(2), rank: 2 },
    { name: "orders", on: [...on(4), null], rank: 3, calls: ["postgres", "events", "billing"] },
    { name: "users", on: on(3), rank: 3, calls: ["postgres", "session"] },
    { name: "billing", on: on(3), rank: 3, calls: ["gateway", "postgres"] },
    { name: "events", on: on(3), rank: 4 },
    { name: "postgres", on: on(2), rank: 4, policies: ["postgres-allow"] },
  ]);
}

/** Hops of a trace from what matters of each; a `client` begins an exchange. */
export function hopsOf(list: readonly (Partial<Hop> & { kind: HopKind; actor: string })[]): Hop[] {
  let exchange = 0;
  return list.map((given, index) => {
    if (given.kind === "client") exchange = index;
    const rest = { title: given.actor, came_in: "", rule: "", went_out: "", lines: [], service: null, end: null, status: null };
    return { index, depth: 0, exchange, at_us: index * 100, ...rest, ...given };
  });
}
