// The row of files above the editor: choose, add, rename (double click or F2), close (button or Delete).

import { h, hidden } from "../dom.ts";

/** What the row asks of its owner. */
export interface TabsHost {
  choose(index: number): void;
  add(): void;
  rename(index: number, name: string): void;
  close(index: number): void;
}

/** Draws the row anew; the focus stays on the file it was on. */
export class Tabs {
  private renaming: number | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly host: TabsHost,
  ) {}

  update(files: readonly { name: string; problems: number }[], current: number): void {
    if (this.renaming !== null) return;
    const focused = this.root.contains(document.activeElement)
      ? Number(document.activeElement?.closest("li")?.dataset["index"] ?? NaN)
      : NaN;
    const items = files.map((file, index) => this.item(file, index, index === current, files.length));
    const add = h(
      "button",
      { type: "button", class: "icon-button", title: "Add a file", "aria-label": "Add a file", onclick: () => this.host.add() },
      "+",
    );
    this.root.replaceChildren(h("ul", { class: "tabs", "aria-label": "Files" }, ...items), add);
    if (!Number.isNaN(focused)) this.button(Math.min(focused, files.length - 1))?.focus();
  }

  private button(index: number): HTMLButtonElement | null {
    return this.root.querySelector(`li[data-index="${index}"] .tab`);
  }

  private item(file: { name: string; problems: number }, index: number, current: boolean, count: number): HTMLElement {
    const problems = file.problems;
    const choose = h(
      "button",
      {
        type: "button",
        class: "tab",
        "aria-current": current ? "true" : null,
        title: "F2 or a double click renames",
        onclick: () => this.host.choose(index),
        ondblclick: () => this.rename(index, file.name),
        onkeydown: (event: KeyboardEvent) => this.key(event, index, file.name, count),
      },
      file.name,
      problems > 0 && h("span", { class: "badge" }, String(problems), hidden(problems === 1 ? " problem" : " problems")),
    );
    const close =
      current &&
      h(
        "button",
        { type: "button", class: "tab-close", "aria-label": `Close ${file.name}`, title: "Close", onclick: () => this.host.close(index) },
        "×",
      );
    return h("li", { "data-index": index, "data-current": current }, choose, close);
  }

  private key(event: KeyboardEvent, index: number, name: string, count: number): void {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (move) this.button((index + move + count) % count)?.focus();
    else if (event.key === "F2") this.rename(index, name);
    else if (event.key === "Delete") this.host.close(index);
    else return;
    event.preventDefault();
  }

  private rename(index: number, name: string): void {
    const item = this.root.querySelector<HTMLElement>(`li[data-index="${index}"]`);
    if (!item) return;
    this.renaming = index;
    const done = (keep: boolean): void => {
      if (this.renaming === null) return;
      this.renaming = null;
      this.host.rename(index, keep ? input.value : name);
      this.button(index)?.focus();
    };
    const input = h("input", {
      class: "tab-name",
      "aria-label": `New name of ${name}`,
      value: name,
      onblur: () => done(true),
      onkeydown: (event: KeyboardEvent) => {
        if (event.key === "Enter") done(true);
        if (event.key === "Escape") done(false);
      },
    });
    item.replaceChildren(input);
    input.focus();
    input.setSelectionRange(0, name.replace(/\.[^.]*$/, "").length);
  }
}
