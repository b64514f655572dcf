// Which keys lead to a line of YAML, told from its indentation alone: enough to know what a person points at, wherever the
// text is in block style.

/** The keys above a line and its own, outermost first: `spec`, `selector`, `app`. `from` is the line its document begins with. */
export function keysAt(lines: readonly string[], line: number, from: number): string[] {
  const keys: string[] = [];
  let limit = Infinity;
  for (let number = line; number >= from; number -= 1) {
    const text = lines[number - 1] ?? "";
    // The dashes of list items are indentation to the keys behind them.
    const [, lead = "", key] = /^((?:\s|- )*)["']?([\w./-]+)["']?:(?:\s|$)/.exec(text) ?? [];
    if (key === undefined || lead.length >= limit) continue;
    keys.unshift(key);
    limit = lead.length - (lead.endsWith("- ") ? 1 : 0);
  }
  return keys;
}
