// A link that holds everything: the files and the request, deflated, in the part of the URL that no server sees.
// The form is `#p1.` and base64url of raw deflate of JSON; the number changes when the form does.

import type { SourceFile } from "../dto.ts";
import type { RequestForm } from "../request/bar.ts";

/** What a link holds. */
export interface Shared {
  files: SourceFile[];
  request: Partial<RequestForm> | null;
}

const MARK = "#p1.";

async function through(bytes: Uint8Array<ArrayBuffer>, transform: GenericTransformStream): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(transform as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The fragment for what is given, with its `#`. */
export async function toFragment(shared: Shared): Promise<string> {
  const json = new TextEncoder().encode(JSON.stringify(shared));
  const packed = await through(json, new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of packed) binary += String.fromCharCode(byte);
  return MARK + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** What a fragment holds; `null` where there is none of ours, an error where it is damaged. */
export async function fromFragment(fragment: string): Promise<Shared | null> {
  if (!fragment.startsWith(MARK)) return null;
  const binary = atob(fragment.slice(MARK.length).replaceAll("-", "+").replaceAll("_", "/"));
  const packed = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const json = await through(packed, new DecompressionStream("deflate-raw"));
  const shared: unknown = JSON.parse(new TextDecoder().decode(json));
  if (!isShared(shared)) throw new Error("the link does not hold manifests");
  return shared;
}

/** Whether a value from outside has the shape of what we share. */
export function isShared(value: unknown): value is Shared {
  if (typeof value !== "object" || value === null) return false;
  const { files, request } = value as Partial<Shared>;
  return (
    Array.isArray(files) &&
    files.length > 0 &&
    files.every((file) => typeof file?.name === "string" && typeof file.text === "string") &&
    (request === null || typeof request === "object")
  );
}
