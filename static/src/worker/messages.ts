// What the page and its worker say to each other. A session is one cluster: the playground's own, or a lesson figure's.

/** The methods of the simulator that a page may call. */
export type Method = "load" | "query" | "check" | "seek" | "act" | "forget";

/** The page asks: call `method` of the session's cluster with this JSON. */
export interface Ask {
  id: number;
  session: string;
  method: Method;
  json: string;
}

/** The worker answers with JSON, or says that the simulator stopped and cannot be used again. */
export type Reply = { id: number; json: string } | { id: number; crash: string };
