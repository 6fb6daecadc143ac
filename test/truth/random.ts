/** A small seeded generator of random numbers, so that a run can be made again from its seed. */

/** 32-bit generator of Tommy Ettinger (mulberry32): good enough to choose faults. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    // Neighbouring seeds begin alike: the first numbers are thrown away.
    for (let n = 0; n < 4; n += 1) this.ratio();
  }

  /** 0 ≤ x < 1. */
  ratio(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.ratio() * (to - from + 1));
  }

  /** As likely between 20 and 200 as between 2,000 and 20,000. */
  scaled(from: number, to: number): number {
    return Math.round(from * (to / from) ** this.ratio());
  }

  chance(ratio: number): boolean {
    return this.ratio() < ratio;
  }

  pick<T>(choices: readonly T[]): T {
    const chosen = choices[Math.floor(this.ratio() * choices.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }

  /** At least one, at most all. */
  some<T>(choices: readonly T[]): T[] {
    const kept = choices.filter(() => this.chance(0.5));
    return kept.length > 0 ? kept : [this.pick(choices)];
  }
}
