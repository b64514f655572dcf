// How the ends of a request are called, in one place for the verdict, the itinerary and the figures.

import type { Outcome, RequestAnswer } from "../dto.ts";

/** A word or two for an end. */
export const ENDS: Record<Outcome, string> = {
  response: "answered",
  connected: "connected",
  refused: "refused",
  timeout: "timed out",
  reset: "reset",
  dns_nxdomain: "no such name",
  dns_timeout: "DNS timed out",
  tls_error: "TLS error",
  unroutable: "no route",
};

/** Whether an end means that something came back. */
export function arrived(end: Outcome): boolean {
  return end === "response" || end === "connected";
}

/** `200`, or the word for the end. */
export function endWord(end: Outcome, status: number | null): string {
  return end === "response" && status !== null ? String(status) : ENDS[end];
}

/** Whether an end is good news: an answer that is not an error of the client's or the server's. */
export function isGood(end: Outcome, status: number | null): boolean {
  return arrived(end) && (status === null || status < 400);
}

/** A virtual time: `0.4 ms`, `12 ms`, `3.0 s`. */
export function duration(us: number): string {
  if (us >= 1_000_000) return `${(us / 1_000_000).toFixed(us < 10_000_000 ? 1 : 0)} s`;
  if (us >= 10_000) return `${Math.round(us / 1000)} ms`;
  return `${(us / 1000).toFixed(1)} ms`;
}

/** What colours a verdict: `well`; `part`, where a good answer came though a call on the way failed; `fail`. */
export function moodOf(answer: RequestAnswer): "well" | "part" | "fail" {
  if (answer.ok) return "well";
  return isGood(answer.outcome, answer.status ?? null) ? "part" : "fail";
}
