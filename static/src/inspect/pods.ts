// The pods as `kubectl get pods` lists them, each with what `kubectl describe` adds, and the events of the cluster.

import type { ContainerStatus, EventView, PodStatus } from "../dto.ts";
import { h, prose } from "../dom.ts";
import { age } from "./age.ts";
import { hint, type InspectHost, type Panel, pointing, type Subject } from "./panel.ts";

/** How many pods and events are listed; a cluster may have thousands. */
const MOST_PODS = 100;
const MOST_EVENTS = 40;

export class PodsPanel implements Panel {
  readonly title = "Pods";
  readonly element = h("div", { class: "panel" });
  private readonly body = h("div", { class: "panel-body" });

  constructor(private readonly host: InspectHost) {
    this.element.append(this.body);
  }

  show({ view }: Subject): Promise<void> {
    const own = new Set(view.picture.pods.filter(({ system }) => !system).map(({ id }) => id));
    const pods = view.pods.filter((pod) => own.has(idOf(pod)));
    const several = new Set(pods.map(({ namespace }) => namespace)).size > 1;
    const open = new Set([...this.body.querySelectorAll<HTMLElement>("details[open]")].map((details) => details.dataset["pod"]));
    const events = view.events.filter(({ object }) => !object.startsWith("Pod/kube-system/")).slice(-MOST_EVENTS).reverse();
    this.body.replaceChildren(
      pods.length === 0 ? hint("There is no pod.") : h("ul", { class: "pods", "aria-label": "Pods" }, ...pods.slice(0, MOST_PODS).map((pod) => this.row(pod, several, open.has(idOf(pod))))),
      ...(pods.length > MOST_PODS ? [hint(`and ${pods.length - MOST_PODS} more`)] : []),
      ...(events.length === 0 ? [] : [h("h3", {}, "Events, the newest first"), eventList(events, true)]),
    );
    return Promise.resolve();
  }

  private row(pod: PodStatus, several: boolean, open: boolean): HTMLElement {
    const good = pod.status === "Running" || pod.status === "Completed";
    const [have = "", want = ""] = pod.ready.split("/");
    const restarts = pod.restarts === 0 ? "" : `${pod.restarts} ${pod.restarts === 1 ? "restart" : "restarts"}`;
    return h(
      "li",
      pointing(this.host, [idOf(pod)]),
      h(
        "details",
        { "data-pod": idOf(pod), open },
        h(
          "summary",
          {},
          h("code", {}, pod.name),
          h("span", { class: "end", "data-good": good && (have === want || pod.status === "Completed") }, `${pod.ready} ${pod.status}`),
          h("span", { class: "panel-where" }, [several && pod.namespace, pod.node && `on ${pod.node}`, restarts, age(pod.age_seconds)].filter(Boolean).join(" · ")),
        ),
        h("p", { class: "panel-facts" }, h("span", {}, pod.phase), pod.ip !== null && h("code", {}, pod.ip)),
        pod.why !== "" && h("p", {}, ...prose(pod.why)),
        h("ul", {}, ...pod.containers.map(containerRow)),
        pod.events.length > 0 && eventList(pod.events.slice(-MOST_EVENTS), false),
      ),
    );
  }
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

function eventList(events: readonly EventView[], named: boolean): HTMLElement {
  const row = (event: EventView): HTMLElement =>
    h(
      "li",
      { "data-severity": event.type === "Warning" ? "warning" : "note" },
      h("span", { class: "time" }, `${event.at.toFixed(event.at < 10 ? 1 : 0)} s`),
      h("span", {}, h("strong", {}, event.reason), named && h("span", { class: "quiet" }, ` ${withoutNamespace(event.object)}`), " ", event.message),
    );
  return h("ol", { class: "events", "aria-label": named ? "Events" : "Events of this pod" }, ...events.map(row));
}

/** `Pod/shop/web-0` as one says it where the namespace is clear: `Pod web-0`. */
function withoutNamespace(id: string): string {
  const parts = id.split("/");
  return `${parts[0] ?? ""} ${parts.at(-1) ?? ""}`;
}
