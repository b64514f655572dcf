// The page /playground: a playground with samples, a link to share, and a text that survives a reload.

import { find, h, part } from "./dom.ts";
import { notice } from "./notice.ts";
import { Playground } from "./playground/playground.ts";
import { SAMPLES, type Sample } from "./samples.ts";
import { fromFragment, isShared, type Shared, toFragment } from "./share/fragment.ts";
import { withoutSecrets } from "./share/secrets.ts";
import { recall, remember } from "./storage.ts";
import { Simulator } from "./worker/client.ts";

/** How long after the last edit the text is stored, in milliseconds. */
const SAVE_AFTER = 400;

/** Longer links than this are refused by what they are pasted into. */
const LONGEST_LINK = 30_000;

const simulator = new Simulator((words) => notice(words));
simulator.warmUp();

const root = find(document, "[data-playground]");
const start = await startingPoint();
let warned = false;
let saving: ReturnType<typeof setTimeout> | undefined;

const playground = new Playground(
  root,
  simulator.cluster("playground"),
  {
    onEdit: saveSoon,
    onAnswer: saveSoon,
  },
  { ...start, sendFirst: true },
);

fillSamples();
find(document, "[data-part=share]").addEventListener("click", () => void share());
addEventListener("pagehide", save);
addEventListener("hashchange", () => {
  void readFragment().then((shared) => {
    if (shared) playground.open(shared.files, shared.request);
  });
});

async function readFragment(): Promise<Shared | null> {
  try {
    return await fromFragment(location.hash);
  } catch {
    notice("This link is damaged: it may have been cut off where it was pasted. Your own text is shown instead.");
    return null;
  }
}

/** The link's cluster, or the one of the last visit, or the first sample. */
async function startingPoint(): Promise<Shared> {
  const kept = recall<unknown>("playground");
  const first: Shared = { files: SAMPLES[0]?.files ?? [], request: null };
  return (await readFragment()) ?? (isShared(kept) ? kept : first);
}

function state(): Shared {
  return { files: playground.files, request: playground.request };
}

function saveSoon(): void {
  clearTimeout(saving);
  saving = setTimeout(save, SAVE_AFTER);
}

function save(): void {
  clearTimeout(saving);
  const shared = state();
  if (!remember("playground", shared) && !warned) {
    warned = true;
    notice("This text cannot be kept for a reload: this browser does not store that much, or nothing at all.");
  }
  if (location.hash) void keepFragment(withoutValues(shared));
}

/** Secrets stay here. */
function withoutValues({ files, request }: Shared): Shared {
  return { files: files.map(({ name, text }) => ({ name, text: withoutSecrets(text) })), request };
}

/** A page that was opened by a link keeps the link true to the text. */
async function keepFragment(shared: Shared): Promise<void> {
  const fragment = await toFragment(shared);
  history.replaceState(null, "", fragment.length <= LONGEST_LINK ? fragment : location.pathname);
}

async function share(): Promise<void> {
  const shared = withoutValues(state());
  const fragment = await toFragment(shared);
  if (fragment.length > LONGEST_LINK) {
    notice(`This text is too long for a link (${Math.round(fragment.length / 1024)} kB). Share the files themselves.`);
    return;
  }
  history.replaceState(null, "", fragment);
  try {
    await navigator.clipboard.writeText(location.href);
    notice("The link is copied. It holds the manifests themselves, without the values of Secrets.");
  } catch {
    notice("The link is in the address bar, ready to be copied. It holds the manifests themselves, without the values of Secrets.");
  }
}

function fillSamples(): void {
  const menu = part<HTMLDetailsElement>(document, "samples");
  const items = SAMPLES.map((sample) =>
    h(
      "li",
      {},
      h("button", { type: "button", onclick: () => openSample(sample, menu) }, h("strong", {}, sample.title), h("span", {}, sample.about)),
    ),
  );
  find(menu, "ul").replaceChildren(...items);
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    find(menu, "summary").focus();
  });
  addEventListener("click", (event) => {
    if (!menu.contains(event.target as Node)) menu.open = false;
  });
}

function openSample(sample: Sample, menu: HTMLDetailsElement): void {
  const before = state();
  menu.open = false;
  find(menu, "summary").focus();
  playground.open(sample.files, null);
  if (location.hash) history.replaceState(null, "", location.pathname);
  notice(`“${sample.title}” is open in place of your text.`, {
    label: "Undo",
    run: () => playground.open(before.files, before.request),
  });
}
