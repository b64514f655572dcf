// A Service: its roundel with its mark, its name and type beside it, and the capsule that spans the rows of its pods.

import type { Capsule } from "./layout.ts";
import { CAPSULE, fitText, type Metrics, monoWidth, ROUNDEL, textWidth } from "./metrics.ts";
import { describe, objectGroup, part } from "./object.ts";
import { lineClass, moved, setAll, setText, svg } from "./svg.ts";

export function createService(): SVGGElement {
  const group = objectGroup("pic-service");
  group.append(
    svg("line", { class: "pic-stem" }),
    svg("rect", { class: "pic-capsule", width: CAPSULE, rx: CAPSULE / 2, x: -CAPSULE / 2 }),
    svg("circle", { class: "pic-ring", r: ROUNDEL + 3 }),
    svg("circle", { class: "pic-roundel", r: ROUNDEL }),
    svg("text", { class: "pic-mark", "text-anchor": "middle", y: 4.5 }),
    svg("text", { class: "pic-name", x: ROUNDEL + 6, y: -1 }),
    svg("text", { class: "pic-type", x: ROUNDEL + 6, y: 11 }),
    svg("text", { class: "pic-none", x: CAPSULE / 2 + 6 }),
  );
  return group;
}

/** What stands under a Service's name. */
function typeText(capsule: Capsule): string {
  const { service } = capsule;
  const [external] = service.external_ips;
  if (external !== undefined) return `${service.service_type} ${external}`;
  return service.service_type;
}

export function updateService(group: SVGElement, capsule: Capsule, metrics: Metrics): void {
  const { service } = capsule;
  const empty = service.pods.length === 0;
  const addresses = [...service.cluster_ips, ...service.external_ips].join(", ");
  const pods = empty ? "no pods" : `${service.pods.length} ${service.pods.length === 1 ? "pod" : "pods"}`;
  describe(
    group,
    service.id,
    `Service ${service.name}`,
    [service.service_type, addresses, service.ports.join(", "), pods].filter((text) => text !== "").join(" · "),
  );
  setAll(group, { transform: moved(capsule.x, capsule.roundel) });
  group.setAttribute("class", `pic-object pic-service ${lineClass(capsule.color)}${empty ? " empty" : ""}`);
  const top = capsule.top - capsule.roundel;
  const bottom = capsule.bottom - capsule.roundel;
  setAll(part(group, "pic-stem"), { y1: ROUNDEL, y2: top + 2 });
  setAll(part(group, "pic-capsule"), { y: top, height: Math.max(CAPSULE, bottom - top) });
  setText(part(group, "pic-mark"), service.mark);
  setText(part(group, "pic-name"), fitText(service.name, capsule.room + metrics.channel, (text) => textWidth(text, 12.5, "bold")));
  setText(part(group, "pic-type"), fitText(typeText(capsule), capsule.room, (text) => monoWidth(text, 9.5)));
  const none = part(group, "pic-none");
  setAll(none, { y: (top + bottom) / 2 + 3.5 });
  setText(none, empty && service.service_type !== "ExternalName" ? "no pods" : "");
}
