/** The closed set of reasons for which this source counts an error; a reject of one file counts once per version of that file. */
export const INVENTORY_REASONS = [
  /** A file name that is no UTF-8 text: no id can be made of it. */
  'name_not_utf8',
  /** A name that cannot be an id (a backslash in it). */
  'name_invalid',
  /** A link, pipe, device or directory in the place of a file, or a file in the place of a directory. */
  'not_a_file',
  /** More entries in one directory than are kept. */
  'too_many',
  'unreadable',
  'directory_unreadable',
  /** Contents of a grains file. */
  'empty',
  'truncated',
  'too_large',
  'not_msgpack',
  'wrong_shape',
  /** The operator's lists. */
  'expected_minions',
  'nat_map',
  'watch_lost',
  /** The reading thread ended by itself and was started again. */
  'thread',
] as const;
export type InventoryReason = (typeof INVENTORY_REASONS)[number];

/** Counts since the last `take`. */
export class ReasonCounter {
  readonly #counts = new Map<InventoryReason, number>();

  add(reason: InventoryReason, count = 1): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  take(): [InventoryReason, number][] {
    const counts = [...this.#counts];
    this.#counts.clear();
    return counts;
  }
}
