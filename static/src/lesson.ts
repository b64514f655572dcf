// The page of a lesson: its playground, its goals checked after each edit, hints, prediction and figures.

import type { SourceFile } from "./dto.ts";
import { find, h, part } from "./dom.ts";
import { type LessonData, idOf } from "./lesson/data.ts";
import { Goals } from "./lesson/goals.ts";
import { stageHints } from "./lesson/hints.ts";
import { answerPrediction } from "./lesson/predict.ts";
import { keepText, keptText, lessonsDone, markDone } from "./lesson/progress.ts";
import { WhatIf } from "./lesson/what-if.ts";
import { notice } from "./notice.ts";
import { Playground } from "./playground/playground.ts";
import { SimulatorStopped, Simulator } from "./worker/client.ts";

const simulator = new Simulator((words) => notice(words));
simulator.warmUp();

const lesson = JSON.parse(find(document, "#lesson").textContent) as LessonData;
const root = find(document, "[data-playground]");
const goals = new Goals(root);
const kept = keptText(lesson.slug);
let saving: ReturnType<typeof setTimeout> | undefined;

const playground = new Playground(
  root,
  simulator.cluster("lesson"),
  {
    onEdit: (files) => {
      clearTimeout(saving);
      saving = setTimeout(() => keepText(lesson.slug, sameText(files, lesson.files) ? null : files), 400);
    },
    onView: () => void check(),
  },
  {
    files: kept ?? lesson.files,
    request: lesson.ask && { from: idOf(lesson.ask.from), url: lesson.ask.url, method: lesson.ask.method },
    sendFirst: false,
  },
);
if (kept) notice("This is the text you left here.", { label: "Start again", run: () => playground.replaceText(lesson.files) });

const prediction = root.querySelector<HTMLElement>("[data-part=predict]");
if (prediction) answerPrediction(prediction);
const hints = root.querySelector<HTMLElement>("[data-part=hints]");
if (hints) stageHints(hints);
// One press would solve the lesson; what is wrong is said all the same.
if (!lessonsDone().has(lesson.slug)) playground.fixes = false;
const last = [...(hints?.querySelectorAll("details:not(.solution)") ?? [])].slice(0, 3).at(-1);
last?.addEventListener("toggle", () => (playground.fixes = true), { once: true });
if (lesson.solution.length > 0) offerSolution();
startFigures();

async function check(): Promise<void> {
  try {
    if (!goals.show(await playground.check(lesson.goals))) return;
  } catch (error) {
    if (error instanceof SimulatorStopped) return;
    throw error;
  }
  markDone(lesson.slug);
  playground.fixes = true;
  part<HTMLDetailsElement>(root, "after").open = true;
  root.querySelector("a[rel=next]")?.toggleAttribute("data-ready", true);
}

function offerSolution(): void {
  const offer = part(root, "solution");
  offer.hidden = false;
  const ask = h("button", { type: "button", class: "button small quiet" }, "Put the solution into the editor");
  const sure = h("button", { type: "button", class: "button small" }, "Replace my text");
  const reset = h("button", { type: "button", class: "text-button" }, "Start again");
  sure.hidden = true;
  ask.addEventListener("click", () => {
    sure.hidden = false;
    ask.hidden = true;
    sure.focus();
  });
  sure.addEventListener("click", () => {
    sure.hidden = true;
    ask.hidden = false;
    replace(lesson.solution, "The solution is in the editor in place of your text.");
  });
  reset.addEventListener("click", () => replace(lesson.files, "The lesson's text is back as it was at the start."));
  offer.append(ask, sure, reset);
}

function replace(files: readonly SourceFile[], words: string): void {
  const before = playground.files;
  playground.replaceText(files);
  notice(words, { label: "Undo", run: () => playground.replaceText(before) });
}

/** A figure starts when it comes near the screen. */
function startFigures(): void {
  let number = 0;
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        number += 1;
        new WhatIf(target as HTMLElement, simulator, `figure-${number}`);
      }
    },
    { rootMargin: "400px" },
  );
  for (const figure of root.querySelectorAll("figure.what-if")) observer.observe(figure);
}

function sameText(a: readonly SourceFile[], b: readonly SourceFile[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
