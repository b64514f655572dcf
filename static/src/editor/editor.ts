// The text editor: one CodeMirror view, one state for each file, so every file keeps its own undo history and cursor.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { indentUnit } from "@codemirror/language";
import { EditorState, type Extension, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  MatchDecorator,
  placeholder,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";

import type { Diagnostic, Edit, Fix, SourceFile, TextRange } from "../dto.ts";
import { offsetOf, spanOf } from "./positions.ts";
import { problems, setProblems, showMessages } from "./problems.ts";
import { openSearch } from "./search.ts";
import { theme } from "./theme.ts";

/** How long the typing must pause before messages move the lines, in milliseconds. */
const PAUSE = 450;

const EMPTY =
  "Write or paste manifests here, or drop files.\nSeveral documents, a List or JSON: what kubectl takes, this takes.";

/** What the editor tells its owner. */
export interface EditorHost {
  /** The text of some file changed. */
  onChange(): void;
  /** The cursor stands on another line of the file that is shown. */
  onLine(file: number, line: number): void;
  /** The pointer is over another line of the file that is shown, or over none. */
  onHover(file: number, line: number | null): void;
  /** A text is pasted; what comes back goes in. */
  onPaste(text: string): string;
}

interface File {
  name: string;
  state: EditorState;
  diagnostics: readonly Diagnostic[];
}

const setLit = StateEffect.define<readonly number[]>();

/** The lines that are lit because something else that belongs to them is selected. */
const lit = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, transaction) {
    let next = value.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setLit)) continue;
      const text = transaction.state.doc;
      const starts = new Set(effect.value.map((line) => text.line(Math.min(Math.max(line, 1), text.lines)).from));
      const marks = [...starts].sort((a, b) => a - b).map((from) => Decoration.line({ class: "cm-line-lit" }).range(from));
      next = Decoration.set(marks);
    }
    return next;
  },
  provide: (self) => EditorView.decorations.from(self),
});

const kindMatcher = new MatchDecorator({
  regexp: /^(\s*(?:- )?kind:\s+)([A-Z]\w*)\s*$/g,
  decorate: (add, from, _to, match) => {
    const start = from + (match[1]?.length ?? 0);
    add(start, start + (match[2]?.length ?? 0), Decoration.mark({ class: "cm-kind" }));
  },
});

