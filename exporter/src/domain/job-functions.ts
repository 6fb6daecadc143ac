/**
 * Functions (with their states) as `new` events named them: the 200 most used have counters of their
 * own, all others share one row; and how long each function takes.
 */
import { createHistogram, type Histogram } from '../lib/histogram.js';

/** Label of what has no row of its own. */
export const OTHER_FUNCTION = '_other';
const ROWS_MAX = 201;
/** Functions without a row whose uses are counted, to find those that deserve one. */
const WAITING_MAX = 1_024;
/** A function without a row takes the place of one that was used this much less. */
const AHEAD = 16;

/** Seconds, upper bounds: from a ping to a day of package upgrades. */
const TIME_BOUNDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 3_600, 7_200, 14_400];
/** Returns of a function before its own times mean anything. */
const SAMPLES_LEAST = 20;
/** Of its returns; a job may take twice as long as this many of them did. */
const QUANTILE = 0.99;

export interface FunctionRow {
  readonly function: string;
  readonly state: string;
  readonly seconds: Histogram;
  uses: number;
  newJobs: number;
  expected: number;
  succeeded: number;
  failed: number;
  scheduledSucceeded: number;
  scheduledFailed: number;
}

export interface JobFunctions {
  /** The shared row first. */
  readonly rows: FunctionRow[];
  readonly other: FunctionRow;
  readonly index: Map<string, FunctionRow>;
  readonly waiting: Map<string, number>;
  replaced: number;
}

export function createJobFunctions(): JobFunctions {
  const other = createRow(OTHER_FUNCTION, '');
  return {
    rows: [other],
    other,
    index: new Map(),
    waiting: new Map(),
    replaced: 0,
  };
}

/** The row that a `new` event uses; makes one where it may. */
export function rowForNew(functions: JobFunctions, name: string, state: string): FunctionRow {
  const key = keyOf(name, state);
  const row = functions.index.get(key) ?? admit(functions, key, { name, state });
  row.uses += 1;
  return row;
}

/** The row of a function that a `new` event named before, the shared one when none did. */
export function rowOf(functions: JobFunctions, name: string, state: string): FunctionRow {
  return functions.index.get(keyOf(name, state)) ?? functions.other;
}

/** Seconds that nearly all of its returns took at most; undefined while too few were seen. */
export function usualSeconds({ seconds }: FunctionRow): number | undefined {
  const { bounds, counts } = seconds;
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all < SAMPLES_LEAST) return undefined;
  let below = 0;
  for (const [i, bound] of bounds.entries()) {
    below += counts[i] ?? 0;
    if (below >= QUANTILE * all) return bound;
  }
  return bounds.at(-1);
}

/**
 * What it counted before stays in the shared row. The series of the one that goes end, and its sums
 * were seen: nothing is added to the shared row, which would count them twice.
 */
function admit(
  functions: JobFunctions,
  key: string,
  { name, state }: { readonly name: string; readonly state: string },
): FunctionRow {
  const { rows, index, waiting } = functions;
  if (rows.length < ROWS_MAX) {
    const row = createRow(name, state);
    rows.push(row);
    index.set(key, row);
    return row;
  }
  const uses = (waiting.get(key) ?? 0) + 1;
  waiting.delete(key);
  waiting.set(key, uses);
  if (waiting.size > WAITING_MAX) waiting.delete(waiting.keys().next().value ?? '');
  const least = leastUsed(rows);
  const gone = rows[least];
  if (gone === undefined || uses < gone.uses + AHEAD) return functions.other;
  waiting.delete(key);
  index.delete(keyOf(gone.function, gone.state));
  functions.replaced += 1;
  const row = createRow(name, state);
  row.uses = uses;
  rows[least] = row;
  index.set(key, row);
  return row;
}

function leastUsed(rows: readonly FunctionRow[]): number {
  let least = 1;
  for (let at = 2; at < rows.length; at += 1) {
    if ((rows[at]?.uses ?? 0) < (rows[least]?.uses ?? 0)) least = at;
  }
  return least;
}

function createRow(name: string, state: string): FunctionRow {
  return {
    function: name,
    state,
    seconds: createHistogram(TIME_BOUNDS),
    uses: 0,
    newJobs: 0,
    expected: 0,
    succeeded: 0,
    failed: 0,
    scheduledSucceeded: 0,
    scheduledFailed: 0,
  };
}

function keyOf(name: string, state: string): string {
  return `${name}\u0000${state}`;
}
