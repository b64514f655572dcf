// The hops of an answer as a tree: an exchange is what one client hop started; a downstream call is an exchange inside
// the exchange whose container made it.

import type { Hop, Outcome } from "../dto.ts";
import { isGood } from "./words.ts";

/** One request and its answer, with the calls that were made on the way. */
export interface Exchange {
  hops: (Hop | Exchange)[];
  client: Hop;
  end: Outcome | null;
  status: number | null;
  /** Its last hop, where it ended; the client where nothing more is known. */
  last: Hop;
  /** How many hops it holds, its calls' included. */
  size: number;
}

/** Whether an exchange and all calls under it ended well. */
export function isWell(exchange: Exchange): boolean {
  const { end, status } = exchange;
  return end !== null && isGood(end, status) && exchange.hops.every((item) => !isExchange(item) || isWell(item));
}

export function isExchange(item: Hop | Exchange): item is Exchange {
  return "client" in item;
}

/** The exchanges of an answer; the first is the request that was asked for. */
export function exchangesOf(hops: readonly Hop[]): Exchange[] {
  const open = new Map<number, Exchange>();
  const roots: Exchange[] = [];
  /** The exchanges around the hop at hand, the outermost first. */
  const around: Exchange[] = [];
  for (const hop of hops) {
    let exchange = open.get(hop.exchange);
    if (!exchange) {
      exchange = { hops: [], client: hop, end: null, status: null, last: hop, size: 0 };
      open.set(hop.exchange, exchange);
      while (around.length > hop.depth) around.pop();
      const parent = around.at(-1);
      if (parent) parent.hops.push(exchange);
      else roots.push(exchange);
      around.push(exchange);
    }
    exchange.hops.push(hop);
    if (hop.end) {
      exchange.end = hop.end;
      exchange.status = hop.status;
      exchange.last = hop;
    }
    for (const outer of around) if (outer === exchange || outer.client.depth < hop.depth) outer.size += 1;
  }
  return roots;
}
