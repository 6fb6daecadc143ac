/**
 * Returns that contradict what else is known: any minion can fire an event that looks like another
 * one's return. A return comes over a request link of its minion: the request arrives before Salt
 * fires the event, the reply leaves after it. So where every request link of the minion stood open
 * and idle all that time, it never sent the return; and the master writes none of its own into the
 * job cache.
 *
 * A worked example: the bus tells of a return of m2, fired at 50.000 s. At 51.6 s all links were
 * looked at: the one request link of m2 is there since an hour, nothing waits on it, and what came
 * last on it was seen at 12 s: the return is suspect. Had 613 bytes come since 49.900 s, on this link
 * or on one that is nobody's, nothing would be said.
 */
import { BASIS_GRAINS, BASIS_STATIC, NO_MINION } from './address-table.js';
import {
  placeForReturn,
  returnsOf,
  SUSPECT_CONTRADICTED,
  SUSPECT_SPOKE,
  SUSPECT_UNCLEAR,
} from './job-suspects-table.js';
import { addPair, dropPair, hasPair, reopenPair } from './job-table.js';
import { isEstablished, PHASE_DEAD, PHASE_FREE } from './link-table.js';
import { awaitVerdicts } from './loss-table.js';
import { STANCE_QUIET } from './request-table.js';
import type { State } from './state.js';
import { BUS_KINDS, IDENTITY_BASES, REQUEST, SUSPECT_EVIDENCE } from './vocabulary.js';

/** Stamps, rows of the kernel and a wall clock that is set differ by less than this. */
const SLACK_MS = 100;
/** So long after a return all links must have been looked at: its reply is out and acknowledged. */
const SETTLE_MS = 500;
/** The bus may be this late; when an event was fired that came later, or too early, nobody knows. */
const LATE_MS = 60_000;
const EARLY_MS = 2;
/** A request whose link has ended may wait for a worker this long, and then it runs. */
const ABANDONED_MS = 600_000;
/** A happening that the kernel lost may have been this much before we knew of it. */
const LOST_MS = 15_000;
/** Returns of one scan that are held against links: each is one walk over the links of its minion. */
const JUDGED_MOST = 256;

const SUSPECT = BUS_KINDS.indexOf('suspect');
const LEARNED = IDENTITY_BASES.indexOf('learned');
const BY_LINK = SUSPECT_EVIDENCE.indexOf('request_link');
const BY_CACHE = SUSPECT_EVIDENCE.indexOf('job_cache');

/**
 * A return is about to be booked for a pair: it is judged when its minion's links were looked at.
 * Some 100,000 a second go through here at the worst: nothing is made for each.
 */
export function watchReturn(
  { suspects, jobs }: State,
  pair: { readonly slot: number; readonly minion: number },
  told: { readonly firedMonoMs: number; readonly monoMs: number },
): void {
  const { table } = jobs;
  const lagMs = told.monoMs - told.firedMonoMs;
  if (!(lagMs >= -EARLY_MS && lagMs <= LATE_MS)) return;
  const at = placeForReturn(suspects);
  suspects.job[at] = pair.slot;
  suspects.order[at] = table.order[pair.slot] ?? 0;
  suspects.minion[at] = pair.minion;
  suspects.firedMonoMs[at] = told.firedMonoMs;
  suspects.arrivedMonoMs[at] = told.monoMs;
  suspects.late[at] = hasPair(table, table.missing, pair) ? 1 : 0;
  suspects.again[at] = hasPair(table, table.returned, pair) ? 1 : 0;
}

/** All links were looked at, from this instant on. */
export function judgeSuspects(state: State, startedMonoMs: number): void {
  const { suspects, scans } = state;
  const lost = scans.eventsLost + scans.overflowEvents;
  if (lost !== suspects.lost) suspects.lostMonoMs = startedMonoMs;
  suspects.lost = lost;
  const { capacity, arrivedMonoMs, minion, verdict } = suspects;
  let links: ReadonlyMap<number, readonly number[]> | undefined;
  let left = JUDGED_MOST;
  for (; suspects.first < suspects.next; suspects.first += 1) {
    const at = suspects.first % capacity;
    // They come in the order of their arrival: the others are younger.
    if ((arrivedMonoMs[at] ?? 0) > startedMonoMs - SETTLE_MS) return;
    const who = minion[at] ?? NO_MINION;
    if (spokeSince(state, who, at)) {
      verdict[at] = SUSPECT_SPOKE;
      continue;
    }
    if (left === 0) return;
    left -= 1;
    links ??= requestLinks(state);
    verdict[at] = isIdle(state, at, links.get(who) ?? []) ? SUSPECT_CONTRADICTED : SUSPECT_UNCLEAR;
    if (verdict[at] === SUSPECT_CONTRADICTED) disown(state, at, BY_LINK);
  }
}

/**
 * The job cache holds all returns of a job but this one: suspect where the links say nothing. False:
 * the links say that its minion did return something.
 */
