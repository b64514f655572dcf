// The verdict above the trace: how the request ended, in a line, with a sign; and where many requests went.

import type { RequestAnswer } from "../dto.ts";
import { h, prose } from "../dom.ts";
import { endMark, partMark, wellMark } from "./marks.ts";
import { isGood, moodOf } from "./words.ts";

/** Draws the verdict; `null` draws what to do first. `onHop` goes to a hop, `onCourse` shows what another of many requests met with. */
export function showVerdict(
  root: HTMLElement,
  answer: RequestAnswer | null,
  onHop?: (index: number) => void,
  onCourse?: (course: RequestAnswer) => void,
): void {
  if (!answer) {
    delete root.dataset["mood"];
    root.replaceChildren(
      h("p", { class: "headline" }, "No request yet"),
      h("p", { class: "detail" }, "Send one, and every hop it takes is listed here with the rule that decided it."),
    );
    return;
  }
  const mood = moodOf(answer);
  root.dataset["mood"] = mood;
  const byPolicy = answer.hops.some(({ kind, end }) => kind === "policy" && end !== null);
  const mark = { well: wellMark, part: partMark, fail: () => endMark(answer.outcome, byPolicy) }[mood]();
  root.replaceChildren(
    h("p", { class: "headline" }, mark, h("span", {}, answer.headline)),
    ...(answer.detail ? [h("p", { class: "detail" }, ...prose(answer.detail))] : []),
    ...failures(answer, onHop),
    ...distribution(answer, onCourse),
  );
}

/** The way to what failed behind a good answer, which may be far down the list. */
function failures(answer: RequestAnswer, onHop?: (index: number) => void): HTMLElement[] {
  if (onHop === undefined || moodOf(answer) !== "part") return [];
  const failed = answer.hops.filter(({ end, status }) => end !== null && !isGood(end, status));
  let next = 0;
  const show = (): void => {
    const hop = failed[next % failed.length];
    next += 1;
    if (hop) onHop(hop.index);
  };
  return failed.length ? [h("p", {}, h("button", { type: "button", class: "line-link", onclick: show }, failed.length > 1 ? "Show the failures in turn" : "Show the failure"))] : [];
}

/** Says that a question could not be asked. */
export function showProblem(root: HTMLElement, headline: string, detail: string): void {
  root.dataset["mood"] = "fail";
  root.replaceChildren(h("p", { class: "headline" }, headline), h("p", { class: "detail" }, detail));
}

/** Where many requests went; a pod's name shows the course of the first that reached it. */
function distribution(answer: RequestAnswer, onCourse?: (course: RequestAnswer) => void): HTMLElement[] {
  const shares = Object.entries(answer.distribution ?? {});
  const total = shares.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return [];
  const podOf = ({ backend }: RequestAnswer): string => (backend ? `${backend.namespace}/${backend.pod}` : "");
  const shown = podOf(answer);
  const most = Math.max(...shares.map(([, count]) => count));
  const rows = shares.map(([pod, count]) => {
    const course = onCourse && answer.courses?.find((one) => podOf(one) === pod);
    const name = pod.slice(pod.indexOf("/") + 1);
    const show = course && { type: "button", class: "line-link", "aria-pressed": String(pod === shown), onclick: () => onCourse(course) };
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, show ? h("button", show, name) : name),
      h("td", { class: "bar" }, h("progress", { max: most, value: count, "aria-hidden": "true" })),
      h("td", { class: "number" }, String(count)),
      h("td", { class: "number quiet" }, `${Math.round((count / total) * 100)} %`),
    );
  });
  return [h("table", { class: "distribution" }, h("caption", {}, `Where ${total} requests went`), h("tbody", {}, ...rows))];
}
