// What the Services and pods stand in: nodes as districts, namespaces as brackets over columns, the outside at the left, the
// cluster's DNS as the enquiry desk at the top right, and NetworkPolicies as barriers in front of the pods they isolate.

import type { PolicyView } from "../dto.ts";
import { type Band, type Layout, OUTSIDE, type Space, type Station } from "./layout.ts";
import { fitted } from "./lettering.ts";
import { monoWidth, textWidth } from "./metrics.ts";
import { describe, objectGroup, part } from "./object.ts";
import { barrierAt } from "./ways.ts";
import { moved, setAll, setText, svg } from "./svg.ts";

export function createBand(): SVGGElement {
  return objectGroup("pic-node", [svg("rect", { class: "pic-district", rx: 14 })]);
}

export function updateBand(group: SVGElement, band: Band): void {
  const { node } = band;
  if (node === null) describe(group, "", "Pods that are not scheduled to a node", "");
  else {
    const details = [node.address, `pods ${node.pod_cidr}`, node.zone ?? ""].filter((text) => text !== "");
    describe(group, node.id, `Node ${node.name}`, details.join(" · "));
  }
  group.setAttribute("class", `pic-object pic-node${node === null ? " unscheduled" : ""}`);
  setAll(group, { transform: moved(band.x, band.y) });
  setAll(part(group, "pic-district"), { width: band.width, height: band.height });
}

/** A band's words stand above the lines that cross them, so they are drawn apart from it. */
export function createBandText(): SVGGElement {
  return svg(
    "g",
    { class: "pic-band-text" },
    svg("text", { class: "pic-node-name", y: 17, "text-anchor": "end" }),
    svg("text", { class: "pic-cidr", y: 17, "text-anchor": "end" }),
  );
}

export function updateBandText(group: SVGElement, band: Band): void {
  const { node } = band;
  setAll(group, { transform: moved(band.x, band.y), "data-for": node?.id ?? "" });
  setText(part(group, "pic-node-name"), node?.name ?? "not scheduled");
  setText(part(group, "pic-cidr"), node?.pod_cidr ?? "");
}

/** Keeps the words of a band in sight, `right` being the last of the map that is; what comes in from the left crosses no word. */
export function placeBandText(group: SVGElement, band: Band, right: number): void {
  const to = Math.max(Math.min(band.width - 12, right - band.x - 12), 14);
  setAll(part(group, "pic-cidr"), { x: to });
  setAll(part(group, "pic-node-name"), { x: to - monoWidth(band.node?.pod_cidr ?? "", 10) - 8 });
}

export function createSpace(): SVGGElement {
  return svg("g", { class: "pic-namespace" }, svg("path", { fill: "none" }), svg("text"));
}

export function updateSpace(group: SVGElement, space: Space): void {
  const [path, text] = group.children;
  const label = fitted(`namespace ${space.namespace}`, space.width - 26, "bold", 11);
  const end = Math.min(space.width, textWidth(label, 11, "bold") + 18);
  if (path !== undefined) {
    setAll(path, { d: `M0 18V11Q0 6 5 6H8M${end} 6H${space.width - 5}Q${space.width} 6 ${space.width} 11V18` });
  }
  if (text !== undefined) {
    setAll(text, { x: 13, y: 10 });
    setText(text, label);
  }
  setAll(group, { transform: moved(space.x, space.y) });
}

const OUTSIDE_RADIUS = 21;
const OUTSIDE_RADIUS_COMPACT = 14;

export function createOutside(): SVGGElement {
  return objectGroup(
    "pic-outside",
    [svg("circle", { class: "pic-you" })],
    [
      svg("text", { class: "pic-you-text", "text-anchor": "middle", y: 3.5 }, "you"),
      svg("text", { class: "pic-outside-name", "text-anchor": "middle" }, "outside"),
      svg("text", { class: "pic-outside-address", "text-anchor": "middle" }),
    ],
  );
}

export function updateOutside(group: SVGElement, layout: Layout, id: string): void {
  const address = id.slice(OUTSIDE.length + 1);
  const small = layout.metrics.margin < 80;
  const radius = small ? OUTSIDE_RADIUS_COMPACT : OUTSIDE_RADIUS;
  describe(group, id, "Outside the cluster", address);
  setAll(group, { transform: moved(layout.outside.x, layout.outside.y) });
  setAll(part(group, "pic-you"), { r: radius });
  setAll(part(group, "pic-outside-name"), { y: radius + 15 });
  const text = part(group, "pic-outside-address");
  setAll(text, { y: radius + 28 });
  setText(text, small ? "" : address);
}

export function createDesk(): SVGGElement {
  return objectGroup(
    "pic-desk",
    [svg("circle", { class: "pic-desk-round", r: 12 })],
    [
      svg("text", { class: "pic-desk-mark", "text-anchor": "middle", y: 5 }, "i"),
      svg("text", { class: "pic-desk-name", x: 19, y: -1 }, "kube-dns"),
      svg("text", { class: "pic-desk-address", x: 19, y: 10 }),
    ],
  );
}

export function updateDesk(group: SVGElement, layout: Layout, id: string, address: string): void {
  describe(group, id, "Service kube-dns, the cluster's DNS", address);
  setAll(group, { transform: moved(layout.desk.x, layout.desk.y) });
  setText(part(group, "pic-desk-address"), address);
}

export interface Barrier {
  readonly key: string;
  readonly policies: readonly PolicyView[];
  readonly station: Station;
  readonly side: "ingress" | "egress";
}

export function barriersOf(layout: Layout): Barrier[] {
  return [...layout.stations.values()].flatMap((station) =>
    (["ingress", "egress"] as const).flatMap((side) =>
      station[side].length === 0 || station.density === "dots"
        ? []
        : [{ key: `${side} ${station.pod.id}`, policies: station[side], station, side }],
    ),
  );
}

export function createBarrier(): SVGGElement {
  return objectGroup("pic-barrier", [
    svg("rect", { class: "pic-post", x: -4.5, y: -10, width: 3, height: 20, rx: 1.5 }),
    svg("rect", { class: "pic-post", x: 1.5, y: -10, width: 3, height: 20, rx: 1.5 }),
    svg("path", { class: "pic-flap", d: "M-3 0H3" }),
  ]);
}

export function updateBarrier(group: SVGElement, barrier: Barrier): void {
  const names = barrier.policies.map((policy) => policy.name).join(", ");
  const ids = barrier.policies.map((policy) => policy.id).join(" ");
  const what = barrier.side === "ingress" ? "into" : "out of";
  describe(group, ids, `NetworkPolicy ${names}`, `decides what gets ${what} pod ${barrier.station.pod.name}`);
  const at = barrierAt(barrier.station, barrier.side);
  setAll(group, { transform: moved(at.x, at.y) });
}
