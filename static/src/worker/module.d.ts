// The types of `module.js`: the surface of the WASM module, and how it is started.

/** The simulator of one session. */
export class Playground {
  load(files_json: string): string;
  query(query_json: string): string;
  check(goals_json: string): string;
  /** To a time in virtual milliseconds. */
  seek(time: number): string;
  act(action_json: string): string;
  forget(): void;
  free(): void;
}

/** Starts the module. */
export function start(
  instantiate: (imports: WebAssembly.Imports) => Promise<WebAssembly.Instance>,
  rest: () => BufferSource,
): Promise<WebAssembly.Exports>;
