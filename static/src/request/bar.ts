// The request bar: who sends, what, to where, how often. It follows the cluster: senders and suggestions change with the
// text, and what a person chose stays as long as it exists.

import type { Peer, Suggestion, View } from "../dto.ts";
import { h } from "../dom.ts";
import { type Choice, Combobox } from "./combobox.ts";

/** What the bar holds: the sender by its id, the rest as typed. */
export interface RequestForm {
  from: string;
  method: string;
  url: string;
  count: number;
  /** A steady load in place of a count; absent where there is none. */
  load?: LoadForm | null;
}

/** How a load is asked for. */
export interface LoadForm {
  /** Requests a second. */
  rate: number;
  seconds: number;
  keepAlive: boolean;
}

/** A load on the cluster: how much, and the request that it is made of. */
export interface Load extends LoadForm {
  request: { from: Peer; to: { url: string }; method: string };
}

interface SuggestionChoice extends Choice {
  suggestion: Suggestion;
}

/** More requests than this say nothing new about a distribution. */
const MOST = 1000;

/** A load lasts at most as long as one watches, and has a rate that a picture can show. */
const MOST_RATE = 200;
const MOST_SECONDS = 300;

function whole(field: HTMLInputElement, most: number): number {
  return Math.min(Math.max(Math.trunc(field.valueAsNumber) || 1, 1), most);
}

export class RequestBar {
  private readonly from: HTMLSelectElement;
  private readonly method: HTMLSelectElement;
  private readonly count: HTMLInputElement;
  private readonly mode: HTMLSelectElement;
  private readonly rate: HTMLInputElement;
  private readonly seconds: HTMLInputElement;
  private readonly keep: HTMLInputElement;
  private readonly url: Combobox<SuggestionChoice>;
  private peers = new Map<string, Peer>();
  /** The sender a link or a lesson asks for, until the cluster has it. */
  private wanted: string | null = null;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly onSend: () => void,
  ) {
    const field = <Field extends Element>(name: string): Field => form.elements.namedItem(name) as unknown as Field;
    this.from = field<HTMLSelectElement>("from");
    this.method = field<HTMLSelectElement>("method");
    this.count = field<HTMLInputElement>("count");
    this.mode = field<HTMLSelectElement>("mode");
    this.rate = field<HTMLInputElement>("rate");
    this.seconds = field<HTMLInputElement>("seconds");
    this.keep = field<HTMLInputElement>("keep");
    this.mode.addEventListener("change", () => this.showMode());
    this.url = new Combobox(form, ({ suggestion }) => {
      this.set({ from: suggestion.from, url: suggestion.url });
      this.onSend();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.onSend();
    });
    this.method.addEventListener("change", () => this.colourMethod());
  }

  /** What is in the bar now. */
  get value(): RequestForm {
    const load = this.mode.value === "load" ? { rate: whole(this.rate, MOST_RATE), seconds: whole(this.seconds, MOST_SECONDS), keepAlive: this.keep.checked } : null;
    const count = whole(this.count, MOST);
    return { from: this.wanted ?? this.from.value, method: this.method.value, url: this.url.input.value.trim(), count, ...(load && { load }) };
  }

  /** The load that is asked for; `null` where it is a count of requests, or nobody or nowhere to send to. */
  get load(): Load | null {
    const { from, method, url, load } = this.value;
    const peer = this.peers.get(from);
    return load && peer && url ? { ...load, request: { from: peer, to: { url: withScheme(url) }, method } } : null;
  }

  /** The query, or `null` where the sender is not in the cluster or there is no URL. */
  get query(): object | null {
    const { from, method, url, count } = this.value;
    const peer = this.peers.get(from);
    return peer && url ? { from: peer, to: { url: withScheme(url) }, method, count, ...(count > 1 && { courses: true }) } : null;
  }

  /** Fills in what is given. */
  set(value: Partial<RequestForm>): void {
    if (value.from !== undefined) {
      this.wanted = value.from;
      this.chooseWanted();
    }
    if (value.method !== undefined) this.method.value = value.method;
    if (value.url !== undefined) this.url.input.value = value.url;
    if (value.count !== undefined) this.count.value = String(value.count);
    if (value.count !== undefined || value.load) this.mode.value = value.load ? "load" : "count";
    if (value.load) {
      this.rate.value = String(value.load.rate);
      this.seconds.value = String(value.load.seconds);
      this.keep.checked = value.load.keepAlive;
    }
    this.showMode();
    this.colourMethod();
  }

  /** Follows a new cluster; an empty bar takes the first suggestion. */
  update(view: View): void {
    this.peers = new Map(view.peers.map(({ id, peer }) => [id, peer]));
    const chosen = this.wanted ?? this.from.value;
    this.from.replaceChildren(...view.peers.map(({ id, label }) => h("option", { value: id }, label)));
    this.wanted = chosen || null;
    this.chooseWanted();
    const labels = new Map(view.peers.map(({ id, label }) => [id, label]));
    this.url.setChoices(
      view.suggestions.map((suggestion) => ({
        suggestion,
        value: suggestion.url,
        label: `${suggestion.label} · from ${labels.get(suggestion.from) ?? suggestion.from}`,
      })),
    );
    const first = view.suggestions[0];
    if (!this.url.input.value && first) this.set({ from: first.from, url: first.url });
  }

  /** Shows that a request is under way. */
  set sending(value: boolean) {
    this.form.toggleAttribute("data-sending", value);
  }

  private showMode(): void {
    this.form.toggleAttribute("data-load", this.mode.value === "load");
  }

  private chooseWanted(): void {
    if (this.wanted === null || !this.peers.has(this.wanted)) return;
    this.from.value = this.wanted;
    this.wanted = null;
  }

  private colourMethod(): void {
    this.method.dataset["method"] = this.method.value;
  }
}

/** What a person leaves out: `web/cart` means `http://web/cart`. */
function withScheme(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
}
