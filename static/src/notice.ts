// One line at the foot of the page that says what just happened, with at most one thing to do about it.

import { h } from "./dom.ts";

/** How long a notice stays, in milliseconds; it stays longer while it is pointed at or holds the focus. */
const STAY = 9000;

let region: HTMLElement | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows a notice in place of the last one. */
export function notice(text: string, action?: { label: string; run(): void }): void {
  region ??= document.body.appendChild(h("div", { class: "notices", role: "status" }));
  const close = (): void => box.remove();
  const box = h(
    "div",
    { class: "notice" },
    h("span", {}, text),
    action &&
      h("button", { type: "button", class: "button small", onclick: () => (action.run(), close()) }, action.label),
    h("button", { type: "button", class: "icon-button", "aria-label": "Close this notice", onclick: close }, "×"),
  );
  region.replaceChildren(box);
  const leave = (): void => {
    if (box.matches(":hover, :focus-within")) timer = setTimeout(leave, STAY);
    else close();
  };
  clearTimeout(timer);
  timer = setTimeout(leave, STAY);
}
