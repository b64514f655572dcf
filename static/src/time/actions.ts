// What a person can do to the running cluster, by the object it is done to. The actions are those of the scenario contract.

import type { Picture } from "../dto.ts";
import { h } from "../dom.ts";
import type { Timeline } from "./timeline.ts";

/** What was chosen: an object, and the workload of a pod. */
export interface Chosen {
  id: string;
  workload: string | null;
}

/** An object of a picture as it is chosen. */
export function chosenIn(id: string, picture: Picture): Chosen {
  return { id, workload: picture.pods.find((pod) => pod.id === id)?.workload ?? null };
}

/** Does something; `words` say what it was once it is done. */
export type Act = (action: object, words: string) => void;

/** More replicas than this are a slip of the finger. */
const MOST = 100;

/** Kinds that kubectl scales and restarts. */
const SCALED = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"];
const RESTARTED = ["Deployment", "StatefulSet", "DaemonSet"];

/** What can be done to an object, as groups of buttons; `null` where nothing can. A pod that is gone leaves its workload. */
export function actionsFor({ id, workload }: Chosen, picture: Picture, line: Timeline, act: Act): HTMLElement | null {
  const [kind = "", namespace = "", name = ""] = id.split("/");
  if (kind === "Node") return group(`Node ${namespace}`, nodeActions(namespace, line, act));
  const pod = picture.pods.find((one) => one.id === id);
  if (pod?.system) return null;
  if (!pod) {
    const left = workload === null ? [] : workloadActions(workload, picture, act);
    return left.length > 0 ? h("div", { class: "acts" }, ...left) : null;
  }
  const own = { kind, namespace, name };
  const press = (label: string, action: object, words: string): HTMLElement => button(label, () => act(action, words));
  const actions = [
    press("Delete", { delete: own }, `Pod ${name} deleted`),
    press("Kill its processes", { kill_pod: { namespace, pod: name } }, `Processes of pod ${name} killed`),
  ];
  return h("div", { class: "acts" }, group(`Pod ${name}`, actions), ...workloadActions(pod.workload, picture, act));
}

function workloadActions(id: string, picture: Picture, act: Act): HTMLElement[] {
  const [kind = "", namespace = "", name = ""] = id.split("/");
  const workload = `${kind}/${name}`;
  const all: HTMLElement[] = [];
  if (SCALED.includes(kind)) {
    const running = picture.pods.filter((pod) => pod.workload === id && pod.status !== "Terminating").length;
    const number = h("input", { type: "number", inputmode: "numeric", min: 0, max: MOST, value: running, "aria-label": `Replicas of ${name}` });
    const scale = (event: Event): void => {
      event.preventDefault();
      const replicas = Math.min(Math.max(Math.trunc(number.valueAsNumber) || 0, 0), MOST);
      act({ scale: { workload, namespace, replicas } }, `${kind} ${name} scaled to ${replicas}`);
    };
    all.push(h("form", { onsubmit: scale }, h("button", { type: "submit", class: "button small quiet" }, "Scale to"), number));
  }
  if (RESTARTED.includes(kind)) {
    all.push(button("Restart", () => act({ restart: { workload, namespace } }, `${kind} ${name} restarted`), "kubectl rollout restart"));
  }
  return all.length ? [group(`${kind} ${name}`, all)] : [];
}

function nodeActions(name: string, line: Timeline, act: Act): HTMLElement[] {
  return line.isDown(name)
    ? [button("Bring back", () => act({ recover_node: name }, `Node ${name} brought back`))]
    : [button("Fail", () => act({ fail_node: name }, `Node ${name} failed`), "The machine stops; nobody tells the API")];
}

function button(label: string, press: () => void, title?: string): HTMLElement {
  return h("button", { type: "button", class: "button small quiet", title, onclick: press }, label);
}

function group(title: string, actions: readonly HTMLElement[]): HTMLElement {
  return h("div", { class: "act-group", role: "group", "aria-label": title }, h("span", { class: "act-title" }, title), ...actions);
}
