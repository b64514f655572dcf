// Where in the text an object of the picture is written, and the text without it.

import { capitalized, counted } from "../dom.ts";
import { keysAt } from "../editor/keys.ts";
import type { Extent, Picture, SourceFile, TextRange, View } from "../dto.ts";

/** The range of an object of the picture by its id; `null` for what no manifest names. */
export function rangeOf(picture: Picture, id: string): TextRange | null {
  const all = [...picture.pods, ...picture.services, ...picture.policies, ...picture.nodes];
  return all.find((object) => object.id === id)?.range ?? picture.pods.find((pod) => pod.workload === id)?.range ?? null;
}

/** The id of the object whose text holds a line. */
export function objectAt(view: View, file: number, line: number): string | null {
  const within = ({ range }: Extent): boolean => range.file === file && range.line <= line && line <= lastLine(range);
  return view.extents.findLast(within)?.object ?? null;
}

/** The last line of a stretch; one that ends before the first column of a line ends on the line above. */
function lastLine({ end_line: line, end_column: column }: TextRange): number {
  return column === 1 ? line - 1 : line;
}

/** Files with the text of some objects emptied; the other lines keep their numbers. */
export function withoutObjects(view: View, files: readonly SourceFile[], ids: readonly string[]): SourceFile[] {
  return files.map(({ name, text }, index) => {
    const lines = text.split("\n");
    for (const { object, range } of view.extents) {
      if (range.file === index && ids.includes(object)) lines.fill("", range.line - 1, lastLine(range));
    }
    return { name, text: lines.join("\n") };
  });
}

/** What a selector in the text selects. */
export interface Selected {
  /** Object id of whose selector it is. */
  readonly owner: string;
  readonly pods: readonly string[];
}

/** What the selector on a line selects: that of a Service, of a policy as a whole, or of a workload; `null` where there is no selector. */
export function selectedAt(view: View, text: string, file: number, line: number): Selected | null {
  const id = objectAt(view, file, line);
  const from = view.extents.find(({ object }) => object === id)?.range.line;
  if (id === null || from === undefined) return null;
  const [spec, key] = keysAt(text.split("\n"), line, from);
  const { services, policies, pods } = view.picture;
  if (spec !== "spec" || (key !== "selector" && key !== "podSelector")) return null;
  const owner = [...services, ...policies].find((object) => object.id === id);
  return { owner: id, pods: owner?.pods ?? pods.filter(({ workload }) => workload === id).map((pod) => pod.id) };
}

/** How many pods are named before the rest is counted. */
const NAMED = 3;

/** The same in words: which pods, or what the finding about it says, near misses included. */
export function selectionWords({ diagnostics, picture }: View, { owner, pods }: Selected): string {
  const missed = diagnostics.find(({ object, field }) => object === owner && /elector/.test(field ?? ""));
  if (pods.length === 0) return capitalized(missed?.message ?? "selects no pod");
  const names = new Map(picture.pods.map(({ id, name }) => [id, name]));
  const named = pods.slice(0, NAMED).map((id) => names.get(id) ?? id);
  const more = pods.length > NAMED ? ` and ${pods.length - NAMED} more` : "";
  return `Selects ${counted(pods.length, "pod")}: ${named.join(", ")}${more}`;
}
