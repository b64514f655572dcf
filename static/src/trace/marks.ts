// The small signs of the itinerary: a stop has one shape for its kind, and an end that failed one for how it failed, so
// that nothing rests on colour.

import type { Hop, Outcome } from "../dto.ts";
import { svg } from "../dom.ts";
import { arrived } from "./words.ts";

/** A 20×20 sign; it is decoration, the words beside it say the same. */
function sign(name: string, ...shapes: SVGElement[]): SVGSVGElement {
  return svg("svg", { class: `mark mark-${name}`, viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true" }, ...shapes);
}

const ring = (r: number, className: string): SVGElement => svg("circle", { cx: 10, cy: 10, r, class: className });
const path = (d: string, className: string): SVGElement => svg("path", { d, class: className });

/** How a failed exchange ended: stopped, turned back, lost in time, unknown. */
export function endMark(end: Outcome, byPolicy: boolean): SVGSVGElement {
  const disc = ring(8.5, "disc");
  if (byPolicy) return sign("fail", disc, path("M5.5 10h9", "on-disc"));
  switch (end) {
    case "refused":
    case "reset":
      return sign("fail", disc, path("M13.5 13.5V9.8a2.3 2.3 0 0 0-2.3-2.3H6.6m2.5-2.6L6.4 7.5l2.7 2.6", "on-disc"));
    case "timeout":
    case "dns_timeout":
      return sign("fail", disc, path("M10 5.2V10l3.2 2.2", "on-disc"));
    case "dns_nxdomain":
      return sign("fail", disc, path("M7.6 7.7a2.4 2.4 0 1 1 3.6 2.1c-.8.5-1.2.9-1.2 1.8m0 2.5v.1", "on-disc"));
    default:
      return sign("fail", disc, path("M6.8 6.8l6.4 6.4m0-6.4l-6.4 6.4", "on-disc"));
  }
}

/** The sign of a good end. */
export function wellMark(): SVGSVGElement {
  return sign("well", ring(8.5, "disc"), path("M6 10.3l2.7 2.7L14 7.4", "on-disc"));
}

/** The sign of a good answer behind which something failed. */
export function partMark(): SVGSVGElement {
  return sign("part", ring(8.5, "disc"), path("M10 5.4v5.4M10 14.2v.1", "on-disc"));
}

/** The sign of a stop. */
export function hopMark(hop: Hop, letter: string | null): SVGSVGElement {
  if (hop.end && !arrived(hop.end)) return endMark(hop.end, hop.kind === "policy");
  switch (hop.kind) {
    case "dns":
      return sign("dns", ring(7.5, "ink"), path("M10 9.2v4.6M10 6v.2", "on-ink"));
    case "service": {
      const box = svg("rect", { x: 1.5, y: 3, width: 17, height: 14, rx: 6, class: "capsule" });
      return sign("service", box, ...(letter ? [svg("text", { x: 10, y: 13.4, class: "letter" }, letter)] : []));
    }
    case "policy":
      return sign("policy", svg("rect", { x: 2, y: 7, width: 16, height: 6, rx: 3, class: "ink" }), path("M6 10h8", "on-ink"));
    case "node":
      return sign("node", svg("rect", { x: 3.5, y: 3.5, width: 13, height: 13, rx: 2.5, class: "stop" }));
    case "route":
      return sign("route", ring(7.5, "ink"), path("M5.8 10h3.4M9.2 10l4-3.2M9.2 10l4 3.2", "on-ink"));
    case "outside":
      return sign("outside", ring(7, "ink"));
    case "client":
    case "container":
      return sign("stop", ring(6, "stop"));
  }
}
