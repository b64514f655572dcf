// Searching in the text. Few do, so what it takes is fetched when somebody asks for it first.

import { StateEffect, StateField } from "@codemirror/state";
import { type Command, keymap } from "@codemirror/view";

/** Marks a state that can be searched; each file has a state of its own. */
const searchable = StateField.define<true>({ create: () => true, update: (value) => value });

/** Opens the search panel of the editor. */
export const openSearch: Command = (view) => {
  void import("@codemirror/search").then(({ openSearchPanel, search, searchKeymap }) => {
    if (!view.state.field(searchable, false)) {
      view.dispatch({ effects: StateEffect.appendConfig.of([searchable, search(), keymap.of(searchKeymap)]) });
    }
    openSearchPanel(view);
  });
  return true;
};
