// A pod: a station with a ring on the line's side and a small mark for each container; ready is solid, not ready is dashed
// and says so. Where pods are many they shrink to one line, then to dots.

import type { ContainerView, PodView } from "../dto.ts";
import type { Station } from "./layout.ts";
import { fitted, fittedSuffix, sizeFor } from "./lettering.ts";
import { describe, objectGroup, part } from "./object.ts";
import { lineClass, moved, setAll, setText, svg } from "./svg.ts";

const MARK_WIDTH = 9;
const MARK_HEIGHT = 5;
const TEXT_LEFT = 14;
/** The same, and the size of the text, in a slim pod. */
const SLIM_LEFT = 10;
const SLIM_SIZE = 10.5;
/** Sizes of an app's name. */
const SIZES = [11.5, 10.5];
const SMALLEST = 10.5;

export function createStation(): SVGGElement {
  return objectGroup(
    "pic-pod",
    [svg("rect", { class: "pic-box" }), svg("circle", { class: "pic-stop" }), svg("g", { class: "pic-containers" })],
    [
      svg("text", { class: "pic-app", x: TEXT_LEFT }),
      svg("text", { class: "pic-suffix", x: TEXT_LEFT }),
      svg("text", { class: "pic-word" }),
    ],
  );
}

/** A pod with how often its containers were restarted, where that is known. */
export type Drawn = PodView & { restarts?: number };

/** The word for a pod that takes no traffic, or that has begun again; empty for one of which there is nothing to say. */
function word(pod: Drawn): string {
  if (pod.status === "Terminating") return pod.status;
  if (pod.ready && pod.restarts) return `${pod.restarts} ${pod.restarts === 1 ? "restart" : "restarts"}`;
  if (pod.ready) return "";
  return pod.status === "Running" ? "not ready" : pod.status;
}

function containerMark(container: ContainerView, index: number): SVGRectElement {
  return svg("rect", {
    class: `pic-container ${container.role}${container.ready ? "" : " waiting"}`,
    x: index * (MARK_WIDTH + 3),
    y: 0,
    width: MARK_WIDTH,
    height: MARK_HEIGHT,
    rx: container.role === "container" ? 1.5 : MARK_HEIGHT / 2,
  });
}

/** What a slim pod is told by: behind a Service the last part of its name, which siblings differ in; elsewhere its app. */
function slimName({ pod, color }: Station, room: number): string {
  if (color === null || pod.suffix === "") return fitted(pod.app, room, "code", SLIM_SIZE);
  const last = pod.suffix.slice(pod.suffix.lastIndexOf("-") + 1);
  return /^[a-z0-9]{5}$/.test(last) ? last : fittedSuffix(pod.suffix, room, SLIM_SIZE);
}

/** How many marks fit before the rest is left out; the description names all containers. */
const MARKS = 4;

function drawContainers(group: Element, containers: readonly ContainerView[]): number {
  const shown = containers.filter((container) => container.role !== "init").slice(0, MARKS);
  const signature = shown.map((container) => `${container.role}${container.ready}`).join();
  if (group.getAttribute("data-marks") !== signature) {
    group.setAttribute("data-marks", signature);
    group.replaceChildren(...shown.map(containerMark));
  }
  return shown.length * (MARK_WIDTH + 3);
}

function details(pod: PodView): string {
  const containers = pod.containers.map((container) => {
    const listens = container.listens.length > 0 ? ` listens on ${container.listens.join(", ")}` : "";
    return `${container.role === "container" ? "container" : `${container.role} container`} ${container.name}${listens}`;
  });
  return [pod.ready ? "ready" : "", word(pod), pod.why, pod.ip ?? "", ...containers].filter((text) => text !== "").join(" · ");
}

export function updateStation(group: SVGElement, station: Station): void {
  const { pod, width, height, density } = station;
  describe(group, pod.id, `Pod ${pod.name}`, details(pod));
  const state = pod.status === "Terminating" ? "unready terminating" : pod.ready ? "ready" : "unready";
  group.setAttribute("class", `pic-object pic-pod ${density} ${state} ${lineClass(station.color)}`);
  setAll(group, { transform: moved(station.x, station.y) });
  // A slim pod has room for a word or for its containers.
  const bareOf = density === "dots" || (density === "slim" && word(pod) !== "");
  const marks = drawContainers(part(group, "pic-containers"), bareOf ? [] : pod.containers);
  const box = part(group, "pic-box");
  const stop = part(group, "pic-stop");
  const app = part(group, "pic-app");
  const suffix = part(group, "pic-suffix");
  const status = part(group, "pic-word");
  const room = width - TEXT_LEFT - 7;

  if (density === "dots") {
    setAll(box, { x: -1, y: -1, width: width + 2, height: height + 2, rx: height / 2 + 1 });
    setAll(stop, { cx: width / 2, cy: height / 2, r: width / 2 - 1.5 });
    for (const text of [app, suffix, status]) setText(text, "");
    return;
  }
  setAll(box, { x: 0, y: 0, width, height, rx: density === "slim" ? 7 : 9 });
  setAll(stop, { cx: 0, cy: height / 2, r: 5.5 });
  if (density === "slim") {
    setText(app, "");
    setAll(suffix, { x: SLIM_LEFT, y: height / 2 + 3.7 });
    const space = width - SLIM_LEFT - (marks > 0 ? marks + 4 : 4);
    setText(suffix, word(pod) !== "" ? fitted(word(pod), space, "code", SLIM_SIZE) : slimName(station, space));
    setText(status, "");
    setAll(part(group, "pic-containers"), { transform: moved(width - marks - 4, height / 2 - 2.5) });
    return;
  }
  // A name that would be cut, and that the Service in front says in full, gives its place to the rest.
  const size = sizeFor(pod.app, room, "bold", SIZES);
  const title = size === null && station.named && pod.suffix !== "" ? "" : pod.app;
  const bare = pod.suffix === "" || title === "";
  setAll(app, { y: bare ? height / 2 - 3 : height / 2 - 9 + (height < 48 ? 1 : 0), "font-size": size ?? SMALLEST });
  setText(app, fitted(title, room, "bold", size ?? SMALLEST));
  setAll(suffix, { x: TEXT_LEFT, y: height / 2 + (title === "" ? -2 : 4) });
  setText(suffix, fittedSuffix(pod.suffix, room, 10));
  setAll(part(group, "pic-containers"), { transform: moved(TEXT_LEFT, height / 2 + 10 - (bare ? 4 : 0)) });
  setAll(status, { x: TEXT_LEFT + marks + 2, y: height / 2 + 16 - (bare ? 4 : 0) });
  setText(status, fitted(word(pod), room - marks, "bold", 9.5));
}
