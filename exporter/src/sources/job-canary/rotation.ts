/**
 * Whose turn it is. A round asks each minion once, in a random order, so that the sample of any hour
 * is of the whole fleet; who comes meanwhile has a turn in the next round, who goes is left out.
 */

export interface Turn {
  readonly minion: string;
  /** Of two rounds each minion pulls a file in one, and is pinged in the other. */
  readonly isFileTurn: boolean;
}

export class Rotation {
  readonly #random: () => number;
  #order: string[] = [];
  #next = 0;
  #round = 0;

  /** As `Math.random`. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Minions of the round at hand; undefined before the first. */
  get size(): number | undefined {
    return this.#round === 0 ? undefined : this.#order.length;
  }

  /** undefined: there is nobody. `fleet` is asked once a round. */
  next(fleet: () => readonly string[], isMinion: (id: string) => boolean): Turn | undefined {
    for (let tries = 0; tries < 2; tries += 1) {
      while (this.#next < this.#order.length) {
        const index = this.#next;
        this.#next += 1;
        const minion = this.#order[index] ?? '';
        if (isMinion(minion)) return { minion, isFileTurn: (index + this.#round) % 2 === 0 };
      }
      this.#begin(fleet());
    }
    return undefined;
  }

  /** Begins anew with the next job. */
  reset(): void {
    this.#order = [];
    this.#next = 0;
    this.#round = 0;
  }

  #begin(ids: readonly string[]): void {
    const order = [...ids];
    for (let last = order.length - 1; last > 0; last -= 1) {
      const other = Math.floor(this.#random() * (last + 1));
      const kept = order[last] ?? '';
      order[last] = order[other] ?? '';
      order[other] = kept;
    }
    this.#order = order;
    this.#next = 0;
    if (order.length > 0) this.#round += 1;
  }
}
