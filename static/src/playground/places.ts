// Where in the text an object of the picture is written.

import type { Picture, TextRange } from "../dto.ts";

/** The range of an object of the picture by its id; `null` for what no manifest names. */
export function rangeOf(picture: Picture, id: string): TextRange | null {
  const all = [...picture.pods, ...picture.services, ...picture.policies, ...picture.nodes];
  return all.find((object) => object.id === id)?.range ?? picture.pods.find((pod) => pod.workload === id)?.range ?? null;
}
