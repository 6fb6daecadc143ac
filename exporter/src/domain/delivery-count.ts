/**
 * How many messages a number of missing bytes are. The publisher drops whole messages, in runs; the
 * sizes around decide, and where they leave more than one answer there is none.
 */

/** Undecided: several counts fit. Impossible: none does. */
export type Missing =
  | { readonly kind: 'exact'; readonly messages: number }
  | { readonly kind: 'undecided' }
  | { readonly kind: 'impossible' };

const UNDECIDED: Missing = { kind: 'undecided' };
const IMPOSSIBLE: Missing = { kind: 'impossible' };

/**
 * Counts the messages that `bytes` are, all of them out of a window of consecutive messages of
 * these sizes. Worked examples, sizes 100 100 100: 200 → 2, 150 → impossible. Sizes 30 40 50 60: 90
 * → 2 (40 + 50, the only run; 30 + 60 is no run, and two as well). Sizes 10 20 30 30: 30 → 1 or
 * 2 (10 + 20): the tail decides for 1, see below.
 *
 * In this order:
 * 1. all of them: the window itself;
 * 2. bounds: no fewer than `bytes ÷ largest`, no more than `bytes ÷ smallest`. One number left is
 *    the answer, in whatever runs the messages went;
 * 3. the tail: a run that ends with the window. What a stopped reader misses is the end of the
 *    burst, nothing later came through; another run of the same sum by accident would have to
 *    start where the link stands, too;
 * 4. one run anywhere: it went on being read during the burst, once. All runs that fit must have
 *    one length.
 */
export function countMissing(sizes: Float64Array, bytes: number): Missing {
  const bounds = measure(sizes);
  if (bytes === bounds.total) return { kind: 'exact', messages: sizes.length };
  if (!(bytes > 0) || bytes > bounds.total) return IMPOSSIBLE;
  const least = Math.ceil(bytes / bounds.largest);
  const most = Math.floor(bytes / bounds.smallest);
  if (least > most) return IMPOSSIBLE;
  const tail = countTail(sizes, bytes);
  if (least === most) {
    // Of one size each: any of them. Of several sizes it must be a sum at all.
    if (bounds.smallest === bounds.largest || tail === least) {
      return { kind: 'exact', messages: least };
    }
  }
  if (tail > 0) return { kind: 'exact', messages: tail };
  const run = countRuns(sizes, bytes);
  if (run > 0) return { kind: 'exact', messages: run };
  return least === most ? { kind: 'exact', messages: least } : UNDECIDED;
}

function measure(sizes: Float64Array): { total: number; smallest: number; largest: number } {
  let total = 0;
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const size of sizes) {
    total += size;
    if (size < smallest) smallest = size;
    if (size > largest) largest = size;
  }
  return { total, smallest, largest };
}

/** Messages at the end of the window that sum up to it, or 0. */
function countTail(sizes: Float64Array, bytes: number): number {
  let rest = bytes;
  for (let i = sizes.length - 1; i >= 0; i -= 1) {
    rest -= sizes[i] ?? 0;
    if (rest === 0) return sizes.length - i;
    if (rest < 0) return 0;
  }
  return 0;
}

/** The one length of all runs that sum up to it; 0 when there is none or they differ. */
function countRuns(sizes: Float64Array, bytes: number): number {
  let found = 0;
  let sum = 0;
  let from = 0;
  for (let to = 0; to < sizes.length; to += 1) {
    sum += sizes[to] ?? 0;
    while (sum > bytes) {
      sum -= sizes[from] ?? 0;
      from += 1;
    }
    if (sum !== bytes) continue;
    const length = to - from + 1;
    if (found !== 0 && found !== length) return 0;
    found = length;
  }
  return found;
}
