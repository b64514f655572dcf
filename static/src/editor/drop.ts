// Files that are dropped on the editor, or pasted as files, become files of the editor. They are read here and go nowhere.

import type { SourceFile } from "../dto.ts";
import { notice } from "../notice.ts";

/** A file larger than this is no manifest. */
const LARGEST = 16 << 20;

export function takeDroppedFiles(target: HTMLElement, onFile: (file: SourceFile) => void): void {
  target.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    target.toggleAttribute("data-dropping", true);
  });
  target.addEventListener("dragleave", () => target.removeAttribute("data-dropping"));
  const take = (event: Event, files: FileList | undefined): void => {
    target.removeAttribute("data-dropping");
    if (!files?.length) return;
    event.preventDefault();
    event.stopPropagation();
    void read([...files], onFile);
  };
  target.addEventListener("drop", (event) => take(event, event.dataTransfer?.files), { capture: true });
  target.addEventListener("paste", (event) => take(event, event.clipboardData?.files), { capture: true });
}

async function read(files: readonly File[], onFile: (file: SourceFile) => void): Promise<void> {
  for (const file of files) {
    if (file.size > LARGEST) {
      notice(`${file.name} is larger than ${LARGEST >> 20} MB: that is no manifest, so it was not opened.`);
      continue;
    }
    const text = await file.text();
    if (text.includes("\0")) notice(`${file.name} is not a text file, so it was not opened.`);
    else onFile({ name: file.name, text });
  }
}
