// The text in the editor beside that of the running cluster: which objects differ, and where the lines of the cluster's text are now.
//
// While the clock runs, a changed text waits. An object that is applied has no lines any more that the simulator knows of; those of
// the others move with the text.

import type { Hop, Picture, RequestAnswer, SourceFile, TextRange, View } from "../dto.ts";

/** Files and what the simulator read in them. */
export interface Text {
  files: readonly SourceFile[];
  view: Pick<View, "extents">;
}

/** Who reads a text. */
interface Reader {
  load(files: readonly SourceFile[]): Promise<View | null>;
}

interface Written {
  text: string;
  range: TextRange;
}

const written = new WeakMap<Text, Map<string, Written>>();

/** The text of each object by its id, indented as it stands, so that it is YAML alone; and where it stands. */
function objects(text: Text): Map<string, Written> {
  const known = written.get(text) ?? readObjects(text);
  written.set(text, known);
  return known;
}

function readObjects({ files, view }: Text): Map<string, Written> {
  const lines = files.map(({ text }) => text.split("\n"));
  return new Map(
    view.extents.map(({ object, range }) => {
      const own = (lines[range.file] ?? []).slice(range.line - 1, range.end_column === 1 ? range.end_line - 1 : range.end_line);
      own[0] = " ".repeat(range.column - 1) + (own[0] ?? "").slice(range.column - 1);
      return [object, { text: own.join("\n").trimEnd(), range }];
    }),
  );
}

/** The ids of objects whose text differs in `after`, those that are new included, in the order of `after`. */
export function differing(before: Text, after: Text): string[] {
  const old = objects(before);
  return [...objects(after)].filter(([id, { text }]) => old.get(id)?.text !== text).map(([id]) => id);
}

/** A range of `before` where it stands in `after`; `null` where its object is another there, or gone. */
export function movedRange(range: TextRange, before: Text, after: Text): TextRange | null {
  const old = objects(before);
  const now = objects(after);
  for (const [id, { text, range: was }] of old) {
    if (was.file !== range.file || range.line < was.line || range.line > was.end_line) continue;
    const is = now.get(id);
    if (is?.text !== text) continue;
    const by = is.range.line - was.line;
    return { ...range, file: is.range.file, line: range.line + by, end_line: range.end_line + by };
  }
  return null;
}

export class Draft {
  /** The text of the cluster's beginning, what of it and of later texts runs, and what stands in the editor. */
  private first: Text | null = null;
  private running: Text | null = null;
  private newest: Text | null = null;

  constructor(private readonly reader: Reader) {}

  /** A text is the cluster. */
  begin(text: Text): void {
    this.first = this.running = this.newest = text;
  }

  /** Reads a text that waits; `null` where a newer one overtook it. */
  async take(files: readonly SourceFile[], read: Text): Promise<View | null> {
    const view = await this.reader.load(files);
    if (view && this.first === read) this.newest = { files, view };
    return view;
  }

  /** The ids of the objects that were changed or added since the last that was applied. */
  get changed(): string[] {
    return this.running && this.newest ? differing(this.running, this.newest) : [];
  }

  /** Their text, to be applied. */
  get text(): string {
    if (!this.newest) return "";
    const own = objects(this.newest);
    return this.changed.map((id) => own.get(id)?.text ?? "").join("\n---\n");
  }

  /** What waits, as a sentence; empty where the text is that of the cluster. */
  get words(): string {
    const { changed, running, newest } = this;
    if (!running || !newest) return "";
    const now = objects(newest);
    const gone = [...objects(running).keys()].filter((id) => !now.has(id));
    const names = (ids: string[]): string => ids.slice(0, 3).map((id) => id.slice(id.lastIndexOf("/") + 1)).join(", ") + (ids.length > 3 ? ` and ${ids.length - 3} more` : "");
    return [changed.length > 0 && `${names(changed)} changed in the text.`, gone.length > 0 && `${names(gone)} not in the text any more, which apply does not delete.`].filter(Boolean).join(" ");
  }

  /** What waited was applied. */
  applied(): void {
    this.running = this.newest;
  }

  /** An answer whose lines are those of the text as it stands now. */
  relined(answer: RequestAnswer): RequestAnswer {
    if (this.first === this.newest) return answer;
    const lines = (hop: Hop): Hop["lines"] =>
      hop.lines.flatMap((line) => {
        const range = this.place(line.range);
        return range ? [{ ...line, range }] : [];
      });
    const courses = answer.courses?.map((course) => this.relined(course));
    return { ...answer, hops: answer.hops.map((hop) => ({ ...hop, lines: lines(hop) })), ...(courses && { courses }) };
  }

  /** A picture whose objects stand where they are in the text now. */
  moved(picture: Picture): Picture {
    if (this.first === this.newest) return picture;
    const place = <Item extends { range: TextRange | null }>(item: Item): Item => ({ ...item, range: item.range && this.place(item.range) });
    return {
      ...picture,
      nodes: picture.nodes.map(place),
      services: picture.services.map(place),
      pods: picture.pods.map((pod) => place({ ...pod, containers: pod.containers.map(place) })),
      calls: picture.calls.map(place),
      policies: picture.policies.map(place),
    };
  }

  private place(range: TextRange): TextRange | null {
    return this.first && this.newest ? movedRange(range, this.first, this.newest) : range;
  }
}
