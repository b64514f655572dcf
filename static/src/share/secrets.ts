// A link must not carry Secrets, and what a cluster gave must not bring them in: the values under `data` and `stringData` of a Secret
// are emptied, in YAML by its lines (comments and layout stay), in JSON by its structure. Keys stay, so that references still hold,
// and so do certificates, which a server shows to everybody. `kubectl apply` leaves a copy of the whole object in an annotation, which
// goes as well.

/** Where `kubectl apply` keeps what it was given. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The keys under which a `kubernetes.io/tls` Secret holds what is public. */
const CERTIFICATE = /^["']?(?:tls|ca)\.crt["']?$/;

/** What only a cluster writes into a manifest. */
const FROM_A_CLUSTER = /^[\s-]*["']?(?:resourceVersion|uid|creationTimestamp)["']?:\s*["'\w]/m;

/** The text with the values of its Secrets emptied. */
export function withoutSecrets(text: string): string {
  if (!/\bSecret\b/.test(text)) return text;
  return isJson(text) ? jsonWithout(text) : yamlWithout(text.split("\n")).join("\n");
}

/** A text as it may come in: what somebody wrote as it is, what a cluster gave without the values of its Secrets. */
export function atTheDoor(text: string): string {
  if (!FROM_A_CLUSTER.test(text)) return text;
  // What cannot be read is kept, to be seen and mended; it is not shared.
  return withoutSecrets(text) || text;
}

function isJson(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

function jsonWithout(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Broken JSON cannot be told apart from a Secret's value: nothing of it is shared.
    return "";
  }
  return JSON.stringify(emptied(value), null, 2);
}

function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(emptied);
  if (typeof value !== "object" || value === null) return value;
  const isSecret = (value as { kind?: unknown }).kind === "Secret";
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key === LAST_APPLIED) return [key, ""];
      const secret = isSecret && (key === "data" || key === "stringData") && typeof member === "object" && member !== null;
      return [key, secret ? emptiedMap(member) : emptied(member)];
    }),
  );
}

function emptiedMap(map: object): object {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, CERTIFICATE.test(name) ? value : ""]));
}

/** The column of a line's first key, the dashes of list items passed over; -1 for blank lines and comments. */
function columnOf(line: string): number {
  const lead = /^(?:\s|- )*/.exec(line)?.[0].length ?? 0;
  return line.length === lead || line[lead] === "#" ? -1 : lead;
}

function yamlWithout(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const column = columnOf(line);
    if (column >= 0 && line.startsWith(LAST_APPLIED, column)) {
      kept.push(`${line.slice(0, column)}${LAST_APPLIED}: ""`);
      while (index + 1 < lines.length && isWithin(lines[index + 1] ?? "", column)) index += 1;
      continue;
    }
    const isMap = column >= 0 && /^["']?(?:data|stringData)["']?:/.test(line.slice(column));
    if (!isMap || !belongsToSecret(lines, index, column)) {
      kept.push(line);
      continue;
    }
    kept.push(line.slice(0, line.indexOf(":", column) + 1));
    index = keepKeys(lines, index + 1, column, kept) - 1;
  }
  return kept;
}

/** Whether a line is blank or deeper than a column: part of the value of a key there. */
function isWithin(line: string, column: number): boolean {
  return line.trim() === "" || line.length - line.trimStart().length > column;
}

/** Copies the keys of the map that starts at `start` and is deeper than `column`; returns the line behind it. */
function keepKeys(lines: readonly string[], start: number, column: number, kept: string[]): number {
  let keys = -1;
  let whole = false;
  let index = start;
  for (; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const here = columnOf(line);
    if (here >= 0 && here <= column) break;
    if (here < 0) continue;
    if (keys < 0) keys = here;
    const key = here === keys ? /^\s*("[^"]*"|'[^']*'|[^\s:]+):/.exec(line) : null;
    if (key) whole = CERTIFICATE.test(key[1] ?? "");
    if (whole) kept.push(line);
    else if (key) kept.push(`${key[0]} ""`);
  }
  return index;
}

/** Whether the object whose key stands at this line and column has `kind: Secret` beside it. */
function belongsToSecret(lines: readonly string[], at: number, column: number): boolean {
  for (const direction of [-1, 1]) {
    for (let index = at; index >= 0 && index < lines.length; index += direction) {
      const line = lines[index] ?? "";
      if (line.startsWith("---")) break;
      const here = columnOf(line);
      if (here < 0 || here > column) continue;
      if (here < column) break;
      const startsItem = line.slice(0, column).includes("- ");
      if (direction > 0 && startsItem && index !== at) break;
      if (/^["']?kind["']?:\s*["']?Secret["']?\s*(?:#.*)?$/.test(line.slice(column))) return true;
      if (direction < 0 && startsItem) break;
    }
  }
  return false;
}
