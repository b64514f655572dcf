// How much of a cluster is drawn: a map of thousands of pods would hold up the page and nobody could read it. What is left
// out stays in the cluster, and requests reach it; the picture says so.

import type { View } from "../dto.ts";

/** Services that are drawn at most. */
const SERVICES = 200;
/** Pods that are drawn at most. */
const PODS = 1200;

export interface Cropped {
  readonly view: View;
  /** What is not drawn, in words; empty where all is. */
  readonly note: string;
}

/** The part of a view that is drawn: the Services nearest to where requests enter with their pods, then pods behind none. */
export function cropped(view: View, most = { services: SERVICES, pods: PODS }): Cropped {
  const { services, pods } = view.picture;
  if (services.length <= most.services && pods.length <= most.pods) return { view, note: "" };
  const nearest = [...services].sort((a, b) => Number(b.system) - Number(a.system) || a.rank - b.rank).slice(0, most.services);
  const kept = new Set(nearest);
  const shown = new Set(nearest.flatMap((service) => service.pods));
  const hidden = new Set(services.filter((service) => !kept.has(service)).flatMap((service) => service.pods));
  const left = pods.filter(({ id }) => shown.has(id) || !hidden.has(id)).slice(0, most.pods);
  const count = (part: number, whole: number): string => `${part.toLocaleString("en")} of ${whole.toLocaleString("en")}`;
  return {
    view: { ...view, picture: { ...view.picture, services: services.filter((service) => kept.has(service)), pods: left } },
    note: `The picture shows ${count(nearest.length, services.length)} Services and ${count(left.length, pods.length)} pods. Requests reach the others all the same.`,
  };
}
