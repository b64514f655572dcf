// A Service: its roundel with its mark, its name and type beside it, and the capsule that spans the rows of its pods.

import type { Capsule } from "./layout.ts";
import { fitted, sizeFor } from "./lettering.ts";
import { CAPSULE, type Metrics, ROUNDEL } from "./metrics.ts";
import { describe, objectGroup, part } from "./object.ts";
import { lineClass, moved, setAll, setText, svg } from "./svg.ts";

/** Sizes of a Service's name: a long one is set smaller before it is cut. */
const SIZES = [12.5, 11.5, 10.5];
const SMALLEST = 10.5;
const TYPE_SIZES = [9.5, 8.5];
const SMALLEST_TYPE = 8.5;

export function createService(): SVGGElement {
  return objectGroup(
    "pic-service",
    [
      svg("circle", { class: "pic-ring", r: ROUNDEL + 3 }),
      svg("circle", { class: "pic-roundel", r: ROUNDEL }),
      svg("circle", { class: "pic-roundel-stripe", r: ROUNDEL - 2.5 }),
    ],
    [
      svg("text", { class: "pic-mark", "text-anchor": "middle", y: 4.5 }),
      svg("text", { class: "pic-name", x: ROUNDEL + 6, y: -1 }),
      svg("text", { class: "pic-type", x: ROUNDEL + 6, y: 11 }),
      svg("text", { class: "pic-none", x: CAPSULE / 2 + 6 }),
    ],
  );
}

/** The capsule stands below the route and the roundel above it, so they are drawn apart. */
export function createCapsule(): SVGGElement {
  return svg(
    "g",
    {},
    svg("line", { class: "pic-stem", y1: 0 }),
    svg("rect", { class: "pic-capsule", width: CAPSULE, rx: CAPSULE / 2, x: -CAPSULE / 2 }),
  );
}

export function updateCapsule(group: SVGElement, capsule: Capsule): void {
  const { service } = capsule;
  const top = capsule.top - capsule.roundel;
  const height = Math.max(CAPSULE, capsule.bottom - capsule.top);
  setAll(group, {
    class: `pic-object pic-body ${lineClass(capsule.color)}${service.pods.length === 0 ? " empty" : ""}`,
    transform: moved(capsule.x, capsule.roundel),
    "data-for": service.id,
  });
  setAll(part(group, "pic-stem"), { y2: top + 2 });
  setAll(part(group, "pic-capsule"), { y: top, height });
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
  const room = capsule.room + metrics.channel / 2;
  const top = capsule.top - capsule.roundel;
  const bottom = capsule.bottom - capsule.roundel;
  setText(part(group, "pic-mark"), service.mark);
  const size = sizeFor(service.name, room, "bold", SIZES) ?? SMALLEST;
  setAll(part(group, "pic-name"), { "font-size": size });
  setText(part(group, "pic-name"), fitted(service.name, room, "bold", size));
  const words = typeText(capsule);
  const small = sizeFor(words, room, "code", TYPE_SIZES) ?? SMALLEST_TYPE;
  setAll(part(group, "pic-type"), { "font-size": small });
  setText(part(group, "pic-type"), fitted(words, room, "code", small));
  const none = part(group, "pic-none");
  setAll(none, { y: (top + bottom) / 2 + 3.5 });
  setText(none, empty && service.service_type !== "ExternalName" ? "no pods" : "");
}
