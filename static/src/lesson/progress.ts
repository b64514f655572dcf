// Which lessons are done, and the text a learner left in each; kept in this browser.

import type { SourceFile } from "../dto.ts";
import { recall, remember } from "../storage.ts";

/** Slugs of the lessons that are done. */
export function lessonsDone(): Set<string> {
  const kept = recall<unknown>("done");
  return new Set(Array.isArray(kept) ? kept.filter((slug) => typeof slug === "string") : []);
}

export function markDone(slug: string): void {
  remember("done", [...lessonsDone().add(slug)]);
}

/** The text that was left in a lesson. */
export function keptText(slug: string): SourceFile[] | null {
  const kept = recall<SourceFile[]>(`lesson.${slug}`);
  return Array.isArray(kept) && kept.length > 0 ? kept : null;
}

/** Keeps the text; `null` forgets it. */
export function keepText(slug: string, files: readonly SourceFile[] | null): void {
  remember(`lesson.${slug}`, files);
}
