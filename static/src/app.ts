// What every page has: the theme switch, and the marks of the lessons that are done.

import { find } from "./dom.ts";
import { lessonsDone } from "./lesson/progress.ts";
import { recall, remember } from "./storage.ts";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const root = document.documentElement;
const button = find<HTMLButtonElement>(document, "[data-part=theme]");

function isTheme(value: unknown): value is Theme {
  return THEMES.some((theme) => theme === value);
}

function show(theme: Theme): void {
  if (theme === "auto") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  button.dataset["value"] = theme;
  const label = `Theme: ${theme}`;
  button.setAttribute("aria-label", label);
  button.title = label;
}

const remembered = recall<unknown>("theme");
let theme: Theme = isTheme(remembered) ? remembered : "auto";
show(theme);
button.hidden = false;
button.addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  remember("theme", theme === "auto" ? null : theme);
  show(theme);
});

for (const station of document.querySelectorAll<HTMLElement>("li[data-slug]")) {
  const done = lessonsDone().has(station.dataset["slug"] ?? "");
  station.toggleAttribute("data-done", done);
  if (done) station.querySelector(".minutes")?.append(" · done");
}