/** `kind: Service` stands out: it says what a document is. */
const kinds = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = kindMatcher.createDeco(view);
    }
    update(update: ViewUpdate): void {
      this.decorations = kindMatcher.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

/** The editor of all files, one of which is shown. */
export class Editor {
  private readonly view: EditorView;
  private readonly extensions: Extension;
  private files: File[] = [];
  private shown = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private loading = false;
  private line = 0;
  private hovered: number | null = null;

  constructor(
    element: HTMLElement,
    private readonly host: EditorHost,
    label: string,
  ) {
    const shadow = element.attachShadow({ mode: "open" });
    this.extensions = [
      lineNumbers(),
      history(),
      drawSelection(),
      highlightActiveLineGutter(),
      EditorState.tabSize.of(2),
      indentUnit.of("  "),
      yaml(),
      kinds,
      lit,
      problems((fix) => this.apply(fix)),
      placeholder(EMPTY),
      EditorView.contentAttributes.of({
        "aria-label": label,
        tabindex: "0",
        spellcheck: "false",
        autocorrect: "off",
        autocapitalize: "off",
      }),
      keymap.of([{ key: "Mod-f", run: openSearch }, ...historyKeymap, ...defaultKeymap, indentWithTab]),
      theme,
      EditorView.clipboardInputFilter.of((text) => host.onPaste(text)),
      EditorView.domEventHandlers({
        mousemove: (event, view) => this.hover(view.posAtCoords({ x: event.clientX, y: event.clientY })),
        mouseleave: () => this.hover(null),
      }),
      EditorView.updateListener.of((update) => this.updated(update)),
    ];
    this.view = new EditorView({ parent: shadow, root: shadow });
  }

  /** All files with their text now. */
  get sources(): SourceFile[] {
    this.keepState();
    return this.files.map(({ name, state }) => ({ name, text: state.doc.toString() }));
  }

  /** Characters in all files. */
  get size(): number {
    return this.files.reduce((sum, { state }, index) => sum + (index === this.shown ? this.view.state : state).doc.length, 0);
  }

  /** Index of the file that is shown. */
  get current(): number {
    return this.shown;
  }

  /** Names of the files and their worst problem's count. */
  get tabs(): { name: string; problems: number }[] {
    return this.files.map(({ name, diagnostics }) => ({
      name,
      problems: diagnostics.filter(({ severity }) => severity !== "note").length,
    }));
  }

  /** Replaces all files; undo histories start anew. */
  setFiles(sources: readonly SourceFile[], shown = 0): void {
    const files = sources.length ? sources : [{ name: "manifests.yaml", text: "" }];
    this.files = files.map(({ name, text }) => ({ name, state: this.newState(text), diagnostics: [] }));
    this.shown = Math.min(shown, this.files.length - 1);
    this.showState();
    this.host.onChange();
  }

  /** Adds a file behind the others and shows it. */
  add(source: SourceFile): void {
    this.keepState();
    this.files.push({ name: this.freeName(source.name), state: this.newState(source.text), diagnostics: [] });
    this.shown = this.files.length - 1;
    this.showState();
    this.host.onChange();
  }

  /** Takes a file out and returns it, so that it can be put back. */
  close(index: number): SourceFile | null {
    this.keepState();
    const [gone] = this.files.splice(index, 1);
    if (!gone) return null;
    if (this.files.length === 0) {
      this.files.push({ name: "manifests.yaml", state: this.newState(""), diagnostics: [] });
    }
    if (this.shown > index || this.shown === this.files.length) this.shown -= 1;
    this.showState();
    this.host.onChange();
    return { name: gone.name, text: gone.state.doc.toString() };
  }

  /** Gives a file another name; an empty or taken name changes nothing. */
  rename(index: number, name: string): void {
    const file = this.files[index];
    const wanted = name.trim();
    if (!file || !wanted || this.files.some((other) => other !== file && other.name === wanted)) return;
    file.name = wanted;
    this.host.onChange();
  }

  /** Shows another file. */
  show(index: number): void {
    if (index === this.shown || !this.files[index]) return;
    this.keepState();
    this.shown = index;
    this.showState();
  }

  get hasFocus(): boolean {
    return this.view.hasFocus;
  }

  /** Takes the diagnostics of the whole text. */
  setDiagnostics(all: readonly Diagnostic[]): void {
    this.files.forEach((file, index) => {
      file.diagnostics = all.filter(({ range }) => range?.file === index);
    });
    this.showProblems();
  }

  /** Lights the lines of these ranges; scrolls to the first one if asked. */
  light(ranges: readonly TextRange[], reveal: boolean): void {
    const first = ranges[0];
    if (reveal && first) this.show(first.file);
    const lines = ranges.filter(({ file }) => file === this.shown).map(({ line }) => line);
    const effects: StateEffect<unknown>[] = [setLit.of(lines)];
    if (reveal && first) {
      effects.push(EditorView.scrollIntoView(offsetOf(this.view.state.doc, first.line, 1), { y: "center" }));
    }
    this.view.dispatch({ effects });
  }

  /** Puts the cursor on a range, selected, and the focus into the editor. */
  select(range: TextRange): void {
    this.show(range.file);
    const { from, to } = spanOf(this.view.state.doc, range);
    const line = this.view.state.doc.lineAt(from);
    this.view.dispatch({
      selection: { anchor: from, head: Math.min(to, line.to) },
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
    this.view.focus();
  }

  /** Carries out a fix as one undoable step in each file it touches. */
  apply(fix: Fix): void {
    this.keepState();
    const byFile = Map.groupBy(fix.edits, ({ range }) => range.file);
    for (const [index, edits] of byFile) {
      const file = this.files[index];
      if (!file) continue;
      const changes = edits.map((edit: Edit) => ({ ...spanOf(file.state.doc, edit.range), insert: edit.text }));
      if (index === this.shown) this.view.dispatch({ changes, userEvent: "input.fix" });
      else file.state = file.state.update({ changes }).state;
    }
    clearTimeout(this.pause);
    this.pause = undefined;
    this.host.onChange();
  }

  private newState(doc: string): EditorState {
    return EditorState.create({ doc, extensions: this.extensions });
  }

  private freeName(name: string): string {
    const taken = new Set(this.files.map((file) => file.name));
    if (!taken.has(name)) return name;
    const [, stem = name, extension = ""] = /^(.*?)(\.[^.]*)?$/.exec(name) ?? [];
    for (let number = 2; ; number += 1) {
      const candidate = `${stem}-${number}${extension}`;
      if (!taken.has(candidate)) return candidate;
    }
  }

  private keepState(): void {
    const file = this.files[this.shown];
    if (file) file.state = this.view.state;
  }

  private showState(): void {
    const file = this.files[this.shown];
    if (!file) return;
    this.loading = true;
    this.view.setState(file.state);
    this.loading = false;
    this.showProblems();
  }

  private showProblems(): void {
    const file = this.files[this.shown];
    if (!file) return;
    this.view.dispatch({ effects: setProblems.of(file.diagnostics) });
    if (this.pause === undefined) this.view.dispatch({ effects: showMessages.of(null) });
  }

  private hover(offset: number | null): void {
    const line = offset === null ? null : this.view.state.doc.lineAt(offset).number;
    if (line === this.hovered) return;
    this.hovered = line;
    this.host.onHover(this.shown, line);
  }

  private updated(update: ViewUpdate): void {
    if (this.loading) return;
    if (update.docChanged) {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => {
        this.pause = undefined;
        this.view.dispatch({ effects: showMessages.of(null) });
      }, PAUSE);
      this.host.onChange();
    }
    if (update.selectionSet) {
      const line = update.state.doc.lineAt(update.state.selection.main.head).number;
      if (line !== this.line) this.host.onLine(this.shown, line);
      this.line = line;
    }
  }
}
