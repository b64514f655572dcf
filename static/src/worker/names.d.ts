// The names that the build fills in.

/** Names of the WASM files beside the worker: what every page needs, and the rest. */
declare const WASM_FILE: string;
declare const WASM_REST_FILE: string;

/** Name of the worker's file beside the page's scripts; the build fills it in. */
declare const WORKER_FILE: string;

/** Name of the clock's style sheet, which comes with its code. */
declare const TIME_STYLE: string;
