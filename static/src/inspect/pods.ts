// The pods as `kubectl get pods` lists them, each with what `kubectl describe` adds, and the events of the cluster.
//
// While the clock runs, a row keeps its place, a cell that changed flashes once, and a pod that is gone stays crossed out for a while.

import type { ContainerStatus, EventView, PodStatus } from "../dto.ts";
import { h, prose } from "../dom.ts";
import { age } from "./age.ts";
import { type ClockView, hint, type InspectHost, type Panel, pointing, type Subject } from "./panel.ts";

/** How many pods and events are listed; a cluster may have thousands. */
const MOST_PODS = 100;
const MOST_EVENTS = 40;

/** How long a pod that is gone stays in the list, in virtual milliseconds. */
const GONE = 10_000;

interface Row {
  pod: PodStatus;
  /** Virtual milliseconds at which it was seen last, of a pod that is gone. */
  goneAt: number | null;
}

export class PodsPanel implements Panel {
  readonly title = "Pods";
  readonly element = h("div", { class: "panel" });
  private readonly body = h("div", { class: "panel-body" });
  private readonly list = h("ul", { class: "pods", "aria-label": "Pods" });
  private readonly rest = h("div");
  private readonly warningsOnly = h("input", { type: "checkbox", onchange: () => this.drawEvents() });
  private readonly eventsHead = h("div", { class: "events-head" }, h("h3", {}, "Events, the newest first"), h("label", {}, this.warningsOnly, " Warnings only"));
  private rows: Row[] = [];
  private subject: Subject | null = null;

  constructor(private readonly host: InspectHost) {
    this.body.append(this.list, this.rest);
    this.element.append(this.body);
  }

  show(subject: Subject): Promise<void> {
    const before = this.subject;
    this.subject = subject;
    const { view, clock } = subject;
    const own = new Set(view.picture.pods.filter(({ system }) => !system).map(({ id }) => id));
    const pods = view.pods.filter((pod) => own.has(idOf(pod)));
    const goesOn = clock !== null && before?.clock !== null && before !== null && clock.nowMs >= before.clock.nowMs && before.files === subject.files;
    const cells = new Map(this.rows.map(({ pod }) => [idOf(pod), pod]));
    this.rows = goesOn ? kept(this.rows, pods, before.clock?.nowMs ?? 0, clock.nowMs) : pods.map((pod) => ({ pod, goneAt: null }));
    const several = new Set(pods.map(({ namespace }) => namespace)).size > 1;
    const open = new Set([...this.list.querySelectorAll<HTMLElement>("details[open]")].map((details) => details.dataset["pod"]));
    // A field that somebody types into is not replaced.
    if (!this.list.querySelector("input:focus")) {
      const focused = this.list.contains(document.activeElement) ? (document.activeElement?.closest<HTMLElement>("details")?.dataset["pod"] ?? null) : null;
      this.list.replaceChildren(...this.rows.slice(0, MOST_PODS).map((row) => this.row(row, several, open, goesOn ? cells.get(idOf(row.pod)) : undefined)));
      if (focused !== null) this.list.querySelector<HTMLElement>(`[data-pod="${CSS.escape(focused)}"] > summary`)?.focus();
    }
    this.list.hidden = this.rows.length === 0;
    this.drawEvents();
    return Promise.resolve();
  }

  private drawEvents(): void {
    if (!this.subject) return;
    const { clock, view } = this.subject;
    const all = (clock?.events ?? view.events).filter(({ object }) => !object.startsWith("Pod/kube-system/"));
    const wanted = all.filter(({ type }) => !this.warningsOnly.checked || type === "Warning").slice(-MOST_EVENTS).reverse();
    this.rest.replaceChildren(
      ...(this.rows.length === 0 ? [hint("There is no pod.")] : []),
      ...(this.rows.length > MOST_PODS ? [hint(`and ${this.rows.length - MOST_PODS} more`)] : []),
      ...(all.length === 0 ? [] : [this.eventsHead, eventList(wanted, { clock, host: this.host })]),
    );
  }

