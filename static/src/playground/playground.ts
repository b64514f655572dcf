// The playground: editor, request bar, picture, player and trace around one cluster. Everything here is wiring: the text
// goes to the simulator, its view goes to all parts, a selection in one part lights the others.

import type { GoalResult, RequestAnswer, SourceFile, TextRange, View } from "../dto.ts";
import { part } from "../dom.ts";
import { Editor } from "../editor/editor.ts";
import { Status } from "../editor/status.ts";
import { Tabs } from "../editor/tabs.ts";
import { takeDroppedFiles } from "../editor/drop.ts";
import { notice } from "../notice.ts";
import { PictureView } from "../picture/index.ts";
import { Player } from "../player/player.ts";
import { type Load, RequestBar, type RequestForm } from "../request/bar.ts";
import { atTheDoor } from "../share/secrets.ts";
import { Deck } from "../inspect/deck.ts";
import { Itinerary } from "../trace/itinerary.ts";
import { showProblem, showVerdict } from "../trace/verdict.ts";
import { arrived } from "../trace/words.ts";
import { type Cluster, type Query, SimulatorStopped } from "../worker/client.ts";
import { Panels } from "./panels.ts";
import { objectAt, rangeOf, selectedAt, type Selected, selectionWords, withoutObjects } from "./places.ts";
import { Running } from "./running.ts";

/** What a page may want to know of its playground. */
export interface PlaygroundHost {
  /** The text changed. */
  onEdit?(files: SourceFile[]): void;
  /** The cluster of the newest text is there. */
  onView?(view: View): void;
  /** A request was answered. */
  onAnswer?(answer: RequestAnswer): void;
}

/** A text of more characters than this is read again when the typing pauses, not at every key. */
const LARGE = 500_000;
const LARGE_PAUSE = 600;

/** A text of more characters than this is not read: a cluster's manifests are smaller by far, and a page must stay usable. */
const LARGEST = 3_000_000;

/** How long a text is read before that is said, in milliseconds. */
const SLOW = 400;

/** How long the typing pauses before the trace follows, in milliseconds; the picture follows at once. */
const PAUSE = 120;

/** Takes the values of Secrets out of what a cluster gave, and says so. */
function letIn(text: string): string {
  const safe = atTheDoor(text);
  if (safe !== text) notice("This came from a cluster, so the values of its Secrets were left out. Their keys and certificates are there.");
  return safe;
}

