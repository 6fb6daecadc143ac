/** The three tables of names that a batch numbers; functions whose arguments are looked at come first. */
import type { BusBatch } from '../../domain/bus-batch.js';
import { KEY_MAX_BYTES, NameTable, viewOf } from './name-table.js';
import {
  FUNCTIONS_MAX,
  FUNCTIONS_MAX_BYTES,
  JIDS_MAX,
  JIDS_MAX_BYTES,
  MINIONS_MAX,
  MINIONS_MAX_BYTES,
} from './options.js';

/** Numbers in the table of functions, the same in each generation. */
export const STATE_SLS = 0;
export const STATE_APPLY = 1;
export const STATE_HIGHSTATE = 2;
export const STATE_SINGLE = 3;
export const FIND_JOB = 4;
/** The first number of a function of which nothing but its name is used. */
export const OTHER_FUNCTIONS = 5;
const RESERVED = [
  'state.sls',
  'state.apply',
  'state.highstate',
  'state.single',
  'saltutil.find_job',
] as const;

/** Of one event: a function and its state, a jid and one that is asked for. */
const NAMES_PER_EVENT = 2;

export interface EventNames {
  readonly minions: NameTable;
  readonly jids: NameTable;
  readonly funs: NameTable;
}

/** `random` as `Math.random`. */
export function createEventNames(random: () => number): EventNames {
  const names = {
    minions: new NameTable({ names: MINIONS_MAX, bytes: MINIONS_MAX_BYTES, random }),
    jids: new NameTable({ names: JIDS_MAX, bytes: JIDS_MAX_BYTES, random }),
    funs: new NameTable({ names: FUNCTIONS_MAX, bytes: FUNCTIONS_MAX_BYTES, random }),
  };
  reserve(names.funs);
  return names;
}

/** Whether any event that lists no minions finds room for its names. */
export function hasRoom({ minions, jids, funs }: EventNames): boolean {
  return hasRoomFor(minions) && hasRoomFor(jids) && hasRoomFor(funs);
}

/** Begins the tables anew that have no room; `bytes` are those of the `listed` minions. */
export function renewFull(names: EventNames, listed: number, bytes: number): void {
  const { minions, jids, funs } = names;
  const isFull = !minions.hasRoomFor(
    listed + NAMES_PER_EVENT,
    bytes + NAMES_PER_EVENT * KEY_MAX_BYTES,
  );
  if (isFull) minions.renew();
  if (!hasRoomFor(jids)) jids.renew();
  if (hasRoomFor(funs)) return;
  funs.renew();
  reserve(funs);
}

export function takeNews({ minions, jids, funs }: EventNames): BusBatch['names'] {
  return { minions: minions.takeNews(), jids: jids.takeNews(), funs: funs.takeNews() };
}

function hasRoomFor(table: NameTable): boolean {
  return table.hasRoomFor(NAMES_PER_EVENT, NAMES_PER_EVENT * KEY_MAX_BYTES);
}

function reserve(funs: NameTable): void {
  for (const name of RESERVED) {
    const bytes = Buffer.from(name);
    funs.number({ bytes, view: viewOf(bytes) }, 0, bytes.length);
  }
}
