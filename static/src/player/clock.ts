// The clock of a journey: turns time into a place between hops. A pure state machine: who owns it says what time it is.

/** How long one hop takes on the screen, in milliseconds: calm for a short journey, brisk for a long one. */
export function pace(hops: number): number {
  return Math.min(Math.max(11_000 / Math.max(hops, 1), 150), 620);
}

export class Clock {
  /** From 0 at the first hop to `last` at the last one. */
  position = 0;
  playing = false;
  private then: number | null = null;

  constructor(
    readonly last: number,
    /** Whole hops only, for those who ask for less motion. */
    private readonly stepwise: boolean,
  ) {}

  /** Starts; from the beginning, if it stands at the end. */
  play(): void {
    if (this.position >= this.last) this.position = 0;
    this.playing = this.last > 0;
    this.then = null;
  }

  pause(): void {
    this.playing = false;
  }

  /** Goes to a place and stays there. */
  seek(position: number): void {
    this.playing = false;
    this.position = Math.min(Math.max(position, 0), this.last);
  }

  /** One whole hop on or back. */
  step(direction: 1 | -1): void {
    this.seek(direction > 0 ? Math.floor(this.position + 1e-6) + 1 : Math.ceil(this.position - 1e-6) - 1);
  }

  /** Moves on to `now`, in milliseconds of any steady clock. */
  tick(now: number): void {
    if (!this.playing) return;
    this.then ??= now;
    const hop = pace(this.last + 1);
    const moved = (now - this.then) / hop;
    if (this.stepwise && moved < 1) return;
    this.then = now;
    this.position = Math.min(this.position + (this.stepwise ? 1 : moved), this.last);
    if (this.position >= this.last) this.playing = false;
  }
}
