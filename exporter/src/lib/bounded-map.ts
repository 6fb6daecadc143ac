/** A map with a named maximum: when it is full the oldest entry goes, and that is counted. */

export class BoundedMap<K, V> {
  readonly name: string;
  readonly maximum: number;
  evicted = 0;
  readonly #entries = new Map<K, V>();

  constructor(name: string, maximum: number) {
    this.name = name;
    this.maximum = maximum;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** Inserts or replaces. A replaced key keeps its age; a new key in a full map evicts the oldest. */
  set(key: K, value: V): void {
    if (!this.#entries.has(key) && this.#entries.size >= this.maximum) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) {
        this.#entries.delete(oldest.value);
        this.evicted += 1;
      }
    }
    this.#entries.set(key, value);
  }

  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries();
  }

  values(): IterableIterator<V> {
    return this.#entries.values();
  }
}
