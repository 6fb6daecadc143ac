/** Names that watches told, until a sweep takes them; each is looked at a second time a moment later. */
import type { ChangedNames } from './scan.js';

/** More changes than this are as well found by looking at everything. */
const NAMES_MAX = 2_000;
/** Salt makes a minion's directory first and writes its grains into it a moment later, which no watch tells. */
export const SECOND_LOOK_MS = 2_000;

export class NameQueue {
  #fresh = new Map<string, Set<string>>();
  #again = new Map<string, Set<string>>();
  #againMs = Number.POSITIVE_INFINITY;
  #size = 0;

  /** False: there are too many, look at everything. */
  add(directory: string, name: string): boolean {
    const names = this.#fresh.get(directory);
    if (names?.has(name)) return true;
    if (this.#size >= NAMES_MAX) return false;
    this.#size += 1;
    if (names === undefined) this.#fresh.set(directory, new Set([name]));
    else names.add(name);
    return true;
  }

  /** When names want their second look; Infinity when none does. */
  get secondLookMs(): number {
    return this.#againMs;
  }

  /** Fresh names, and those whose second look is due. */
  take(nowMs: number): ChangedNames {
    const taken = this.#fresh;
    const isDue = nowMs >= this.#againMs;
    const second = isDue ? this.#again : new Map<string, Set<string>>();
    if (isDue) this.#again = new Map();
    if (taken.size > 0) {
      merge(this.#again, taken);
      this.#againMs =
        isDue || this.#againMs === Number.POSITIVE_INFINITY
          ? nowMs + SECOND_LOOK_MS
          : this.#againMs;
    } else if (isDue) this.#againMs = Number.POSITIVE_INFINITY;
    this.#fresh = new Map();
    this.#size = 0;
    return merge(merge(new Map(), taken), second);
  }
}

function merge(
  target: Map<string, Set<string>>,
  source: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, Set<string>> {
  for (const [directory, names] of source) {
    const known = target.get(directory) ?? new Set();
    for (const name of names) known.add(name);
    target.set(directory, known);
  }
  return target;
}
