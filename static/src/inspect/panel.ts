// What an inspection panel is: something to know of the cluster that is one press away, asked for only while it is in sight.

import type { EventView, ServiceView, SourceFile, TextRange, View } from "../dto.ts";
import { h, hidden } from "../dom.ts";
import type { Query } from "../worker/client.ts";

/** What a panel may ask of its owner. */
export interface InspectHost {
  /** Asks the simulator. */
  query<Answer>(query: Query): Promise<Answer | { error: string }>;
  /** Asks the simulator of the cluster that would be there without some objects, by their ids. */
  queryWithout<Answer>(ids: readonly string[], query: Query): Promise<Answer | { error: string }>;
  /** A manifest line was chosen. */
  onLine(range: TextRange): void;
  /** Objects to light in the picture while something that belongs to them is pointed at; none puts them out. */
  onPoint(ids: readonly string[]): void;
  /** An object was chosen. */
  onSelect(id: string): void;
  /** Sends a request from a peer, by its id. */
  send(from: string, url: string): void;
}

/** The cluster's clock, while somebody works with it. */
export interface ClockView {
  nowMs: number;
  /** What is known to happen, also later than now, the oldest first. */
  events: readonly EventView[];
  seek(ms: number): void;
  /** What can be done to an object, as buttons; `null` where nothing can. */
  actions(id: string): HTMLElement | null;
}

/** What the panels look at. */
export interface Subject {
  view: View;
  files: readonly SourceFile[];
  /** Object id of the Service that was chosen or asked for last; `null` before there is one. */
  service: string | null;
  /** Id of the peer that sent last, and the URL it asked for. */
  from: string | null;
  url: string;
  clock: ClockView | null;
}

export interface Panel {
  /** What its tab is called. */
  readonly title: string;
  readonly element: HTMLElement;
  /** Shows the newest state; called while it is in sight only. */
  show(subject: Subject): Promise<void>;
}

/** A sentence in place of content. */
export function hint(text: string): HTMLElement {
  return h("p", { class: "panel-hint" }, text);
}

/** A labelled field of a panel's head. */
export function field(label: string, control: HTMLElement): HTMLElement {
  return h("label", { class: "panel-field" }, h("span", {}, label), control);
}

/** Options of a `select`, keeping what is chosen where it is still there. */
export function setOptions(select: HTMLSelectElement, options: readonly { value: string; label: string }[], wanted: string | null): void {
  const chosen = wanted ?? select.value;
  select.replaceChildren(...options.map(({ value, label }) => h("option", { value }, label)));
  if (options.some(({ value }) => value === chosen)) select.value = chosen;
}

/** A button that leads to a manifest line. */
export function lineLink(range: TextRange, files: readonly SourceFile[], host: InspectHost): HTMLElement {
  return h(
    "button",
    { type: "button", class: "line-link", onclick: () => host.onLine(range) },
    `line ${range.line}`,
    hidden(` of ${files[range.file]?.name ?? ""}`),
  );
}

/** Listeners that light objects while an element is pointed at or has the focus. */
export function pointing(host: InspectHost, ids: readonly string[]): Record<string, () => void> {
  const light = (): void => host.onPoint(ids);
  const off = (): void => host.onPoint([]);
  return { onpointerenter: light, onfocusin: light, onpointerleave: off, onfocusout: off };
}

/** A Service as a menu names it: with its namespace where there are several. */
export function serviceOptions(services: readonly ServiceView[]): { value: string; label: string }[] {
  const several = new Set(services.filter(({ system }) => !system).map(({ namespace }) => namespace)).size > 1;
  return services.map(({ id, name, namespace, system }) => ({ value: id, label: several || system ? `${name} in ${namespace}` : name }));
}

/** The contract's name of a Service from its id. */
export function serviceName(id: string): { namespace: string; name: string } {
  const [, namespace = "", name = ""] = id.split("/");
  return { namespace, name };
}