export function suspectUncached(
  state: State,
  pair: { readonly slot: number; readonly minion: number },
): boolean {
  const { suspects, jobs } = state;
  const order = jobs.table.order[pair.slot] ?? 0;
  const [at] = returnsOf(suspects, { job: pair.slot, order, minion: pair.minion });
  if (at === undefined || suspects.verdict[at] !== SUSPECT_UNCLEAR) return false;
  suspects.verdict[at] = SUSPECT_CONTRADICTED;
  disown(state, at, BY_CACHE);
  return true;
}

/** Something was asked or answered on a link of its minion since just before this return. */
function spokeSince({ suspects }: State, minion: number, at: number): boolean {
  const fromMs = (suspects.firedMonoMs[at] ?? 0) - SLACK_MS;
  return (suspects.spokeMonoMs[minion] ?? Number.NaN) >= fromMs;
}

/** Whether all request links of its minion are known, and stood open and idle all the time. */
function isIdle({ suspects, links, requests }: State, at: number, slots: readonly number[]) {
  const fromMs = (suspects.firedMonoMs[at] ?? 0) - SLACK_MS;
  const untilMs = (suspects.arrivedMonoMs[at] ?? 0) + SETTLE_MS;
  const minion = suspects.minion[at] ?? NO_MINION;
  const abandonedMs = suspects.abandonedMonoMs[minion] ?? Number.NaN;
  if (abandonedMs > fromMs - ABANDONED_MS || suspects.lostMonoMs > fromMs - LOST_MS) return false;
  // A link that is nobody's may be its second one.
  if (slots.length === 0 || suspects.strangerMonoMs >= fromMs) return false;
  return slots.every((slot) => {
    const basis = links.basis[slot];
    const isSure = basis === BASIS_STATIC || basis === BASIS_GRAINS;
    // Behind one address only idle neighbours make sure that no name was learned wrongly.
    if (!isSure && (basis !== LEARNED || suspects.learnedMonoMs >= fromMs)) return false;
    return (
      isEstablished(links.phase[slot] ?? PHASE_FREE) &&
      requests.stance[slot] === STANCE_QUIET &&
      (links.openedMonoMs[slot] ?? Number.NaN) < fromMs &&
      (requests.rowMonoMs[slot] ?? Number.NaN) >= untilMs
    );
  });
}

function requestLinks({ links }: State): ReadonlyMap<number, readonly number[]> {
  const byMinion = new Map<number, number[]>();
  for (let slot = 0; slot < links.high; slot += 1) {
    const phase = links.phase[slot] ?? PHASE_FREE;
    const minion = links.minion[slot] ?? NO_MINION;
    if (links.port[slot] !== REQUEST || phase === PHASE_FREE || phase === PHASE_DEAD) continue;
    if (minion === NO_MINION) continue;
    const own = byMinion.get(minion);
    if (own === undefined) byMinion.set(minion, [slot]);
    else own.push(slot);
  }
  return byMinion;
}

/**
 * The return was not its minion's. What was booked stays booked, beside the count of suspects; its
 * pair is open again, or missing again, unless another return of it was believed.
 */
function disown(state: State, at: number, evidence: number): void {
  const { suspects, jobs, bus } = state;
  const { table } = jobs;
  jobs.suspects[evidence] = (jobs.suspects[evidence] ?? 0) + 1;
  bus.kinds[SUSPECT] = (bus.kinds[SUSPECT] ?? 0) + 1;
  const slot = suspects.job[at] ?? 0;
  const minion = suspects.minion[at] ?? NO_MINION;
  const order = suspects.order[at] ?? 0;
  const pair = { slot, minion };
  if (table.order[slot] !== order || !hasPair(table, table.returned, pair)) return;
  const others = returnsOf(suspects, { job: slot, order, minion });
  if (others.some((other) => suspects.verdict[other] !== SUSPECT_CONTRADICTED)) return;
  // Of a pair that returned before this one, the first return is not remembered: it is believed.
  if (others.every((other) => suspects.again[other] === 1)) return;
  const isLate = others.some((other) => suspects.late[other] === 1);
  if (isLate) missAgain(state, pair, suspects.arrivedMonoMs[at] ?? 0);
  else reopenPair(table, pair);
}

/** The pair had been given up, and the return that took that back was none. */
function missAgain(
  { jobs, losses }: State,
  pair: { readonly slot: number; readonly minion: number },
  monoMs: number,
): void {
  const { table } = jobs;
  const { slot, minion } = pair;
  dropPair(table, table.returned, pair);
  table.returnedCount[slot] = (table.returnedCount[slot] ?? 0) - 1;
  addPair(table, table.missing, pair);
  table.missingCount[slot] = (table.missingCount[slot] ?? 0) + 1;
  const bit = minion & 31;
  awaitVerdicts(losses.table, slot, { first: minion - bit, bits: 1 << bit, monoMs, heard: true });
}
