// IP addresses as hops write them (`10.96.41.8:80 → 10.244.1.5:8080`, `[fd00::1]:80`), without their ports.

const ADDRESS = /\[([0-9a-fA-F:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3})|([0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F]*)/g;

/** The addresses that a text names, in order. */
export function addressesIn(text: string): string[] {
  return [...text.matchAll(ADDRESS)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}
