/** Columns of numbers whose length is not known before: doubled when they are full. */

export class GrowingColumns {
  #capacity: number;
  /** Of each the first `length` values count; other arrays after each `reach`. */
  columns: readonly Uint32Array[];
  length = 0;

  constructor(columns: number, capacity: number) {
    this.#capacity = Math.max(16, capacity);
    this.columns = Array.from({ length: columns }, () => new Uint32Array(this.#capacity));
  }

  /** There is room for so many more. */
  reach(more: number): void {
    if (this.length + more <= this.#capacity) return;
    this.#capacity = Math.max(this.length + more, this.#capacity * 2);
    this.columns = this.columns.map((column) => {
      const grown = new Uint32Array(this.#capacity);
      grown.set(column.subarray(0, this.length));
      return grown;
    });
  }

  column(index: number): Uint32Array {
    return this.columns[index] ?? new Uint32Array(0);
  }
}
