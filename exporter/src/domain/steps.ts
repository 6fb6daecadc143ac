/**
 * Long work in steps: between two of them the program may answer others, so that ten thousand rows
 * never hold its thread.
 */

/** Each `next` does one step; the work is done when it says so. */
export type Steps<T = void> = Generator<undefined, T, undefined>;

/** Indices 0 … count − 1 in runs of `size`, with a pause between two runs, none after the last. */
export function* inSteps(
  count: number,
  size: number,
  work: (from: number, to: number) => void,
): Steps {
  for (let from = 0; from < count; from += size) {
    if (from > 0) yield;
    work(from, Math.min(from + size, count));
  }
}

/** All steps at once. */
export function runAll<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Sorts by code units, so that the order is the same on every machine: runs first, then pairs of runs. */
export function* sortInSteps(list: readonly string[], size: number): Steps<readonly string[]> {
  let runs: string[][] = [];
  for (let from = 0; from < list.length; from += size) {
    runs.push(list.slice(from, from + size).sort());
    yield;
  }
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      merged.push(yield* mergeInSteps(runs[i] ?? [], runs[i + 1] ?? [], size));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergeInSteps(a: string[], b: string[], size: number): Steps<string[]> {
  const merged: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (right === undefined || (left !== undefined && left <= right)) {
      merged.push(left ?? '');
      i += 1;
    } else {
      merged.push(right);
      j += 1;
    }
    if (merged.length % size === 0) yield;
  }
  return merged;
}
