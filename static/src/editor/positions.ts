// Between the simulator's places (lines and columns from 1) and the editor's offsets from 0. A text may have changed since
// a place was named, so every place is clipped to the text at hand.

import type { Text } from "@codemirror/state";

import type { TextRange } from "../dto.ts";

/** The offset of a line and column, at the nearest place that exists. */
export function offsetOf(text: Text, line: number, column: number): number {
  if (line > text.lines) return text.length;
  const found = text.line(Math.max(line, 1));
  return Math.min(found.from + Math.max(column - 1, 0), found.to);
}

/** A range as offsets. */
export function spanOf(text: Text, range: TextRange): { from: number; to: number } {
  const from = offsetOf(text, range.line, range.column);
  return { from, to: Math.max(from, offsetOf(text, range.end_line, range.end_column)) };
}

/** The part of a range on its first line, never empty on a line that has text: what is underlined. */
export function underlineOf(text: Text, range: TextRange): { from: number; to: number } {
  const { from, to } = spanOf(text, range);
  const line = text.lineAt(from);
  if (from < Math.min(to, line.to)) return { from, to: Math.min(to, line.to) };
  const start = line.from + (line.text.length - line.text.trimStart().length);
  return { from: Math.min(start, from), to: line.to };
}
