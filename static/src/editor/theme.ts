// How the editor looks. It lives in a shadow root, where the page's style sheets do not reach but its variables do:
// CodeMirror can then adopt its style sheet there, which a Content-Security-Policy without `unsafe-inline` allows.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "transparent", fontSize: "var(--text-sm)", containerType: "inline-size" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-code)", lineHeight: "1.62", overflow: "auto" },
  ".cm-content": { padding: "0.75rem 0 4rem", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 1rem 0 0.5rem" },
  ".cm-cursor, .cm-dropCursor": { borderInlineStart: "2px solid var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--paper-sunken)", color: "var(--ink-quiet)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 0.5rem 0 0.75rem", minWidth: "2.6rem" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLineGutter": { color: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--select-wash)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--select-wash)" },
  ".cm-placeholder": { color: "var(--ink-quiet)", fontFamily: "var(--font-text)", whiteSpace: "pre-line" },

  // What the simulator says about the text.
  ".cm-squiggle": {
    textDecoration: "underline wavy 1px",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "4px",
    textDecorationColor: "var(--mark)",
  },
  ".cm-squiggle-error": { "--mark": "var(--fail)" },
  ".cm-squiggle-warning": { "--mark": "var(--warn)" },
  ".cm-squiggle-note": { "--mark": "var(--ink-quiet)", textDecorationStyle: "dotted" },
  ".cm-line-error": { backgroundColor: "var(--fail-wash)" },
  ".cm-line-lit": { backgroundColor: "var(--select-wash)", boxShadow: "inset 3px 0 0 var(--link)" },
  ".cm-line-error.cm-line-lit": { backgroundColor: "var(--fail-wash)", boxShadow: "inset 3px 0 0 var(--fail)" },
  // Padding, not margin: the gutter measures the block.
  ".cm-problem": {
    position: "sticky",
    insetInlineStart: "3.4rem",
    boxSizing: "border-box",
    width: "min(34rem, 100cqi - 4rem)",
    padding: "0.35rem 0.75rem 0.6rem 0.5rem",
  },
  ".cm-problem > div": {
    padding: "0.6rem 0.85rem 0.7rem",
    borderInlineStart: "3px solid var(--mark)",
    borderRadius: "0 var(--radius-sm) var(--radius-sm) 0",
    background: "var(--paper-raised)",
    boxShadow: "0 1px 3px light-dark(#191c2418, #00000060)",
    font: "var(--text-sm) / 1.45 var(--font-text)",
    color: "var(--ink-soft)",
    whiteSpace: "normal",
    overflowWrap: "anywhere",
  },
  ".cm-problem p": { margin: "0" },
  ".cm-problem strong": { color: "var(--ink)", fontWeight: "650" },
  ".cm-problem-error": { "--mark": "var(--fail)" },
  ".cm-problem-warning": { "--mark": "var(--warn)" },
  ".cm-problem-note": { "--mark": "var(--rule-strong)" },
  ".cm-problem button": {
    marginBlockStart: "0.5rem",
    padding: "0.4rem 0.8rem",
    border: "0",
    borderRadius: "var(--radius-sm)",
    background: "var(--ink)",
    color: "var(--on-ink)",
    font: "600 var(--text-sm) / 1.2 var(--font-text)",
    cursor: "pointer",
  },
  ".cm-problem button:focus-visible": { outline: "2px solid var(--focus)", outlineOffset: "2px" },

  // The search panel.
  ".cm-panels": { backgroundColor: "var(--paper-raised)", color: "var(--ink)", fontFamily: "var(--font-text)" },
  ".cm-panels.cm-panels-bottom": { borderBlockStart: "1px solid var(--rule)" },
  ".cm-panel.cm-search": { padding: "0.5rem 2rem 0.5rem 0.75rem", fontSize: "var(--text-sm)" },
  ".cm-panel.cm-search label": { fontSize: "var(--text-sm)" },
  ".cm-textfield": {
    backgroundColor: "var(--paper)",
    border: "1px solid var(--rule-strong)",
    borderRadius: "var(--radius-sm)",
    padding: "0.25rem 0.4rem",
    fontSize: "var(--text-sm)",
  },
  ".cm-button": {
    background: "none",
    border: "1px solid var(--rule-strong)",
    borderRadius: "var(--radius-sm)",
    padding: "0.2rem 0.5rem",
    fontSize: "var(--text-sm)",
    color: "inherit",
  },
  ".cm-searchMatch": { backgroundColor: "var(--warn-wash)", outline: "1px solid var(--warn)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--select-wash)", outline: "2px solid var(--link)" },
  ".cm-kind": { color: "var(--code-kind)", fontWeight: "650" },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key)" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.meta, tags.labelName, tags.typeName], color: "var(--ink-quiet)" },
  { tag: tags.invalid, color: "var(--fail)" },
]);

/** The editor's style sheet and YAML's colours. */
export const theme: Extension = [look, syntaxHighlighting(colours)];
