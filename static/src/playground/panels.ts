// On a narrow screen one part is shown at a time: YAML, picture, trace or time. On a wide one all are, and this does nothing.

import { part } from "../dom.ts";

/** What can be shown alone. */
export type Panel = "guide" | "editor" | "picture" | "trace" | "time";

export class Panels {
  private readonly buttons: HTMLButtonElement[];

  constructor(
    private readonly root: HTMLElement,
    private readonly onShow: (panel: Panel) => void,
  ) {
    this.buttons = [...part(root, "switch").querySelectorAll<HTMLButtonElement>("button")];
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.show(button.value as Panel));
    }
  }

  show(panel: Panel): void {
    this.root.dataset["show"] = panel;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.value === panel));
    this.onShow(panel);
  }

  /** Shows where an answer is seen, if it is not in sight. */
  showAnswer(): void {
    const shown = this.root.dataset["show"];
    if (shown === "editor" || shown === "guide") this.show("picture");
  }
}