export class Playground {
  private readonly editor: Editor;
  private readonly tabs: Tabs;
  private readonly status: Status;
  private readonly bar: RequestBar;
  private readonly picture: PictureView;
  private readonly player: Player;
  private readonly itinerary: Itinerary;
  private readonly verdict: HTMLElement;
  private readonly panels: Panels;
  private view: View | null = null;
  private answer: RequestAnswer | null = null;
  /** The same as the simulator gave it. */
  private raw: RequestAnswer | null = null;
  /** The request that the trace shows; asked again after each edit. */
  private asked: object | null = null;
  /** Send the first suggestion as soon as there is one. */
  private sendFirst: boolean;
  private scheduled = false;
  private later: ReturnType<typeof setTimeout> | undefined;
  private playing = false;
  private turn = 0;
  private again: ReturnType<typeof setTimeout> | undefined;
  private readonly deck: Deck;
  /** Holds the text without what is taken for switched off. */
  private readonly hypothetical: Cluster;
  /** The cluster's clock, and the text that waits while it is open. */
  private readonly running: Running;
  private asking = false;
  private fixesOffered = true;
  private diagnosed: [View, readonly SourceFile[], boolean] | null = null;
  private askMore = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly cluster: Cluster,
    private readonly host: PlaygroundHost,
    options: { files: readonly SourceFile[]; request?: Partial<RequestForm> | null; sendFirst: boolean },
  ) {
    this.sendFirst = options.sendFirst;
    this.panels = new Panels(root, (panel) => {
      if (panel === "time") void this.running.show(true);
    });
    this.verdict = part(root, "verdict");
    showVerdict(this.verdict, null);
    this.bar = new RequestBar(part<HTMLFormElement>(root, "request"), () => void this.send("play"));
    this.picture = new PictureView(part(root, "picture"), { onSelect: (id) => this.selectObject(id) });
    this.itinerary = new Itinerary(part(root, "itinerary"), {
      onHop: (index) => this.selectHop(index),
      onLine: (range) => this.selectLine(range),
    });
    this.hypothetical = cluster.sibling("hypothetical");
    this.running = new Running(root, cluster, {
      view: () => this.view,
      onMoment: (view) => this.showMoment(view),
      onDraft: (view, draft, files) => {
        this.view = view;
        this.showProblems(draft, files, false);
      },
      onOpen: (open) => {
        if (!open && root.dataset["show"] === "time") this.panels.show("picture");
        if (this.view) this.deck.at(this.view, this.running.clock);
      },
      load: (files) => this.load(files),
    });
    this.deck = new Deck(part(root, "inspect"), part(root, "itinerary"), {
      query: (query) => this.quietly(this.cluster.query(query)),
      queryWithout: (ids, query) => this.quietly(this.without(ids, query)),
      onLine: (range) => this.selectLine(range),
      onPoint: (ids) => this.picture.point(ids),
      onSelect: (id) => this.selectObject(id),
      send: (from, url) => {
        this.bar.set({ from, url, count: 1 });
        void this.send("play");
      },
    });
    this.player = new Player(part(root, "player"), (position, playing) => this.moved(position, playing));
    this.status = new Status(part(root, "status"), {
      select: (range) => this.selectLine(range),
      apply: (fix) => this.editor.apply(fix),
    });
    this.tabs = new Tabs(part(root, "files"), {
      choose: (index) => this.showFile(index),
      add: () => this.editor.add({ name: "manifests.yaml", text: "" }),
      rename: (index, name) => this.editor.rename(index, name),
      close: (index) => this.closeFile(index),
    });
    const element = part(root, "editor");
    this.editor = new Editor(element, {
      onChange: () => this.edited(),
      onLine: (file, line) => this.lightLine(file, line),
      onHover: (file, line) => this.pointAt(file, line),
      onPaste: letIn,
    }, "Manifests");
    takeDroppedFiles(element, ({ name, text }) => this.editor.add({ name, text: letIn(text) }));
    root.addEventListener("keydown", (event) => this.key(event), { capture: true });
    if (options.request) this.bar.set(options.request);
    this.editor.setFiles(options.files);
  }

  get files(): SourceFile[] {
    return this.editor.sources;
  }

  get request(): RequestForm {
    return this.bar.value;
  }

  /** Replaces text and request. */
  open(files: readonly SourceFile[], request: Partial<RequestForm> | null): void {
    this.asked = null;
    this.answer = null;
    this.sendFirst = true;
    this.bar.set({ url: "", method: "GET", count: 1, ...request });
    this.showAnswer(null, "start");
    this.running.takeNext();
    this.editor.setFiles(files);
  }

  /** Whether one press mends what is wrong; where not, the words say it all the same. */
  set fixes(offered: boolean) {
    if (offered === this.fixesOffered) return;
    this.fixesOffered = offered;
    if (this.diagnosed) this.showProblems(...this.diagnosed);
  }

  /** Shows what is wrong with the text; `stale` where the picture stays that of the text before. */
  private showProblems(view: View, files: readonly SourceFile[], stale: boolean): void {
    this.diagnosed = [view, files, stale];
    const diagnostics = this.fixesOffered ? view.diagnostics : view.diagnostics.map((diagnostic) => ({ ...diagnostic, fix: null }));
    this.editor.setDiagnostics(diagnostics);
    this.status.update({ ...view, diagnostics }, files, stale);
  }

  /** Puts the text back as it was at the start of a lesson, without sending anything. */
  replaceText(files: readonly SourceFile[]): void {
    this.running.takeNext();
    this.editor.setFiles(files);
  }

  /** How goals stand with the newest text. */
  check(goals: unknown): Promise<GoalResult[]> {
    return this.cluster.check(goals);
  }

  /** Control and Enter send from everywhere, also out of the text. */
  private key(event: KeyboardEvent): void {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    void this.send("play");
  }

  private edited(): void {
    this.tabs.update(this.editor.tabs, this.editor.current);
    clearTimeout(this.later);
    if (this.editor.size > LARGE) this.later = setTimeout(() => this.take(), LARGE_PAUSE);
    else if (!this.scheduled) {
      this.scheduled = true;
      queueMicrotask(() => this.take());
    }
  }

  /** Hands the text on: to the page, to the simulator. */
  private take(): void {
    this.scheduled = false;
    const files = this.editor.sources;
    this.host.onEdit?.(files);
    if (this.editor.size > LARGEST) {
      this.root.toggleAttribute("data-stale", this.view !== null);
      this.status.tooLarge(this.editor.size, LARGEST);
    } else if (this.running.holds) void this.running.hold(files);
    else void this.load(files);
  }

  /** The same cluster at another moment. */
  private showMoment(view: View): void {
    this.view = view;
    this.picture.update(view);
    this.deck.at(view, this.running.clock);
    if (this.asked && !this.running.flows) void this.askAtMoment(this.asked);
  }

  /** Asks the last question again, without the journey; while one is asked, the newest moment waits. */
  private async askAtMoment(query: object): Promise<void> {
    this.askMore = this.asking;
    if (this.asking) return;
    this.asking = true;
    try {
      do {
        this.askMore = false;
        await this.ask(query, "end");
      } while (this.askMore);
    } finally {
      this.asking = false;
    }
  }

  private async load(files: readonly SourceFile[] = this.editor.sources): Promise<void> {
    let view: View | null;
    this.running.loading();
    const slow = setTimeout(() => this.status.busy(), SLOW);
    try {
      view = await this.cluster.load(files);
    } catch (error) {
      if (!(error instanceof SimulatorStopped)) throw error;
      this.status.stopped(error.tookTooLong);
      return;
    } finally {
      clearTimeout(slow);
    }
    if (!view) return;
    this.tabs.update(this.editor.tabs, this.editor.current);
    // While the text is broken the last good picture stays; an empty text is not broken.
    const unread = view.objects === 0 && files.some(({ text }) => text.trim() !== "");
    const broken = (unread || view.diagnostics.some(({ code }) => code === "too-many-pods")) && this.view !== null;
    this.showProblems(view, files, broken);
    this.root.toggleAttribute("data-stale", broken);
    if (broken) return;
    this.running.begin(view, files, (before) => this.editor.setFiles(before));
    if (view !== this.view) {
      this.view = view;
      this.picture.update(view);
      this.bar.update(view);
    }
    this.deck.update(view, files);
    this.deck.at(view, this.running.clock);
    this.host.onView?.(view);
    if (this.asked) this.askAgain(this.asked);
    else if (this.sendFirst && view.suggestions.length) await this.send("play");
  }

  private async send(how: "play"): Promise<void> {
    const { load } = this.bar;
    if (load) return this.sendLoad(load);
    this.running.still();
    const query = this.bar.query;
    this.sendFirst = false;
    if (!query) {
      showProblem(this.verdict, "Nothing was sent", this.bar.value.url ? "Choose who sends: that sender is not in the cluster." : "Write a URL first.");
      return;
    }
    this.asked = query;
    this.panels.showAnswer();
    await this.ask(query, how);
  }

  private async sendLoad(load: Load): Promise<void> {
    this.sendFirst = false;
    this.asked = null;
    this.bar.sending = true;
    this.showAnswer(null, "start");
    await this.running.send(load);
    this.bar.sending = false;
  }

  /** Asks the last question of the new cluster, once the typing pauses. */
  private askAgain(query: object): void {
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.ask(query, "end"), PAUSE);
  }

  private async ask(query: object, how: "play" | "end"): Promise<void> {
    clearTimeout(this.again);
    this.turn += 1;
    const turn = this.turn;
    this.bar.sending = true;
    try {
      const answer = await this.cluster.request(query);
      if (turn !== this.turn || this.asked !== query) return;
      if ("error" in answer) {
        this.showAnswer(null, "start");
        showProblem(this.verdict, "The request could not be sent", answer.error);
        return;
      }
      if (answer !== this.raw || how === "play") this.showAnswer(this.running.relined(answer), how);
      this.raw = answer;
      const { from, url } = this.bar.value;
      this.deck.asked(from, url, answer);
      this.host.onAnswer?.(answer);
    } catch (error) {
      if (!(error instanceof SimulatorStopped)) throw error;
    } finally {
      if (turn === this.turn) this.bar.sending = false;
    }
  }

  /** Asks of the cluster as it would be without some objects. */
  private async without<Answer>(ids: readonly string[], query: Query): Promise<Answer | { error: string }> {
    if (!this.view) return { error: "There is no cluster yet." };
    const view = await this.hypothetical.load(withoutObjects(this.view, this.editor.sources, ids));
    const others = this.view.objects - ids.length;
    if (view && view.objects !== others) return { error: "This cannot be switched off: other objects stand on its lines." };
    return this.hypothetical.query<Answer>(query);
  }

  /** An answer that will not come, since the simulator was started again, is an empty one. */
  private async quietly<Answer>(asked: Promise<Answer | { error: string }>): Promise<Answer | { error: string }> {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof SimulatorStopped) return { error: "The simulator was started again; edit the text to ask once more." };
      throw error;
    }
  }

  private showAnswer(answer: RequestAnswer | null, how: "play" | "end" | "start"): void {
    this.answer = answer;
    this.raw = null;
    // Nobody watched the journey that is shown by its end.
    if (how === "end") this.playing = false;
    showVerdict(this.verdict, answer, (index) => this.selectHop(index), (course) => this.showCourse(course));
    this.itinerary.show(answer, this.view?.picture ?? null, this.editor.sources);
    this.picture.showTrace(answer);
    this.player.load(answer?.hops ?? [], how);
  }

  /** Of many requests another is shown, and the shares of all stay beside it. */
  private showCourse(course: RequestAnswer): void {
    const { distribution, courses, taken } = this.answer ?? course;
    this.showAnswer({ ...course, ...(distribution && { distribution }), ...(courses && { courses }), ...(taken && { taken }) }, "play");
    this.verdict.querySelector<HTMLElement>("[aria-pressed='true']")?.focus();
  }

  private moved(position: number, playing: boolean): void {
    this.picture.seek(position);
    this.itinerary.at(position, playing);
    if (this.playing && !playing) this.arrivedAt(position);
    this.playing = playing;
  }

  /** The train stands still: where it was stopped, the line that stopped it comes into sight. */
  private arrivedAt(position: number): void {
    const hop = this.answer?.hops[position];
    if (!hop?.end || arrived(hop.end) || this.editor.hasFocus) return;
    this.picture.highlight([hop.actor]);
    this.light(hop.lines.map(({ range }) => range));
  }

  private light(ranges: readonly TextRange[]): void {
    this.editor.light(ranges, true);
    this.tabs.update(this.editor.tabs, this.editor.current);
  }

  private selectHop(index: number): void {
    const hop = this.answer?.hops[index];
    if (!hop) return;
    this.player.seek(index);
    this.picture.highlight([hop.actor]);
    this.light(hop.lines.map(({ range }) => range));
  }

  private selectLine(range: TextRange): void {
    this.panels.show("editor");
    this.light([range]);
    this.editor.select(range);
  }

  private selectObject(id: string): void {
    this.picture.highlight([id]);
    this.deck.chosen(id);
    this.running.choose(id);
    const range = this.view && rangeOf(this.view.picture, id);
    if (range) this.light([range]);
  }

  /** The cursor moved: light the box whose manifest it stands in. */
  private lightLine(file: number, line: number): void {
    if (!this.view) return;
    const here = objectAt(this.view, file, line);
    const selected = this.selectedAt(file, line);
    this.picture.highlight([...(here === null ? [] : [here]), ...(selected?.pods ?? [])]);
    this.sayOf(selected);
  }

  /** The pointer is over a line, or over none: a selector there shows what it selects. */
  private pointAt(file: number, line: number | null): void {
    const selected = line === null ? null : this.selectedAt(file, line);
    this.picture.point(selected?.pods ?? []);
    this.sayOf(selected);
  }

  private sayOf(selected: Selected | null): void {
    this.status.about(this.view && selected ? selectionWords(this.view, selected) : "");
  }

  private selectedAt(file: number, line: number): Selected | null {
    return this.view ? selectedAt(this.view, this.editor.sources[file]?.text ?? "", file, line) : null;
  }

  private showFile(index: number): void {
    this.editor.show(index);
    this.tabs.update(this.editor.tabs, this.editor.current);
  }

  private closeFile(index: number): void {
    const gone = this.editor.close(index);
    if (gone?.text.trim()) notice(`${gone.name} is closed.`, { label: "Undo", run: () => this.editor.add(gone) });
  }
}
