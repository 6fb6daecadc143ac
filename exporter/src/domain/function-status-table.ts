/**
 * How the latest return of chosen functions ended on each minion: one byte for each minion and each
 * pair of function and states, of which there is a named maximum.
 */
import { OTHER_FUNCTION } from './job-functions.js';

/** Pairs of function and states; what comes later counts as `_other` of its function. */
export const STATUS_PAIRS_MAX = 64;
/** Functions that the decoder gives the state `highstate` when they name none. */
const HIGHSTATE_FUNCTIONS = ['state.apply', 'state.highstate'];
const HIGHSTATE = 'highstate';

export const STATUS_NONE = 0;
export const STATUS_FAILED = 1;
export const STATUS_WELL = 2;

export interface StatusPair {
  readonly function: string;
  readonly state: string;
}

/** What an epoch shows. */
export interface FunctionStatusFigures {
  readonly pairs: readonly StatusPair[];
  /** STATUS_*: index `row × pairs + pair`. */
  readonly values: Uint8Array;
}

export interface FunctionStatus {
  /** As the settings list them. */
  readonly functions: readonly string[];
  readonly pairs: StatusPair[];
  /** STATUS_*: index `minion × STATUS_PAIRS_MAX + pair`; empty while no function is chosen. */
  readonly values: Uint8Array;
}

export function createFunctionStatus(
  functions: readonly string[],
  minions: number,
): FunctionStatus {
  // Places that every function has from the start: nobody can fill the table before they come.
  const pairs = functions.flatMap((name) => [
    { function: name, state: '' },
    ...(HIGHSTATE_FUNCTIONS.includes(name) ? [{ function: name, state: HIGHSTATE }] : []),
    { function: name, state: OTHER_FUNCTION },
  ]);
  const bytes = functions.length === 0 ? 0 : minions * STATUS_PAIRS_MAX;
  return { functions, pairs, values: new Uint8Array(bytes) };
}

/** The pair's place, that of `_other` of a chosen function, or −1. */
export function pairOf(table: FunctionStatus, name: string, state: string): number {
  const { pairs, functions } = table;
  if (!functions.includes(name)) return -1;
  const place = pairs.findIndex((pair) => pair.function === name && pair.state === state);
  if (place >= 0) return place;
  return pairs.findIndex((pair) => pair.function === name && pair.state === OTHER_FUNCTION);
}

/** The same for a `new` event, which alone may name another pair. */
export function pairForNew(table: FunctionStatus, name: string, state: string): number {
  const { pairs, functions } = table;
  if (!functions.includes(name)) return -1;
  const isKnown = pairs.some((pair) => pair.function === name && pair.state === state);
  if (!isKnown && pairs.length < STATUS_PAIRS_MAX) pairs.push({ function: name, state });
  return pairOf(table, name, state);
}

export function setStatus(
  table: FunctionStatus,
  at: { readonly minion: number; readonly pair: number },
  failed: boolean,
): void {
  if (at.pair < 0) return;
  table.values[at.minion * STATUS_PAIRS_MAX + at.pair] = failed ? STATUS_FAILED : STATUS_WELL;
}

/** The slot of the minion table is given to another minion. */
export function forgetStatus(table: FunctionStatus, minion: number): void {
  const from = minion * STATUS_PAIRS_MAX;
  table.values.fill(STATUS_NONE, from, from + STATUS_PAIRS_MAX);
}
