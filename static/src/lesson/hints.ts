// Hints come one after the other: each opens only after the one before it, the solution after the last.

import { find } from "../dom.ts";

export function stageHints(root: HTMLElement): void {
  const stages = [...root.querySelectorAll("details")];
  stages.forEach((stage, index) => {
    const summary = find(stage, "summary");
    const before = stages[index - 1];
    const ready = (): boolean => !before || before.dataset["seen"] === "true";
    const show = (): void => summary.setAttribute("aria-disabled", String(!ready()));
    show();
    before?.addEventListener("toggle", show);
    summary.addEventListener("click", (event) => {
      if (!ready()) event.preventDefault();
    });
    stage.addEventListener("toggle", () => {
      if (stage.open) stage.dataset["seen"] = "true";
      stages[index + 1]?.dispatchEvent(new Event("ready"));
    });
    stage.addEventListener("ready", show);
  });
}
