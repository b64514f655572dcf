// The page's side of the worker: typed calls, the newest text wins, and a simulator that stopped is started again.
//
// Rules: at most one `load` and one `seek` of a session is under way and at most one waits behind it, so neither typing nor dragging
// queues up work; a question waits for the text typed before it; after a crash each session gets back the last text it held, unless that
// very text is what crashed it, in which case the one before.

import type { GoalResult, Moment, RequestAnswer, SourceFile, View } from "../dto.ts";
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

/** A time on its way, and who waits for its moment. */
interface Seek {
  ms: number;
  resolve(moment: Moment | null): void;
  reject(error: Error): void;
}

/** A question of the scenario contract. */
export interface Query {
  kind: string;
  [field: string]: unknown;
}

/** One cluster: a text and the questions about it. */
export class Cluster {
  /** The text under way. */
  private current: Load | null = null;
  /** The newest text, typed since. */
  private waiting: Load | null = null;
  /** Whether a time is under way, and the newest one since. */
  private seeking = false;
  private nextSeek: Seek | null = null;
  /** The last text that the worker took in. */
  private held = "";
  /** The last answer of each kind: the same text again gives the same object, so that nothing is drawn twice. */
  private readonly last = new Map<string, { json: string; value: unknown }>();

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

  /** Another cluster of the same page, which holds a text of its own. */
  sibling(name: string): Cluster {
    return this.simulator.cluster(`${this.session}-${name}`);
  }

  /** Sends a request: a query of kind `request`. */
  request(query: object): Promise<RequestAnswer | { error: string }> {
    return this.query<RequestAnswer>({ kind: "request", ...query });
  }

  /** Asks any query of the contract. */
  async query<Answer>(query: Query): Promise<Answer | { error: string }> {
    this.sendWaiting();
    return this.parse<Answer>(query.kind, await this.simulator.call(this.session, "query", JSON.stringify(query)));
  }

  /** Goes to a time of the cluster's clock; `null` where a newer one overtook it. */
  seek(ms: number): Promise<Moment | null> {
    this.nextSeek?.resolve(null);
    return new Promise((resolve, reject) => {
      this.nextSeek = { ms, resolve, reject };
      if (!this.seeking) this.sendSeek();
    });
  }

  /** Changes the cluster at its present time. */
  async act(action: object): Promise<Moment | { error: string }> {
    this.sendWaiting();
    this.sendSeek();
    return JSON.parse(await this.simulator.call(this.session, "act", JSON.stringify(action))) as Moment | { error: string };
  }

  /** Asks of the cluster as it is at a time, and comes back from there. */
  async queryAt<Answer>(ms: number, query: Query, back: number): Promise<Answer | { error: string }> {
    this.sendWaiting();
    this.sendSeek();
    const go = (time: number): Promise<string> => this.simulator.call(this.session, "seek", String(time));
    const [, answer] = await Promise.all([go(ms), this.simulator.call(this.session, "query", JSON.stringify(query)), go(back)]);
    return JSON.parse(answer) as Answer | { error: string };
  }

  /** Begins anew with the same text, does again what is given, and goes to a time. */
  async replay(actions: readonly { at: number; action: object }[], ms: number): Promise<Moment> {
    this.sendWaiting();
    this.sendSeek();
    const call = (method: Method, json: string): Promise<string> => this.simulator.call(this.session, method, json);
    const calls = [call("load", this.held)];
    for (const { at, action } of actions) calls.push(call("seek", String(at)), call("act", JSON.stringify(action)));
    const [last] = (await Promise.all([...calls, call("seek", String(ms))])).slice(-1);
    return JSON.parse(last ?? "") as Moment;
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

  private parse<Value>(kind: string, json: string): Value {
    const last = this.last.get(kind);
    if (last?.json === json) return last.value as Value;
    const value = JSON.parse(json) as Value;
    this.last.set(kind, { json, value });
    return value;
  }

  private sendSeek(): void {
    const next = this.nextSeek;
    if (!next) return;
    this.nextSeek = null;
    this.seeking = true;
    this.simulator.call(this.session, "seek", String(next.ms)).then(
      (json) => {
        this.seeking = false;
        const moment = this.parse<Moment | { error: string }>("seek", json);
        next.resolve("error" in moment ? null : moment);
        this.sendSeek();
      },
      (error: Error) => {
        this.seeking = false;
        next.reject(error);
      },
    );
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
