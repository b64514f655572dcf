// The figures of a load, in the place of a request's verdict: how many were answered, what became of the others, how long it took, and
// who answered.

import type { Picture, TrafficAnswer } from "../dto.ts";
import { h, prose } from "../dom.ts";
import { partMark, wellMark } from "../trace/marks.ts";
import { showProblem } from "../trace/verdict.ts";
import { clockTime } from "./timeline.ts";

const WORDS: Record<string, string> = {
  refused: "refused",
  timeout: "timed out",
  reset: "reset",
  dns_nxdomain: "name not found",
  dns_timeout: "no answer from DNS",
  tls_error: "TLS failed",
  unroutable: "no way there",
};

/** Draws the figures, or why there are none; `seek` goes to a time. */
export function showTraffic(root: HTMLElement, answer: TrafficAnswer | { error: string }, picture: Picture, seek: (ms: number) => void): void {
  if ("error" in answer) return showProblem(root, "The load could not be sent", answer.error);
  const { sent, succeeded } = answer;
  const lost = sent - succeeded;
  root.dataset["mood"] = lost === 0 ? "well" : succeeded === 0 ? "fail" : "part";
  const failed = Object.entries(answer.failed).map(([how, count]) => `${count} ${WORDS[how] ?? `answered ${how}`}`);
  const headline = lost === 0 ? `All ${sent} answered` : `${succeeded} of ${sent} answered, ${lost} failed`;
  root.replaceChildren(
    h("p", { class: "headline" }, lost === 0 ? wellMark() : partMark(), h("span", {}, headline)),
    ...(failed.length ? [h("p", { class: "detail" }, `${failed.join(", ")}.`)] : []),
    ...firstFailure(answer, seek),
    h("div", { class: "figures", role: "group", tabindex: 0, "aria-label": "Figures" }, ...latency(answer), ...hops(answer, picture), ...shares(answer)),
  );
}

function firstFailure({ first_failure: first }: TrafficAnswer, seek: (ms: number) => void): HTMLElement[] {
  if (!first) return [];
  const at = Math.round(first.at * 1000);
  const go = h("button", { type: "button", class: "line-link", onclick: () => seek(at) }, `The first, at ${clockTime(at)}`);
  return [h("p", { class: "detail" }, go, ": ", ...prose(first.headline))];
}

function latency({ latency_ms: latency, connections }: TrafficAnswer): HTMLElement[] {
  const opened = connections === 1 ? "1 connection" : `${connections} connections`;
  if (!latency) return [h("p", { class: "detail" }, `${opened}.`)];
  const [half, most] = [latency.p50, latency.p99].map((ms) => `${Number(ms.toPrecision(3))} ms`);
  return [h("p", { class: "detail" }, `Half within ${half}, 99 % within ${most}; ${opened}.`)];
}

function hops({ latency_by_hop: hops }: TrafficAnswer, picture: Picture): HTMLElement[] {
  const names = new Map([...picture.services, ...picture.pods].map(({ id, name }) => [id, name]));
  const name = (id: string): string => `${id.slice(0, id.indexOf("/"))} ${names.get(id) ?? id.slice(id.lastIndexOf("/") + 1)}`;
  return table("Where the time goes", hops.filter(({ ms }) => ms >= 0.0005).map(({ actor, ms }) => [name(actor), ms, `${Number(ms.toPrecision(2))} ms`]));
}

function shares({ by_backend: backends, succeeded }: TrafficAnswer): HTMLElement[] {
  const rows = Object.entries(backends).map(([pod, count]): [string, number, string] => {
    return [pod.slice(pod.indexOf("/") + 1), count, `${count} · ${Math.round((count / succeeded) * 100)} %`];
  });
  return table("Who answered", rows);
}

function table(caption: string, rows: readonly [string, number, string][]): HTMLElement[] {
  if (rows.length === 0) return [];
  const most = Math.max(...rows.map(([, value]) => value));
  const drawn = rows.map(([name, value, words]) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, name),
      h("td", { class: "bar" }, h("progress", { max: most, value, "aria-hidden": "true" })),
      h("td", { class: "number" }, words),
    ),
  );
  return [h("table", { class: "distribution" }, h("caption", {}, caption), h("tbody", {}, ...drawn))];
}
