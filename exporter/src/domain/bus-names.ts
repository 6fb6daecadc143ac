/**
 * Names that batches of the bus number: the texts, and the minion each id stands for. A text is told
 * once; its number is looked up by index after that, which costs a comparison and no hash.
 */
import { NO_MINION } from './address-table.js';
import type { BusBatch, NameNews } from './bus-batch.js';
import { JOB_FREE, type JobTable } from './job-table.js';
import type { MinionTable } from './minion-table.js';

/** The source begins a new generation sooner; beyond it texts are not kept. */
const NAMES_MAX = 131_072;

interface Numbered {
  generation: number;
  texts: string[];
}

export interface BusNames {
  readonly minions: Numbered & { slots: number[] };
  readonly jids: Numbered & { slots: number[] };
  readonly funs: Numbered;
}

export function createBusNames(): BusNames {
  return {
    minions: { generation: -1, texts: [], slots: [] },
    jids: { generation: -1, texts: [], slots: [] },
    funs: { generation: -1, texts: [] },
  };
}

/** To be called with each batch, before its rows are read. */
export function takeNames(names: BusNames, told: BusBatch['names']): void {
  if (told.minions.generation !== names.minions.generation) names.minions.slots = [];
  if (told.jids.generation !== names.jids.generation) names.jids.slots = [];
  take(names.minions, told.minions);
  take(names.jids, told.jids);
  take(names.funs, told.funs);
}

/** undefined: no such number; asked first, since an index outside an array is slow to look up. */
export function textOf({ texts }: Numbered, number: number): string | undefined {
  return number >= 0 && number < texts.length ? texts[number] : undefined;
}

/** Slot of the minion with that number, NO_MINION when the inventory does not list it. */
export function minionOf(names: BusNames, minions: MinionTable, number: number): number {
  const { texts, slots } = names.minions;
  const id = texts[number];
  if (id === undefined) return NO_MINION;
  const known = slots[number] ?? NO_MINION;
  if (known !== NO_MINION && minions.ids[known] === id) return known;
  const slot = minions.slots.get(id) ?? NO_MINION;
  slots[number] = slot;
  return slot;
}

/** Slot of the job with that number; −1: it is not known. */
export function jobOf(names: BusNames, jobs: JobTable, number: number): number {
  const { texts, slots } = names.jids;
  const jid = texts[number];
  if (jid === undefined) return -1;
  const known = slots[number] ?? -1;
  if (known >= 0 && jobs.jids[known] === jid && jobs.phase[known] !== JOB_FREE) return known;
  const slot = jobs.slots.get(jid) ?? -1;
  slots[number] = slot;
  return slot;
}

function take(numbered: Numbered, { generation, first, texts }: NameNews): void {
  if (generation !== numbered.generation) {
    numbered.generation = generation;
    numbered.texts = [];
  }
  for (const [i, text] of texts.entries()) {
    if (first + i < NAMES_MAX) numbered.texts[first + i] = text;
  }
}
