// The cluster as it runs, beside the text it was made of: its clock, which comes with the first press on Time, and what becomes of a text
// that is changed meanwhile. It waits until somebody says whether it is applied to what runs or is a cluster of its own.

import type { Moment, Picture, PodStatus, RequestAnswer, SourceFile, View } from "../dto.ts";
import { h, part } from "../dom.ts";
import { notice } from "../notice.ts";
import type { ClockView } from "../inspect/panel.ts";
import type { Load } from "../request/bar.ts";
import type { Time } from "../time/time.ts";
import { type Cluster, SimulatorStopped } from "../worker/client.ts";
import { Draft, type Text } from "./draft.ts";

export interface RunningHost {
  /** What the page shows; `null` before there is a cluster. */
  view(): View | null;
  /** The same cluster at another moment. */
  onMoment(view: View): void;
  /** The same cluster, and a text that waits, with what is wrong with it. */
  onDraft(view: View, draft: View, files: readonly SourceFile[]): void;
  /** The clock was opened or closed. */
  onOpen(open: boolean): void;
  /** The text in the editor is to be the cluster, or this one. */
  load(files?: readonly SourceFile[]): Promise<void>;
}

/** A style sheet beside the scripts, once it is in force. */
function style(name: string): Promise<unknown> {
  const link = h("link", { rel: "stylesheet", href: new URL(name, import.meta.url).href });
  const there = new Promise((resolve) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve);
  });
  document.head.append(link);
  return there;
}

/** A picture whose pods say how often they were restarted. */
function withRestarts(picture: Picture, pods: readonly PodStatus[]): Picture {
  const restarts = new Map(pods.map(({ namespace, name, restarts }) => [`Pod/${namespace}/${name}`, restarts]));
  return { ...picture, pods: picture.pods.map((pod) => ({ ...pod, restarts: restarts.get(pod.id) ?? 0 })) };
}

export class Running {
  private time: Time | null = null;
  private coming: Promise<Time> | null = null;
  /** Compares the text with that of the cluster. */
  private readonly draft: Draft;
  /** The text that the simulator read last, as it was then; and the picture that it gave last, whose lines are those of that text. */
  private read: Text | null = null;
  private drawn: Picture | null = null;
  /** The next text is a cluster of its own, though the clock is open. */
  private anew = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly cluster: Cluster,
    private readonly host: RunningHost,
  ) {
    this.draft = new Draft(cluster.sibling("draft"));
    part(root, "time").addEventListener("click", async () => {
      await this.show(!this.isOpen);
      this.time?.focus();
    });
  }

  get isOpen(): boolean {
    return this.time?.isOpen ?? false;
  }

  get clock(): ClockView | null {
    return this.time?.clock ?? null;
  }

  /** Whether a load is on the cluster. */
  get flows(): boolean {
    return this.time?.flows ?? false;
  }

  /** Whether a changed text waits. */
  get holds(): boolean {
    return this.isOpen && !this.anew && this.read !== null;
  }

  /** The next text waits for nobody; nor does a load go on. */
  takeNext(): void {
    this.anew = true;
    this.time?.still();
  }

  /** There is no load any more. */
  still(): void {
    this.time?.still();
  }

  /** An object was chosen in the picture. */
  choose(id: string): void {
    this.time?.choose(id);
  }

  /** Lines of an answer where they stand in the text now. */
  relined(answer: RequestAnswer): RequestAnswer {
    return this.draft.relined(answer);
  }

  /** A text is on its way to the simulator. */
  loading(): void {
    this.anew = false;
  }

  /** A text was read and is the cluster; what was done to the one before can be had back. */
  begin(view: View, files: readonly SourceFile[], restore: (files: readonly SourceFile[]) => void): void {
    const before = this.read;
    this.read = { files, view };
    this.drawn = view.picture;
    this.draft.begin(this.read);
    const done = this.time?.begin(view) ?? [];
    if (done.length === 0 || !before) return;
    const undo = async (): Promise<void> => {
      this.anew = true;
      restore(before.files);
      await this.host.load(before.files);
      await this.time?.replay(done, done.at(-1)?.at ?? view.now_ms);
    };
    notice("The cluster has started anew, and what was done to it is undone.", { label: "Undo", run: () => void undo() });
  }

  /** A changed text waits. */
  async hold(files: readonly SourceFile[]): Promise<void> {
    const { read } = this;
    if (!read) return;
    let draft: View | null;
    try {
      draft = await this.draft.take(files, read);
    } catch (error) {
      if (error instanceof SimulatorStopped) return;
      throw error;
    }
    const view = this.host.view();
    if (!draft || !view || this.read !== read) return;
    // What runs is as before; where it stands in the text is not.
    const { extents, objects } = draft;
    const picture = withRestarts(this.draft.moved(this.drawn ?? view.picture), view.pods);
    this.host.onDraft({ ...view, extents, objects, picture }, draft, files);
    this.time?.changed(this.draft.words, this.draft.changed.length > 0);
  }

  /** Opens or closes the clock; its code comes with the first time. */
  async show(open: boolean): Promise<void> {
    const view = this.host.view();
    if (open === this.isOpen || !view) return;
    this.coming ??= Promise.all([import("../time/time.ts"), style(TIME_STYLE)]).then(([{ Time }]) => {
      const [clock, picture, verdict] = ["clock", "picture", "verdict"].map((name) => part<HTMLElement>(this.root, name)) as [HTMLElement, HTMLElement, HTMLElement];
      return new Time(clock, picture, verdict, this.cluster, this.host.view() ?? view, {
        onMoment: (moment) => this.moment(moment),
        onOpen: (opened) => this.opened(opened),
        startAnew: () => this.startAnew(),
        apply: () => void this.apply(),
      });
    });
    this.time = await this.coming;
    this.time.open(open);
  }

  /** Puts a load on the cluster from now on. */
  async send(load: Load): Promise<void> {
    await this.show(true);
    await this.time?.send(load);
  }

  private moment({ now_ms, next_ms, picture, pods, events }: Moment): void {
    const view = this.host.view();
    if (!view) return;
    this.drawn = picture;
    this.host.onMoment({ ...view, now_ms, next_ms, picture: withRestarts(this.draft.moved(picture), pods), pods, events });
  }

  private opened(open: boolean): void {
    part(this.root, "time").setAttribute("aria-expanded", String(open));
    if (!open && this.draft.words) this.startAnew();
    this.host.onOpen(open);
  }

  private async apply(): Promise<void> {
    const { changed, text } = this.draft;
    if (!this.time || changed.length === 0) return;
    this.draft.applied();
    this.time.changed(this.draft.words, false);
    const names = changed.map((id) => `${id.slice(0, id.indexOf("/"))} ${id.slice(id.lastIndexOf("/") + 1)}`);
    await this.time.act({ apply: text }, `${names.join(", ")} applied`);
  }

  private startAnew(): void {
    this.anew = true;
    void this.host.load();
  }
}
