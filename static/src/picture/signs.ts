// The mark at the stop where a request failed: a shape for each way to fail, and its words beside it.

import type { Point } from "./geometry.ts";
import type { RouteStop, Sign } from "./route.ts";
import { textWidth } from "./metrics.ts";
import { moved, svg } from "./svg.ts";

const GLYPHS: Record<Sign, string> = {
  // Turned back: an arrow that comes in from the left, turns and leaves again.
  refused: "M-5 3.5H1.2A3.2 3.2 0 0 0 1.2 -3H-4M-1.6 -5.6L-4.4 -3L-1.6 -.4",
  // A clock.
  timeout: "M0 -4.2V0L3 2",
  // No entry: the bar.
  policy: "M-4.2 0H4.2",
  nxdomain: "M-2.6 -2.4A2.7 2.7 0 1 1 .9 .1Q0 .6 0 2M0 4.9V5",
  reset: "M-3.4 -3.4L3.4 3.4M3.4 -3.4L-3.4 3.4",
  // A padlock.
  tls: "M-3.4 -.6H3.4V4H-3.4ZM-2 -.6V-2.4A2 2 0 0 1 2 -2.4V-.6",
  unroutable: "M-5 0H-1.5M1.5 0H5M-1.5 -3V3M1.5 -3V3",
};

function sign(kind: Sign): SVGGElement {
  return svg(
    "g",
    { class: `pic-sign ${kind}` },
    svg("circle", { class: "pic-sign-halo", r: 12 }),
    svg("circle", { class: "pic-sign-round", r: 9.5 }),
    svg("path", { class: "pic-sign-glyph", d: GLYPHS[kind] }),
  );
}

/** The tunnel in which a request is lost: its way goes on a little and fades. */
function tunnel(angle: number): SVGGElement {
  const dots = [0, 1, 2].map((step) => svg("circle", { class: `pic-tunnel-${step}`, cx: 15 + step * 6, cy: 0, r: 2.2 - step * 0.4 }));
  return svg("g", { class: "pic-tunnel", transform: `rotate(${Math.round(angle)})` }, ...dots);
}

/** Draws how a request failed at a stop. */
export function drawSign(stop: RouteStop): SVGGElement | null {
  if (stop.sign === null) return null;
  const { kind, at, angle, words, clear } = stop.sign;
  const group = svg("g", { class: "pic-failure", transform: moved(at.x, at.y) });
  if (kind === "timeout") group.append(tunnel(angle));
  if (kind === "policy") group.append(svg("rect", { class: "pic-closed", x: -21, y: -4.5, width: 21, height: 9, rx: 4.5 }));
  const width = textWidth(words, 11, "bold") + 12;
  group.append(
    sign(kind),
    svg("rect", { class: "pic-plate", x: -width / 2, y: clear, width, height: 18, rx: 9 }),
    svg("text", { class: "pic-plate-text", "text-anchor": "middle", y: clear + 13 }, words),
  );
  return group;
}

/** Draws the status that came back, in a small plate on the edge of the pod that answered. */
export function drawStatus(stop: RouteStop, corner: Point): SVGGElement | null {
  const { hop } = stop;
  if ((hop.kind !== "container" && hop.kind !== "route") || hop.end !== "response" || hop.status === null) return null;
  const bad = hop.status >= 400;
  return svg(
    "g",
    { class: `pic-status${bad ? " bad" : ""}`, transform: moved(corner.x, corner.y) },
    svg("rect", { x: -34, y: -7, width: 28, height: 14, rx: 7 }),
    svg("text", { x: -20, y: 3.5, "text-anchor": "middle" }, String(hop.status)),
  );
}
