// Who may reach whom, as the policies have it: workloads that run, the ports they listen on, and the answers of the
// `policy_matrix` query brought to one state for each pair.

import type { Peer, Picture, View } from "../dto.ts";
import type { Query } from "../worker/client.ts";

/** A workload with the ports that others could reach on its pods, or the outside, which has none. */
export interface Party {
  id: string;
  label: string;
  peer: Peer;
  /** Address of its first pod, for a request to it. */
  address: string | null;
  ports: Port[];
}

interface Port {
  port: number;
  protocol: string;
}

/** What the policies let through on the ports of a pair. */
export type Reach = "all" | "some" | "none" | "closed";

/** More parties than this are no matrix that anybody reads. */
const MOST = 40;

/** The `policy_matrix` query for some parties, and what is needed to read its answer. */
export interface Question {
  parties: readonly Party[];
  ports: readonly Port[];
  query: Query;
}

/** Ports that are open to others: `8080/TCP`, but not `127.0.0.1:9000/TCP`. */
function openPorts(picture: Picture, workload: string): Port[] {
  const pod = picture.pods.find((candidate) => candidate.workload === workload && candidate.ip !== null);
  const listens = pod?.containers.flatMap((container) => container.listens) ?? [];
  return listens.flatMap((text) => {
    const [, port, protocol] = /^(\d+)\/(\w+)$/.exec(text) ?? [];
    return port && protocol ? [{ port: Number(port), protocol }] : [];
  });
}

/** The question for a view; `null` where nothing runs. */
export function questionOf({ peers, picture }: View): Question | null {
  const parties: Party[] = [];
  for (const { id, label, peer } of peers) {
    if (peer.node !== undefined) continue;
    const address = picture.pods.find((pod) => (pod.workload === id || pod.id === id) && pod.ip !== null)?.ip ?? null;
    if (peer.ip === undefined && address === null) continue;
    parties.push({ id, label, peer, address, ports: openPorts(picture, id) });
  }
  const shown = parties.slice(0, MOST);
  const ports: Port[] = [];
  for (const port of shown.flatMap((party) => party.ports)) if (!ports.some((known) => same(known, port))) ports.push(port);
  if (ports.length === 0) return null;
  return { parties: shown, ports, query: { kind: "policy_matrix", peers: shown.map(({ peer }) => peer), ports } };
}

function same(a: Port, b: Port): boolean {
  return a.port === b.port && a.protocol === b.protocol;
}

/** The state of each pair, by row (from) and column (to). */
export function reachOf({ parties, ports }: Question, matrix: readonly (readonly string[])[]): Reach[][] {
  return parties.map((_, from) =>
    parties.map(({ ports: open }, to): Reach => {
      const passes = open.map((port) => matrix[from]?.[to]?.[ports.findIndex((known) => same(known, port))] === "1");
      if (passes.length === 0) return "closed";
      if (passes.every(Boolean)) return "all";
      return passes.some(Boolean) ? "some" : "none";
    }),
  );
}
