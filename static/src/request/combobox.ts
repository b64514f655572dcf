// The URL field with its suggestions: an editable combobox with a list, as the ARIA Authoring Practices describe it.
// Unlike a datalist it shows every suggestion while the field is filled, and a suggestion may carry more than its text.

import { h, part } from "../dom.ts";

/** One line of the list: the text it stands for, and what a person calls it. */
export interface Choice {
  value: string;
  label: string;
}

export class Combobox<Option extends Choice> {
  readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private choices: readonly Option[] = [];
  private active = -1;

  constructor(
    root: HTMLElement,
    private readonly onPick: (choice: Option) => void,
  ) {
    this.input = part<HTMLInputElement>(root, "url");
    this.list = part(root, "suggestions");
    const button = part<HTMLButtonElement>(root, "suggest");
    button.addEventListener("click", () => {
      this.toggle(this.list.hidden === true);
      this.input.focus();
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("input", () => this.toggle(false));
    root.addEventListener("focusout", (event) => {
      if (!root.contains(event.relatedTarget as Node | null)) this.toggle(false);
    });
  }

  setChoices(choices: readonly Option[]): void {
    this.choices = choices;
    if (!this.list.hidden) this.draw();
  }

  private toggle(open: boolean): void {
    this.list.hidden = !open || this.choices.length === 0;
    this.active = -1;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.input.removeAttribute("aria-activedescendant");
    if (!this.list.hidden) this.draw();
  }

  private draw(): void {
    const options = this.choices.map((choice, index) =>
      h(
        "li",
        {
          role: "option",
          id: `${this.list.id}-${index}`,
          "aria-selected": String(index === this.active),
          onmousedown: (event: MouseEvent) => event.preventDefault(),
          onclick: () => this.pick(index),
        },
        h("span", { class: "option-label" }, choice.label),
        h("code", {}, choice.value),
      ),
    );
    this.list.replaceChildren(...options);
    const chosen = options[this.active];
    if (!chosen) return;
    this.input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }

  private pick(index: number): void {
    const choice = this.choices[index];
    this.toggle(false);
    if (choice) this.onPick(choice);
  }

  private key(event: KeyboardEvent): void {
    const open = !this.list.hidden;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && this.choices.length) {
      if (!open) this.toggle(true);
      const count = this.choices.length;
      this.active = this.active < 0 ? (move > 0 ? 0 : count - 1) : (this.active + move + count) % count;
      this.draw();
    } else if (event.key === "Enter" && open && this.active >= 0) this.pick(this.active);
    else if (event.key === "Escape" && open) this.toggle(false);
    else return;
    event.preventDefault();
  }
}
