// The page's side of the worker: typed calls, the newest text wins, and a simulator that stopped is started again.
//
// Rules: at most one `load` of a session is under way and at most one waits behind it, so typing never queues up work; a
// question waits for the text typed before it; after a crash each session gets back the last text it held, unless that
// very text is what crashed it, in which case the one before.

import type { GoalResult, RequestAnswer, SourceFile, View } from "../dto.ts";
import type { Ask, Method, Reply } from "./messages.ts";

/** How long one call may take before the worker is taken for stuck, in milliseconds; the first one waits for the download. */
const PATIENCE = 20_000;
const PATIENCE_AT_FIRST = 90_000;

/** Why a call came to nothing: the simulator stopped, or did not come to an end and was stopped. */
export class SimulatorStopped extends Error {
  constructor(
    why: string,
    readonly tookTooLong: boolean,
  ) {
    super(why);
  }
}

interface Pending {
  ask: Ask;
  resolve(json: string): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

/** The worker of this page, shared by every cluster on it. */
export class Simulator {
  private worker: Worker | null = null;
  private readonly pending = new Map<number, Pending>();
  private readonly clusters = new Set<Cluster>();
  private nextId = 1;
  private answered = false;

  /** `onStop` is told each time, in words for the person at the page. */
  constructor(private readonly onStop: (words: string) => void) {}

  /** A cluster of its own inside the worker. */
  cluster(session: string): Cluster {
    const cluster = new Cluster(this, session);
    this.clusters.add(cluster);
    return cluster;
  }

  /** Starts fetching the worker and its WASM before anything is asked. */
  warmUp(): void {
    this.worker ??= this.start();
  }

  call(session: string, method: Method, json: string): Promise<string> {
    this.warmUp();
    return new Promise((resolve, reject) => {
      const ask: Ask = { id: this.nextId++, session, method, json };
      const patience = this.answered ? PATIENCE : PATIENCE_AT_FIRST;
      const timer = setTimeout(() => this.crash(`no answer in ${patience / 1000} s`, true), patience);
      this.pending.set(ask.id, { ask, resolve, reject, timer });
      this.worker?.postMessage(ask);
    });
  }

  private start(): Worker {
    const worker = new Worker(new URL(WORKER_FILE, import.meta.url), { type: "module" });
    worker.addEventListener("message", (event: MessageEvent<Reply>) => this.receive(event.data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.crash(event.message || "it could not be loaded");
    });
    return worker;
  }

  private receive(reply: Reply): void {
    const call = this.pending.get(reply.id);
    if (!call) return;
    if ("crash" in reply) {
      this.crash(reply.crash);
      return;
    }
    this.answered = true;
    clearTimeout(call.timer);
    this.pending.delete(reply.id);
    call.resolve(reply.json);
  }

  private crash(why: string, tookTooLong = false): void {
    this.worker?.terminate();
    this.worker = null;
    const lost = [...this.pending.values()].sort((a, b) => a.ask.id - b.ask.id);
    this.pending.clear();
    const culprit = lost[0]?.ask;
    for (const call of lost) clearTimeout(call.timer);
    for (const cluster of this.clusters) cluster.recover(culprit);
    for (const call of lost) call.reject(new SimulatorStopped(why, tookTooLong));
    this.onStop(
      this.answered
        ? `The simulator stopped (${why}) and was started again. Your text is kept.`
        : `The simulator could not be started (${why}). Reload the page to try again; your text is kept.`,
    );
  }
}

/** A text on its way, and who waits for its view. */
interface Load {
  json: string;
  resolve(view: View | null): void;
  reject(error: Error): void;
}

/** One cluster: a text and the questions about it. */
export class Cluster {
  /** The text under way. */
  private current: Load | null = null;
  /** The newest text, typed since. */
  private waiting: Load | null = null;
  /** The last text that the worker took in. */
  private held = "";
  /** The last answer to each method: the same text again gives the same object, so that nothing is drawn twice. */
  private readonly last = new Map<Method, { json: string; value: unknown }>();

  constructor(
    private readonly simulator: Simulator,
    private readonly session: string,
  ) {}

  /** Loads a text; `null` where a newer text overtook it. */
  load(files: readonly SourceFile[]): Promise<View | null> {
    this.waiting?.resolve(null);
    return new Promise((resolve, reject) => {
      this.waiting = { json: JSON.stringify(files), resolve, reject };
      if (!this.current) this.sendWaiting();
    });
  }

  /** Sends a request: a query of kind `request`. */
  request(query: object): Promise<RequestAnswer | { error: string }> {
    return this.query<RequestAnswer>({ kind: "request", ...query });
  }

  /** Asks any query of the contract. */
  async query<Answer>(query: object): Promise<Answer | { error: string }> {
    this.sendWaiting();
    return this.parse<Answer>("query", await this.simulator.call(this.session, "query", JSON.stringify(query)));
  }

  /** How the goals of a lesson stand. */
  async check(goals: unknown): Promise<GoalResult[]> {
    this.sendWaiting();
    const results: unknown = JSON.parse(await this.simulator.call(this.session, "check", JSON.stringify(goals)));
    return Array.isArray(results) ? (results as GoalResult[]) : [];
  }

  /** Gives a fresh worker the text of this session; `culprit` is the call that stopped the last one. */
  recover(culprit: Ask | undefined): void {
    const lost = this.current;
    this.current = null;
    const guilty = culprit?.session === this.session && culprit.method === "load";
    if (lost && !guilty) {
      if (this.waiting) lost.resolve(null);
      else this.waiting = lost;
    }
    queueMicrotask(() => {
      if (this.waiting) this.sendWaiting();
      else if (this.held) void this.simulator.call(this.session, "load", this.held).catch(() => undefined);
    });
  }

  private parse<Value>(method: Method, json: string): Value {
    const last = this.last.get(method);
    if (last?.json === json) return last.value as Value;
    const value = JSON.parse(json) as Value;
    this.last.set(method, { json, value });
    return value;
  }

  private sendWaiting(): void {
    const next = this.waiting;
    if (!next) return;
    this.waiting = null;
    this.current?.resolve(null);
    this.current = next;
    this.simulator.call(this.session, "load", next.json).then(
      (json) => {
        this.held = next.json;
        if (this.current === next) this.current = null;
        next.resolve(this.parse<View>("load", json));
        if (!this.current) this.sendWaiting();
      },
      (error: Error) => {
        if (this.waiting !== next) next.reject(error);
      },
    );
  }
}
