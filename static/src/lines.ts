// Which line of the map a Service owns: its place among the Services of the manifests, eight lines around.
// The cluster's own Services (kube-dns) own none; they are drawn in ink.

import type { ServiceView } from "./dto.ts";

/** How many lines `tokens.css` colours. */
export const LINES = 8;

/** The line of each Service, by object id. */
export function linesOf(services: readonly ServiceView[]): Map<string, number> {
  const own = services.filter((service) => !service.system);
  return new Map(own.map((service, index) => [service.id, index % LINES]));
}
