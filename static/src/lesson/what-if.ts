// A what-if figure: a small cluster of its own, a request, and changes to try. It runs in the page's worker; without
// scripts it stays the text that the server wrote.

import type { RequestAnswer, View } from "../dto.ts";
import { h, jsonAttribute } from "../dom.ts";
import { PictureView } from "../picture/index.ts";
import { Player } from "../player/player.ts";
import { showProblem, showVerdict } from "../trace/verdict.ts";
import type { Simulator } from "../worker/client.ts";
import type { FigureData } from "./data.ts";

export class WhatIf {
  private readonly data: FigureData;
  private readonly code = h("code");
  private readonly verdict = h("div", { class: "verdict", role: "status" });
  private readonly tries = h("div", { class: "tries", role: "group", "aria-label": "What if" });
  private readonly picture: PictureView;
  private readonly player: Player;
  private readonly cluster: ReturnType<Simulator["cluster"]>;
  private chosen = -1;
  private turn = 0;

  constructor(figure: HTMLElement, simulator: Simulator, session: string) {
    this.data = jsonAttribute<FigureData>(figure, "data-figure");
    this.cluster = simulator.cluster(session);
    const picture = h("div", { class: "picture" });
    const player = h("div", { class: "player", role: "group", "aria-label": "Journey of the request" });
    figure.replaceChildren(
      h("figcaption", {}, this.data.title),
      this.tries,
      h("pre", { tabindex: 0, "aria-label": "Manifests of the figure" }, this.code),
      picture,
      player,
      this.verdict,
    );
    this.picture = new PictureView(picture, { onSelect: (id) => this.picture.highlight([id]) });
    this.player = new Player(player, (position) => this.picture.seek(position));
    this.drawTries();
    void this.run("end");
  }

  private drawTries(): void {
    const labels = ["As it is", ...this.data.try.map(({ label }) => label)];
    const buttons = labels.map((label, index) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(index - 1 === this.chosen),
          onclick: () => {
            this.chosen = index - 1;
            for (const [other, button] of buttons.entries()) button.setAttribute("aria-pressed", String(other === index));
            void this.run("play");
          },
        },
        label,
      ),
    );
    this.tries.replaceChildren(...buttons);
  }

  /** Shows the manifests with what was changed marked, and in sight. */
  private showText(before: string, changed: string | null, after: string): void {
    const mark = changed === null ? null : h("mark", {}, changed);
    this.code.replaceChildren(before, ...(mark ? [mark] : []), after);
    const frame = this.code.parentElement;
    if (frame) frame.scrollTop = mark ? mark.offsetTop - frame.offsetTop - frame.clientHeight / 3 : 0;
  }

  private async run(how: "play" | "end"): Promise<void> {
    this.turn += 1;
    const turn = this.turn;
    const change = this.data.try[this.chosen];
    const at = change ? this.data.manifests.indexOf(change.replace) : -1;
    const before = at < 0 ? this.data.manifests : this.data.manifests.slice(0, at);
    const after = change && at >= 0 ? this.data.manifests.slice(at + change.replace.length) : "";
    const text = before + (at < 0 ? "" : (change?.with ?? "")) + after;
    this.showText(before, at < 0 ? null : (change?.with ?? ""), after);
    try {
      const view: View | null = await this.cluster.load([{ name: "figure.yaml", text }]);
      if (!view || turn !== this.turn) return;
      const { from, url, method } = this.data.ask;
      const answer: RequestAnswer | { error: string } = await this.cluster.request({ from, to: { url }, method });
      if (turn !== this.turn) return;
      this.picture.update(view);
      if ("error" in answer) {
        showProblem(this.verdict, "The request could not be sent", answer.error);
        return;
      }
      showVerdict(this.verdict, answer);
      this.picture.showTrace(answer);
      this.player.load(answer.hops, how);
    } catch (error) {
      showProblem(this.verdict, "The simulator stopped", error instanceof Error ? error.message : String(error));
    }
  }
}
