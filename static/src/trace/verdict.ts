// The verdict above the trace: how the request ended, in a line, with a sign; and where many requests went.

import type { RequestAnswer } from "../dto.ts";
import { h } from "../dom.ts";
import { endMark, partMark, wellMark } from "./marks.ts";
import { isGood, moodOf } from "./words.ts";

/** Draws the verdict; `null` draws what to do first. `onHop` goes to a hop. */
export function showVerdict(root: HTMLElement, answer: RequestAnswer | null, onHop?: (index: number) => void): void {
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
    ...(answer.detail ? [h("p", { class: "detail" }, answer.detail)] : []),
    ...failures(answer, onHop),
    ...distribution(answer),
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

function distribution(answer: RequestAnswer): HTMLElement[] {
  const shares = Object.entries(answer.distribution ?? {});
  const total = shares.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return [];
  const most = Math.max(...shares.map(([, count]) => count));
  const rows = shares.map(([pod, count]) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, pod.slice(pod.indexOf("/") + 1)),
      h("td", { class: "bar" }, h("progress", { max: most, value: count, "aria-hidden": "true" })),
      h("td", { class: "number" }, String(count)),
      h("td", { class: "number quiet" }, `${Math.round((count / total) * 100)} %`),
    ),
  );
  return [h("table", { class: "distribution" }, h("caption", {}, `Where ${total} requests went`), h("tbody", {}, ...rows))];
}
