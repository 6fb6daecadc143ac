/** A list of the API that may be shorter than what it is a list of. */

/** A list that is cut: `shown` rows of `of` that there are. */
export interface CutList<T> {
  readonly shown: number;
  readonly of: number;
  readonly rows: readonly T[];
}
