// The trace as a journey: stops down a coloured line, times at the side, downstream calls set in and foldable, a sign and
// a word where it ended. It is an ordered list; the picture only illustrates it.

import type { Hop, LineRef, Picture, RequestAnswer, SourceFile, TextRange } from "../dto.ts";
import { type Child, h, hidden } from "../dom.ts";
import { lineColors } from "../picture/index.ts";
import { hopMark } from "./marks.ts";
import { type Exchange, exchangesOf, isExchange, isWell } from "./tree.ts";
import { arrived, duration, endWord, isGood } from "./words.ts";

/** A journey of up to this many hops is shown unfolded. */
const UNFOLDED = 16;

/** What the list asks of its owner. */
export interface ItineraryHost {
  /** A stop was chosen. */
  onHop(index: number): void;
  /** A manifest line was chosen. */
  onLine(range: TextRange): void;
}

export class Itinerary {
  private items: (HTMLElement | undefined)[] = [];
  private current = -1;

  constructor(
    private readonly root: HTMLElement,
    private readonly host: ItineraryHost,
  ) {}

  /** Draws an answer; folds stay as they were where the journey has the same shape. */
  show(answer: RequestAnswer | null, picture: Picture | null, files: readonly SourceFile[]): void {
    const folds = this.folds().map((fold) => fold.getAttribute("aria-expanded"));
    this.items = [];
    this.current = -1;
    if (!answer || !picture) {
      this.root.replaceChildren();
      return;
    }
    const draw = new Drawing(this.host, this.items, picture, files, answer.hops.length <= UNFOLDED);
    this.root.replaceChildren(...exchangesOf(answer.hops).map((exchange) => draw.list(exchange)));
    const drawn = this.folds();
    if (drawn.length !== folds.length) return;
    drawn.forEach((fold, index) => {
      if (fold.getAttribute("aria-expanded") !== folds[index]) fold.click();
    });
  }

  private folds(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>(".fold")];
  }

  /** Marks where the train is: what lies ahead is quieter. */
  at(position: number, playing: boolean): void {
    const index = Math.floor(position + 1e-6);
    this.root.toggleAttribute("data-playing", playing);
    this.items.forEach((item, itemIndex) => {
      item?.toggleAttribute("data-ahead", itemIndex > index);
      if (itemIndex === index) item?.setAttribute("aria-current", "step");
      else item?.removeAttribute("aria-current");
    });
    if (index !== this.current && this.current >= 0) this.items[index]?.scrollIntoView({ block: "nearest" });
    this.current = index;
  }
}

/** Builds the elements of one answer. */
class Drawing {
  private readonly lines: Map<string, number>;
  private readonly marks: Map<string, string>;

  constructor(
    private readonly host: ItineraryHost,
    private readonly items: (HTMLElement | undefined)[],
    picture: Picture,
    private readonly files: readonly SourceFile[],
    private readonly unfolded: boolean,
  ) {
    this.lines = lineColors(picture);
    this.marks = new Map(picture.services.map(({ id, mark }) => [id, mark]));
  }

  list(exchange: Exchange): HTMLElement {
    return h("ol", { class: "stops" }, ...this.stops(exchange.hops));
  }

  /** The stops of an exchange. A single call goes straight on down the line; several branch off it. */
  private stops(items: readonly (Hop | Exchange)[]): HTMLElement[] {
    const calls = items.filter(isExchange);
    const stops: HTMLElement[] = [];
    for (const item of items) {
      const stop = stops.at(-1);
      if (!isExchange(item)) stops.push(this.hop(item));
      else if (calls.length > 1 || !stop) stops.push(this.branch(item));
      else {
        this.goOn(stop, item.client);
        stops.push(...this.stops(item.hops.filter((hop) => hop !== item.client)));
      }
    }
    return stops;
  }

  /** Says on the stop that calls what it calls; the line goes on from there. */
  private goOn(stop: HTMLElement, client: Hop): void {
    const line = this.line(client);
    if (line !== null) stop.dataset["line"] = String(line);
    const call = h("p", { class: "goes-on" }, ...dotted([this.callTitle(client, "calls "), ...this.lineLinks(client)]));
    stop.append(call);
    this.items[client.index] = call;
  }

