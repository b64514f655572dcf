// The simulator's diagnostics in the text: a squiggle at the place at once; the message under the line once the typing
// pauses, so that lines do not jump under the fingers; a button where the mistake can be mended.

import { type Extension, Prec, type Range, StateEffect, StateField } from "@codemirror/state";
import { type Command, Decoration, type DecorationSet, EditorView, keymap, WidgetType } from "@codemirror/view";

import type { Diagnostic, Fix } from "../dto.ts";
import { capitalized, h, prose } from "../dom.ts";
import { underlineOf } from "./positions.ts";

/** How many messages stand in the text; the list below the editor has them all. */
const MOST_MESSAGES = 25;

/** How many places are underlined; a file that is not a manifest may have thousands of problems. */
const MOST_SQUIGGLES = 1000;

/** The diagnostics of this file, by position. */
export const setProblems = StateEffect.define<readonly Diagnostic[]>();

/** Shows the messages of the last `setProblems` under their lines. */
export const showMessages = StateEffect.define<null>();

class Message extends WidgetType {
  constructor(
    private readonly diagnostic: Diagnostic,
    private readonly apply: (fix: Fix) => void,
  ) {
    super();
  }

  private get key(): string {
    const { severity, message, help, fix } = this.diagnostic;
    return JSON.stringify([severity, message, help, fix]);
  }

  override eq(other: Message): boolean {
    return other.key === this.key;
  }

  override toDOM(): HTMLElement {
    const { severity, message, help, fix } = this.diagnostic;
    return h(
      "div",
      { class: `cm-problem cm-problem-${severity}`, role: "note", "aria-label": severity },
      h(
        "div",
        {},
        h("p", {}, h("strong", {}, ...prose(capitalized(message)), help && !/[.?!:]$/.test(message) && "."), help && " ", ...prose(help)),
        fix && h("button", { type: "button", onclick: () => this.apply(fix) }, fix.title),
      ),
    );
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

interface Problems {
  diagnostics: readonly Diagnostic[];
  squiggles: DecorationSet;
  messages: DecorationSet;
}

/** The extension; `apply` carries out a fix, which may reach into other files. */
export function problems(apply: (fix: Fix) => void): Extension {
  const field = StateField.define<Problems>({
    create: () => ({ diagnostics: [], squiggles: Decoration.none, messages: Decoration.none }),
    update(value, transaction) {
      let next = value;
      if (transaction.docChanged) {
        const { changes } = transaction;
        next = { ...next, squiggles: next.squiggles.map(changes), messages: next.messages.map(changes) };
      }
      for (const effect of transaction.effects) {
        const text = transaction.state.doc;
        if (effect.is(setProblems)) {
          const marks: Range<Decoration>[] = [];
          for (const { range, severity } of effect.value.slice(0, MOST_SQUIGGLES)) {
            if (!range) continue;
            const { from, to } = underlineOf(text, range);
            if (from < to) marks.push(Decoration.mark({ class: `cm-squiggle cm-squiggle-${severity}` }).range(from, to));
            if (severity === "error") {
              marks.push(Decoration.line({ class: "cm-line-error" }).range(text.lineAt(from).from));
            }
          }
          next = { ...next, diagnostics: effect.value, squiggles: Decoration.set(marks, true) };
        } else if (effect.is(showMessages)) {
          const blocks: Range<Decoration>[] = [];
          for (const diagnostic of next.diagnostics.slice(0, MOST_MESSAGES)) {
            if (!diagnostic.range || diagnostic.severity === "note") continue;
            const line = text.lineAt(underlineOf(text, diagnostic.range).from);
            const widget = new Message(diagnostic, apply);
            blocks.push(Decoration.widget({ widget, block: true, side: 1 }).range(line.to));
          }
          next = { ...next, messages: Decoration.set(blocks, true) };
        }
      }
      return next;
    },
    provide: (self) => [
      EditorView.decorations.from(self, (value) => value.squiggles),
      EditorView.decorations.from(self, (value) => value.messages),
    ],
  });

  const step =
    (direction: 1 | -1): Command =>
    (view) => {
      const { diagnostics } = view.state.field(field);
      const here = view.state.selection.main.head;
      const starts = diagnostics
        .flatMap(({ range }) => (range ? [underlineOf(view.state.doc, range).from] : []))
        .sort((a, b) => (a - b) * direction);
      const target = starts.find((start) => (start - here) * direction > 0) ?? starts[0];
      if (target === undefined) return false;
      view.dispatch({ selection: { anchor: target }, effects: EditorView.scrollIntoView(target, { y: "center" }) });
      return true;
    };

  /** Applies the fix of the line the cursor is on. */
  const mend: Command = (view) => {
    const line = view.state.doc.lineAt(view.state.selection.main.head);
    const found = view.state.field(field).diagnostics.find(({ range, fix }) => {
      if (!fix || !range) return false;
      const { from } = underlineOf(view.state.doc, range);
      return line.from <= from && from <= line.to;
    });
    if (!found?.fix) return false;
    apply(found.fix);
    return true;
  };

  const keys = keymap.of([
    { key: "F8", run: step(1), shift: step(-1) },
    { key: "Mod-.", run: mend },
  ]);
  return [field, Prec.high(keys)];
}
