// The line under the editor: how many problems, how many objects, which Kubernetes; and the list of the problems.

import type { Diagnostic, Fix, SourceFile, TextRange, View } from "../dto.ts";
import { counted, h, prose, sentences } from "../dom.ts";

/** What the list asks of its owner. */
export interface StatusHost {
  select(range: TextRange): void;
  apply(fix: Fix): void;
}

/** How many problems the list shows; a file that is not a manifest may have thousands. */
const MOST = 200;

export class Status {
  private readonly summary = h("summary", {}, "Reading the manifests");
  private readonly list = h("ul", { class: "problems" });
  private readonly rest = h("span", { class: "status-rest" });
  private readonly selection = h("p", { class: "status-about" });

  constructor(
    root: HTMLElement,
    private readonly host: StatusHost,
  ) {
    const help = h("span", { class: "status-help" }, "Esc then Tab leaves the editor");
    root.replaceChildren(h("details", { class: "problem-list" }, this.summary, this.list), this.rest, help, this.selection);
  }

  /** Says what the selector selects that is pointed at, or that the cursor is in; nothing where there is none. */
  about(words: string): void {
    this.selection.replaceChildren(...(words ? [h("span", {}, ...prose(words))] : []));
  }

  /** `stale` where picture and trace stay as they were, because nothing in the text can be read. */
  update(view: View, files: readonly SourceFile[], stale: boolean): void {
    const { diagnostics } = view;
    const problems = diagnostics.filter(({ severity }) => severity !== "note").length;
    const notes = diagnostics.length - problems;
    const errors = diagnostics.some(({ severity }) => severity === "error");
    this.summary.dataset["state"] = errors ? "error" : problems ? "warning" : "well";
    this.summary.textContent = [
      problems || !notes ? (problems ? counted(problems, "problem") : "No problems") : "",
      notes ? counted(notes, "note") : "",
    ]
      .filter(Boolean)
      .join(" · ");
    if (stale) this.rest.textContent = "the picture shows the text before";
    else this.rest.replaceChildren(`${counted(view.objects, "object")} accepted · `, limits(`Kubernetes ${view.kubernetes}`));
    const items = diagnostics.slice(0, MOST).map((diagnostic) => this.item(diagnostic, files));
    if (diagnostics.length > MOST) items.push(h("li", {}, `and ${diagnostics.length - MOST} more`));
    if (!diagnostics.length) items.push(h("li", {}, "Nothing to mend."));
    this.list.replaceChildren(...items);
  }

  /** Says that a text takes its time. */
  busy(): void {
    this.rest.textContent = "reading the manifests";
  }

  /** Says that the simulator did not survive this text, or did not come to an end with it. */
  stopped(tookTooLong: boolean): void {
    if (tookTooLong) this.unread("Reading this text takes too long", "A page runs some ten thousand pods. Lower `replicas` or take objects out; `podhop simulate` takes more time, and more pods.");
    else this.unread("The simulator stopped on this text", "That is a fault of Podhop. Go on typing to try again.");
  }

  /** Says that a text was not read, for its size in characters. */
  tooLarge(size: number, largest: number): void {
    const millions = (characters: number): string => `${(characters / 1e6).toFixed(1)} million characters`;
    this.unread(
      "This text is too large to be read",
      `It has ${millions(size)}, and a page reads ${millions(largest)}. Take out what is not about networking, such as CustomResourceDefinitions, ConfigMaps with files, and status.`,
    );
  }

  private unread(headline: string, advice: string): void {
    this.summary.dataset["state"] = "error";
    this.summary.textContent = headline;
    this.rest.textContent = "your text is kept";
    this.list.replaceChildren(h("li", {}, h("span", {}, ...prose(`${advice} Picture and trace show the text before.`))));
  }

  private item(diagnostic: Diagnostic, files: readonly SourceFile[]): HTMLElement {
    const { range, fix, severity, code, message, help } = diagnostic;
    const where = range ? `${files[range.file]?.name ?? ""}:${range.line}` : (diagnostic.object ?? "");
    const place = range
      ? h("button", { type: "button", class: "line-link", onclick: () => this.host.select(range) }, where)
      : where && h("span", { class: "quiet" }, where);
    return h(
      "li",
      { "data-severity": severity },
      h("span", { class: "severity" }, severity),
      h(
        "span",
        { class: "problem-text" },
        ...sentences(message, help),
        " ",
        place,
        h("code", { class: "problem-code" }, code),
        code === "not-modelled" && " · ",
        code === "not-modelled" && limits("What is not modelled", "#kinds"),
        fix && h("button", { type: "button", class: "button small", onclick: () => this.host.apply(fix) }, fix.title),
      ),
    );
  }
}

/** A link to the page that says what the simulator models. */
function limits(words: string, part = ""): HTMLElement {
  return h("a", { href: `/limits${part}`, title: "What is modelled, and what is not" }, words);
}
