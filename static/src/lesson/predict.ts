// The question before looking: a choice is answered at once with the reason; without scripts the answer is a fold.

import { find } from "../dom.ts";

export function answerPrediction(root: HTMLElement): void {
  const right = Number(root.dataset["answer"]);
  const reason = find<HTMLDetailsElement>(root, "details");
  root.addEventListener("change", (event) => {
    const chosen = event.target;
    if (!(chosen instanceof HTMLInputElement)) return;
    for (const input of root.querySelectorAll("input")) {
      const label = input.closest("label");
      if (!label) continue;
      delete label.dataset["verdict"];
      if (Number(input.value) === right) label.dataset["verdict"] = "right";
      else if (input === chosen) label.dataset["verdict"] = "wrong";
    }
    reason.open = true;
  });
}
