/** Columns of numbers whose length is not known before: doubled when they are full. */

export class GrowingColumns {
  #columns: Uint32Array[];
  #capacity: number;
  length = 0;

  constructor(columns: number, capacity: number) {
    this.#capacity = Math.max(16, capacity);
    this.#columns = Array.from({ length: columns }, () => new Uint32Array(this.#capacity));
  }

  /** One value for each column. */
  push(...values: readonly number[]): void {
    if (this.length === this.#capacity) this.#grow();
    for (let column = 0; column < values.length; column += 1) {
      const target = this.#columns[column];
      if (target !== undefined) target[this.length] = values[column] ?? 0;
    }
    this.length += 1;
  }

  /** `length` values of it count. */
  column(index: number): Uint32Array {
    return this.#columns[index] ?? new Uint32Array(0);
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#columns = this.#columns.map((column) => {
      const grown = new Uint32Array(this.#capacity);
      grown.set(column);
      return grown;
    });
  }
}
