// What a lesson's page hands over in its JSON block and its figures' attributes; the server writes both.

import type { Peer, SourceFile } from "../dto.ts";

/** The request that stands in the bar at the start. */
export interface LessonAsk {
  from: Peer;
  url: string;
  method: string;
}

/** The JSON block `#lesson`. */
export interface LessonData {
  slug: string;
  files: SourceFile[];
  solution: SourceFile[];
  goals: { id: string; say: string }[];
  ask: LessonAsk | null;
}

/** The attribute `data-figure` of a what-if figure. */
export interface FigureData {
  title: string;
  manifests: string;
  ask: LessonAsk;
  try: { label: string; replace: string; with: string }[];
}

/** The object id of a sender, as the simulator names it. */
export function idOf({ ip, node, pod, workload = "", namespace = "default" }: Peer): string {
  if (ip !== undefined) return `Outside/${ip}`;
  if (node !== undefined) return `Node/${node}`;
  if (pod !== undefined) return `Pod/${namespace}/${pod}`;
  const [kind = "", name = ""] = workload.split("/");
  return `${kind}/${namespace}/${name}`;
}
