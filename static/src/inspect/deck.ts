// The panels beside the hops: a row of tabs, of which one is shown (the tabs pattern of the ARIA Authoring Practices: arrows
// move and choose, Home and End go to the ends). A panel asks the simulator only while it is in sight.

import type { RequestAnswer, SourceFile, View } from "../dto.ts";
import { h } from "../dom.ts";
import { DnsPanel } from "./dns.ts";
import { EndpointsPanel } from "./endpoints.ts";
import type { ClockView, InspectHost, Panel, Subject } from "./panel.ts";
import { PodsPanel } from "./pods.ts";
import { PoliciesPanel } from "./policies.ts";
import { RulesPanel } from "./rules.ts";

/** How long the typing pauses before the panel in sight follows, in milliseconds. */
const PAUSE = 150;

/** How often the panel in sight follows the clock at most, in milliseconds. */
const FRAME = 60;

interface Tab {
  button: HTMLButtonElement;
  content: HTMLElement;
  /** Absent for the hops, which their owner draws. */
  panel: Panel | null;
}

export class Deck {
  private readonly tabs: Tab[];
  private current: Tab | undefined;
  private subject: Subject | null = null;
  private later: ReturnType<typeof setTimeout> | undefined;

  /** `hops` is the first of the contents; the others are made here, inside `root`. */
  constructor(root: HTMLElement, hops: HTMLElement, host: InspectHost) {
    const choose = (service: string): void => {
      if (this.subject) this.subject.service = service;
    };
    const panels = [new EndpointsPanel(host, choose), new PodsPanel(host), new DnsPanel(host), new RulesPanel(host, choose), new PoliciesPanel(host)];
    this.tabs = [this.tab("Hops", hops, null), ...panels.map((panel) => this.tab(panel.title, panel.element, panel))];
    const list = h("div", { class: "inspect-tabs", role: "tablist", "aria-label": "Inspect" }, ...this.tabs.map(({ button }) => button));
    list.addEventListener("keydown", (event) => this.key(event));
    root.prepend(list);
    root.append(...this.tabs.filter(({ panel }) => panel).map(({ content }) => content));
    this.choose(this.tabs[0]);
  }

  /** A new cluster. */
  update(view: View, files: readonly SourceFile[]): void {
    const { service = null, from = null, url = "" } = this.subject ?? {};
    const known = view.picture.services.some(({ id }) => id === service);
    const first = view.picture.services.find(({ system }) => !system);
    this.subject = { view, files, service: known ? service : (first?.id ?? null), from, url, clock: this.subject?.clock ?? null };
    this.refresh();
  }

  /** Another moment of the same cluster, or nobody looks at its clock any more: the panel in sight keeps up with it. */
  at(view: View, clock: ClockView | null): void {
    if (!this.subject) return;
    this.subject = { ...this.subject, view, clock };
    this.later ??= setTimeout(() => this.show(), FRAME);
  }

  /** A request was answered: the panels look at what it was about. */
  asked(from: string, url: string, answer: RequestAnswer): void {
    if (!this.subject) return;
    const service = answer.hops.find((hop) => hop.service !== null)?.service ?? this.subject.service;
    this.subject = { ...this.subject, from, url, service };
    this.refresh();
  }

  /** An object was chosen in the picture. */
  chosen(id: string): void {
    if (!this.subject || !id.startsWith("Service/")) return;
    this.subject.service = id;
    this.refresh();
  }

  private tab(title: string, content: HTMLElement, panel: Panel | null): Tab {
    const id = `inspect-${title.toLowerCase()}`;
    const button = h("button", { type: "button", role: "tab", id: `${id}-tab`, "aria-controls": id }, title);
    content.id = id;
    content.setAttribute("role", "tabpanel");
    content.setAttribute("aria-labelledby", button.id);
    const tab: Tab = { button, content, panel };
    button.addEventListener("click", () => this.choose(tab));
    return tab;
  }

  private choose(tab: Tab | undefined): void {
    if (!tab) return;
    this.current = tab;
    for (const { button, content } of this.tabs) {
      const shown = content === tab.content;
      button.setAttribute("aria-selected", String(shown));
      button.tabIndex = shown ? 0 : -1;
      content.hidden = !shown;
    }
    this.show();
  }

  private refresh(): void {
    clearTimeout(this.later);
    this.later = undefined;
    if (this.current?.panel) this.later = setTimeout(() => this.show(), PAUSE);
  }

  private show(): void {
    this.later = undefined;
    if (this.subject) void this.current?.panel?.show(this.subject);
  }

  private key(event: KeyboardEvent): void {
    const here = this.tabs.findIndex((tab) => tab === this.current);
    const last = this.tabs.length - 1;
    const to = { ArrowRight: here === last ? 0 : here + 1, ArrowLeft: here === 0 ? last : here - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.choose(this.tabs[to]);
    this.tabs[to]?.button.focus();
  }
}
