// What this browser remembers, under names of our own. A browser that forbids storage loses only that.

const PREFIX = "podhop.";

/** The remembered value, or `null`. */
export function recall<Value>(name: string): Value | null {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? null : (JSON.parse(text) as Value);
  } catch {
    return null;
  }
}

/** Remembers a value; `null` forgets it. Whether that worked: a full or forbidden store says no. */
export function remember(name: string, value: unknown): boolean {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