  private callTitle(client: Hop, verb: Child): HTMLElement {
    const select = (): void => this.host.onHop(client.index);
    return h("button", { type: "button", class: "stop-title", onclick: select }, verb, h("code", {}, callText(client)));
  }

  /** One of several calls of a stop: its client hop is a heading that folds the rest. */
  private branch(exchange: Exchange): HTMLElement {
    const { client, end, status } = exchange;
    const good = end !== null && isGood(end, status);
    const stops = h("ol", { class: "stops" }, ...this.stops(exchange.hops.filter((item) => item !== client)));
    const fold = h("button", { type: "button", class: "fold", "aria-label": `Hops of the call to ${callText(client)}` });
    const toggle = (open: boolean): void => {
      fold.setAttribute("aria-expanded", String(open));
      stops.hidden = !open;
    };
    toggle(this.unfolded || !isWell(exchange));
    fold.addEventListener("click", () => toggle(stops.hidden === true));
    const head = h(
      "div",
      { class: "call-head" },
      fold,
      this.callTitle(client, hidden("calls ")),
      h("span", { class: "call-end" }, end && h("span", { class: "end", "data-good": good }, endWord(end, status)), ...this.lineLinks(client)),
    );
    this.items[client.index] = head;
    return h("li", { class: "call", "data-line": this.lineOf(exchange) }, head, stops);
  }

  private hop(hop: Hop): HTMLElement {
    const line = this.line(hop);
    // What a container answers with stands beside its name.
    const wire = hop.kind === "container" ? hop.came_in : hop.went_out || hop.came_in;
    const failed = hop.end !== null && !isGood(hop.end, hop.status);
    const item = h(
      "li",
      {
        class: "stop-item",
        "data-kind": hop.kind,
        "data-line": line,
        "data-mark-line": this.lines.get(hop.actor) ?? null,
        "data-failed": failed,
        "data-stopped": hop.end !== null && !arrived(hop.end),
      },
      hopMark(hop, this.marks.get(hop.actor) ?? null),
      h(
        "div",
        { class: "stop-head" },
        h("button", { type: "button", class: "stop-title", onclick: () => this.host.onHop(hop.index) }, hop.title),
        hop.end && h("span", { class: "end", "data-good": !failed }, endWord(hop.end, hop.status)),
        h("span", { class: "time" }, hidden("at "), duration(hop.at_us)),
      ),
      wire && h("p", { class: "wire" }, wire),
      (hop.rule || hop.lines.length > 0) && h("p", { class: "rule" }, ...dotted([hop.rule, ...this.lineLinks(hop)])),
    );
    this.items[hop.index] = item;
    return item;
  }

  private line(hop: Hop): number | null {
    return hop.service === null ? null : (this.lines.get(hop.service) ?? null);
  }

  /** The line of the first Service that an exchange goes to. */
  private lineOf(exchange: Exchange): number | null {
    const hop = exchange.hops.find((item) => !isExchange(item) && (item.service !== null || this.lines.has(item.actor)));
    if (!hop || isExchange(hop)) return null;
    return this.lines.get(hop.service ?? hop.actor) ?? null;
  }

  private lineLinks(hop: Hop): HTMLElement[] {
    return hop.lines.map((line) => this.lineLink(line));
  }

  private lineLink({ field, range }: LineRef): HTMLElement {
    const file = this.files[range.file]?.name ?? "";
    return h(
      "button",
      { type: "button", class: "line-link", title: field, onclick: () => this.host.onLine(range) },
      `line ${range.line}`,
      hidden(` of ${file}`),
    );
  }
}

/** What a client hop asks for. */
function callText(client: Hop): string {
  return client.went_out || client.came_in || client.title;
}

/** Puts a dot between the parts that are there. */
function dotted(parts: readonly (HTMLElement | string)[]): Child[] {
  return parts.filter((part) => part !== "").flatMap((part, index) => (index ? [" · ", part] : [part]));
}
