// Sets the chosen theme before the first paint, so that the page does not flash; it runs in the head, before everything.

import { recall } from "./storage.ts";

const theme = recall<string>("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
