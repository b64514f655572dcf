// The goals of a lesson as stops: met or not, and what was seen.

import type { GoalResult } from "../dto.ts";
import { find, h, hidden, part, prose } from "../dom.ts";

export class Goals {
  private readonly list: HTMLElement;
  private readonly summary: HTMLElement;

  constructor(root: ParentNode) {
    this.list = part(root, "goals");
    this.summary = part(root, "goals-summary");
  }

  /** Shows how they stand; whether all are met. */
  show(results: readonly GoalResult[]): boolean {
    for (const result of results) this.showOne(result);
    const met = results.filter((result) => result.met).length;
    const all = results.length > 0 && met === results.length;
    this.summary.toggleAttribute("data-done", all);
    const words = all ? "All goals are met. Below is what happened and why." : `${met} of ${results.length} goals met`;
    if (this.summary.textContent !== words) this.summary.textContent = words;
    return all;
  }

  private showOne({ id, met, seen }: GoalResult): void {
    const item = find(this.list, `[data-goal="${CSS.escape(id)}"]`);
    item.dataset["met"] = String(met);
    item.querySelector(".state")?.remove();
    item.querySelector(".seen")?.remove();
    item.append(
      h("span", { class: "state" }, met && h("span", { "aria-hidden": "true" }, "✓"), hidden(met ? "met" : "not met")),
      h("span", { class: "seen" }, ...prose(seen)),
    );
  }
}