  private row({ pod, goneAt }: Row, several: boolean, open: ReadonlySet<string | undefined>, before: PodStatus | undefined): HTMLElement {
    const id = idOf(pod);
    const good = pod.status === "Running" || pod.status === "Completed";
    const [have = "", want = ""] = pod.ready.split("/");
    const restarts = restartWords(pod.restarts);
    const changed = before !== undefined && (before.status !== pod.status || before.ready !== pod.ready);
    const restarted = before !== undefined && before.restarts !== pod.restarts;
    const where = [several && pod.namespace, pod.node && `on ${pod.node}`, age(pod.age_seconds)].filter(Boolean).join(" · ");
    const { clock, view } = this.subject ?? {};
    // A pod that took the name of another has only its own; its age is in whole seconds.
    const began = (clock?.nowMs ?? view?.now_ms ?? 0) / 1000 - pod.age_seconds - 1;
    const events = (clock?.events ?? view?.events ?? []).filter(({ object, at }) => object === id && at > began);
    const actions = goneAt === null ? (clock?.actions(id) ?? null) : null;
    return h(
      "li",
      { ...pointing(this.host, [id]), "data-gone": goneAt !== null },
      h(
        "details",
        { "data-pod": id, open: open.has(id) },
        h(
          "summary",
          {},
          h("code", {}, pod.name),
          h("span", { class: changed ? "end flash" : "end", "data-good": good && (have === want || pod.status === "Completed") }, goneAt === null ? `${pod.ready} ${pod.status}` : "gone"),
          h("span", { class: "panel-where" }, where, restarts && " · ", restarts && h("span", { class: restarted ? "flash" : "" }, restarts)),
        ),
        actions,
        h("p", { class: "panel-facts" }, h("span", {}, pod.phase), pod.ip !== null && h("code", {}, pod.ip)),
        pod.why !== "" && h("p", {}, ...prose(pod.why)),
        h("ul", {}, ...pod.containers.map(containerRow)),
        events.length > 0 && eventList(events.slice(-MOST_EVENTS), null),
      ),
    );
  }
}

/** Rows in the places they had, those of new pods behind them; of pods that are gone as long as they are remembered. */
function kept(rows: readonly Row[], pods: readonly PodStatus[], before: number, now: number): Row[] {
  const left = new Map(pods.map((pod) => [idOf(pod), pod]));
  const old = rows.flatMap((row): Row[] => {
    const pod = left.get(idOf(row.pod));
    left.delete(idOf(row.pod));
    if (pod) return [{ pod, goneAt: null }];
    const goneAt = row.goneAt ?? before;
    return now - goneAt < GONE ? [{ ...row, goneAt }] : [];
  });
  return [...old, ...[...left.values()].map((pod) => ({ pod, goneAt: null }))];
}

function restartWords(restarts: number): string {
  return restarts === 0 ? "" : `${restarts} ${restarts === 1 ? "restart" : "restarts"}`;
}

/** The object id of a pod. */
function idOf({ namespace, name }: PodStatus): string {
  return `Pod/${namespace}/${name}`;
}

function containerRow(container: ContainerStatus): HTMLElement {
  const { name, role, state, reason, message, exit_code: exit, restarts } = container;
  const kind = role === "container" ? "" : role === "init" ? "init container " : "sidecar ";
  const facts = [reason, exit !== null && `exit code ${exit}`, restarts > 0 && `restarted ${restarts} times`, message].filter(Boolean).join(" · ");
  return h("li", { class: "pod-container" }, kind, h("code", {}, name), ` ${state}`, facts !== "" && h("span", { class: "quiet" }, ` · ${facts}`));
}

/** Events, of the whole cluster named by their objects and, while the clock runs, as buttons that go to their time. */
function eventList(events: readonly EventView[], all: { clock: ClockView | null; host: InspectHost } | null): HTMLElement {
  const clock = all?.clock ?? null;
  const row = (event: EventView): HTMLElement => {
    const time = `${event.at.toFixed(event.at < 10 ? 1 : 0)} s`;
    const words = [h("strong", {}, event.reason), all && h("span", { class: "quiet" }, ` ${withoutNamespace(event.object)}`), " ", event.message];
    const ms = Math.round(event.at * 1000);
    const go = (): void => {
      clock?.seek(ms);
      all?.host.onSelect(event.object);
    };
    return h(
      "li",
      { "data-severity": event.type === "Warning" ? "warning" : "note", "data-later": clock !== null && ms > clock.nowMs },
      h("span", { class: "time" }, time),
      clock ? h("button", { type: "button", onclick: go }, ...words) : h("span", {}, ...words),
    );
  };
  const items = events.map(row);
  if (clock) {
    const at = events.findIndex((event) => Math.round(event.at * 1000) <= clock.nowMs);
    items.splice(at < 0 ? items.length : at, 0, h("li", { class: "now" }, h("span", { class: "time" }, `${(clock.nowMs / 1000).toFixed(clock.nowMs < 10_000 ? 1 : 0)} s`), h("span", {}, "now")));
  }
  return h("ol", { class: "events", "aria-label": all ? "Events" : "Events of this pod" }, ...items);
}

/** `Pod/shop/web-0` as one says it where the namespace is clear: `Pod web-0`. */
function withoutNamespace(id: string): string {
  const parts = id.split("/");
  return `${parts[0] ?? ""} ${parts.at(-1) ?? ""}`;
}
