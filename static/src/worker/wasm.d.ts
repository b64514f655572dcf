// The surface of the WASM module, for a tree in which it has not been built yet.

declare module "*/generated/playground_wasm.js" {
  export default function init(options: { module_or_path: URL | string }): Promise<unknown>;
  export class Playground {
    load(files_json: string): string;
    query(query_json: string): string;
    check(goals_json: string): string;
    free(): void;
  }
}

/** Name of the WASM file beside the worker; the build fills it in. */
declare const WASM_FILE: string;

/** Name of the worker's file beside the page's scripts; the build fills it in. */
declare const WORKER_FILE: string;
