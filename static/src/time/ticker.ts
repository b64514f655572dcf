// The clock that plays a cluster: turns the time of the screen into virtual time. A pure state machine, as the journey's clock is.

/** How many virtual seconds a second of the screen has. */
export const SPEEDS = [1, 10, 60] as const;
export type Speed = (typeof SPEEDS)[number];

/** How long the clock rests at an event for those who asked for less motion, in milliseconds of the screen. */
export const REST = 1_000;

export class Ticker {
  playing = false;
  speed: Speed = 1;
  private then: number | null = null;

  /** Starts at a time. */
  play(): void {
    this.playing = true;
    this.then = null;
  }

  pause(): void {
    this.playing = false;
  }

  /** By how many virtual milliseconds the clock goes on until `screen`, in milliseconds of any steady clock. */
  tick(screen: number): number {
    const passed = this.then === null ? 0 : screen - this.then;
    this.then = screen;
    // A page that was not in sight goes on where it was.
    return this.playing ? Math.min(passed, 250) * this.speed : 0;
  }
}
