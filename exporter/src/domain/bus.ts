/**
 * What Salt's event bus told: kept and handed to what needs it; ledgers, identity and ghosts read
 * it.
 */
import type { Instant } from '../lib/clock.js';
import { observe } from '../lib/histogram.js';
import { BASIS_GRAINS, BASIS_STATIC, NO_MINION } from './address-table.js';
import { type BusBatch, CANARY, NO_NAME } from './bus-batch.js';
import { minionOf, takeNames, textOf } from './bus-names.js';
import { blindCanaries, noteCanaryReturn } from './canary-book.js';
import { isCanaryJid } from './canary-job.js';
import {
  noteAuth,
  noteDeafness,
  noteElsewhere,
  noteHeard,
  noteNewJob,
  notePublishError,
  noteReturn,
  noteWorkers,
} from './jobs.js';
import { noteStart } from './minion-starts.js';
import type { BusEvent, BusEvents, BusLink, BusLoss } from './observations.js';
import { countSourceError } from './source-book.js';
import type { State } from './state.js';
import { BUS_KINDS, BUS_REJECTS, type BusEventKind } from './vocabulary.js';

/**
 * Stamps have microseconds and the wall clock that they are held against whole milliseconds, cut
 * off: an event that took no time seems to have come this much before it was fired.
 */
const CLOCK_STEP_MS = 1;

export function applyBusLink(state: State, link: BusLink): void {
  const { bus } = state;
  if (link.connected && bus.connected !== true) {
    if (bus.wasConnected) {
      bus.reconnects += 1;
      noteDeafness(state);
      blindCanaries(state);
    }
    bus.wasConnected = true;
  }
  if (!link.connected && bus.connected === true) bus.endedMonoMs = link.monoMs;
  bus.connected = link.connected;
  bus.sinceMonoMs = link.monoMs;
  bus.backlogBytes = 0;
}

/**
 * Takes a batch into the books of the bus; returns the events that ledgers, ghosts and identity
 * want, which are few: announcements, authentications, starts, and returns of minions that no
 * address names.
 */
export function applyBusBatch(state: State, batch: BusBatch, now: Instant): BusEvents {
  const { bus, minions } = state;
  takeNames(bus.names, batch.names);
  const events: BusEvent[] = [];
  // By number and not by name: there are some millions of rows a second.
  const told = new Uint32Array(BUS_KINDS.length);
  let announced = 0;
  for (let row = 0; row < batch.count; row += 1) {
    const kind = batch.event[row] ?? CUSTOM;
    const arrivedMonoMs = batch.arrivedMonoMs[row] ?? now.monoMs;
    const stampWallMs = batch.stampWallMs[row] ?? Number.NaN;
    const event = EVENT_OF[kind] ?? 'other';
    told[kind] = (told[kind] ?? 0) + 1;
    noteLag(state, { arrivedMonoMs, stampWallMs }, now);
    const minion = minionOf(bus.names, minions, batch.minion[row] ?? NO_MINION);
    noteHeard(state, minion, { stampWallMs, arrivedMonoMs });
    let counted = kind;
    if (kind === RET) {
      if (isOurReturn(state, batch, row)) noteCanaryReturn(state, batch, { row, slot: minion });
      else counted = noteReturn(state, batch, { row, now }) ? SUSPECT : RET;
    } else if (kind === NEW) {
      const job = batch.announcements[announced];
      announced += 1;
      const isOurs = isOurJob(state, batch, row);
      if (isOurs) noteElsewhere(state, batch, { row, now });
      else if (job?.row === row) noteNewJob(state, batch, { announced: job, now });
    } else if (kind === START) noteStart(state, batch, { row, minion });
    else if (kind === AUTH) noteAuth(state, batch, row);
    else if (kind === ERROR && !isOurJob(state, batch, row)) notePublishError(state, batch, row);
    bus.kinds[counted] = (bus.kinds[counted] ?? 0) + 1;
    if (event === 'other') continue;
    if (event === 'return' && isNamed(state, minion)) continue;
    events.push({
      event,
      arrivedMonoMs,
      stampWallMs: Number.isNaN(stampWallMs) ? undefined : stampWallMs,
      minion: textOf(bus.names.minions, batch.minion[row] ?? NO_MINION),
      jid: textOf(bus.names.jids, batch.jid[row] ?? NO_MINION),
    });
  }
  for (const [kind, event] of EVENT_OF.entries()) bus.events[event] += told[kind] ?? 0;
  noteWorkers(state, batch.stats);
  bus.backlogBytes = batch.backlogBytes;
  return { events };
}

const CUSTOM = BUS_KINDS.indexOf('custom');
const SUSPECT = BUS_KINDS.indexOf('suspect');
const RET = BUS_KINDS.indexOf('ret');
const NEW = BUS_KINDS.indexOf('new');
const AUTH = BUS_KINDS.indexOf('auth');
const START = BUS_KINDS.indexOf('start');
const ERROR = BUS_KINDS.indexOf('error');
const EVENT_OF: readonly BusEventKind[] = BUS_KINDS.map((kind) => {
  if (kind === 'ret') return 'return';
  return kind === 'new' || kind === 'publish' || kind === 'start' || kind === 'auth'
    ? kind
    : 'other';
});

/** Of a canary job, which is in no figure of people's jobs. */
function isOurJob({ bus }: State, batch: BusBatch, row: number): boolean {
  return isCanaryJid(textOf(bus.names.jids, batch.jid[row] ?? NO_NAME));
}

/** The same of a return; the mark alone costs nothing to look at, but a minion may make it itself. */
function isOurReturn(state: State, batch: BusBatch, row: number): boolean {
  return ((batch.flags[row] ?? 0) & CANARY) !== 0 && isOurJob(state, batch, row);
}

/** Its request link has a name from its address, and no return can teach another. */
function isNamed({ minions }: State, minion: number): boolean {
  if (minion === NO_MINION) return true;
  const basis = minions.requestBasis[minion];
  const hasLink = (minions.requestLinks[minion] ?? 0) > 0;
  return hasLink && (basis === BASIS_STATIC || basis === BASIS_GRAINS);
}

export function applyBusLoss(state: State, loss: BusLoss): void {
  const { bus } = state;
  bus.dropped += loss.dropped;
  if (loss.dropped > 0) {
    noteDeafness(state);
    blindCanaries(state);
  }
  for (const reason of BUS_REJECTS) bus.rejects[reason] += loss.rejects[reason] ?? 0;
}

/** Arrival − `_stamp`, both of the master's wall clock. */
function noteLag(
  state: State,
  event: { readonly arrivedMonoMs: number; readonly stampWallMs: number | undefined },
  now: Instant,
): void {
  const { arrivedMonoMs, stampWallMs = Number.NaN } = event;
  if (Number.isNaN(stampWallMs)) return;
  const arrivedWallMs = now.wallMs - (now.monoMs - arrivedMonoMs);
  const lagMs = arrivedWallMs - stampWallMs;
  if (lagMs < -CLOCK_STEP_MS) {
    countSourceError(state.sources, 'event_bus', { reason: 'stamp_ahead', count: 1 });
    return;
  }
  // Between −1 ms and 0 it is the clock's step, as above: 0 is as right as can be told.
  observe(state.bus.lagSeconds, Math.max(0, lagMs) / 1_000);
}
