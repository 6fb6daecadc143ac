/**
 * When verdicts are given. A pair that closed without a return waits until its evidence is in, for
 * some seconds; what is still undecided then is booked as unknown and looked at again while its job
 * is young, for late evidence revises it. Some hundred pairs a turn.
 */
import type { Instant } from '../lib/clock.js';
import { tellLoss, tellRevised } from './event-tellers.js';
import { answerOf, askJobCache } from './job-cache-book.js';
import type { CachedJob } from './job-cache-table.js';
import { suspectUncached } from './job-suspects.js';
import { bookVerdict, type LossRecord, recordKey, reviseVerdict } from './loss-book.js';
import { type Facts, gatherFacts, type LinkView, type Pair, viewLinks } from './loss-facts.js';
import type { Finding, Surroundings } from './loss-rule.js';
import { findLoss, findUntold, undecided } from './loss-rules.js';
import { surroundingsOf } from './loss-surroundings.js';
import { CACHE_DONE, clearLosses, setVerdict, verdictAt } from './loss-table.js';
import {
  isAwaited,
  isUndecided,
  NO_VERDICT,
  UNKNOWN_MINION_OR_PATH,
  VERDICT_UNHEARD,
  VERDICT_WAITS,
  verdictNumber,
} from './loss-vocabulary.js';
import { askMinion } from './minion-answers.js';
import type { State } from './state.js';
import type { Steps } from './steps.js';

/** Pairs that are judged in one tick, of which there are four a second: 10,000 take three seconds. */
const PAIRS_PER_TURN = 1_024;
const PAIRS_PER_STEP = 32;
/** The job cache is asked when a job closes, and answers within a tick or two. */
const CACHE_PATIENCE_MS = 3_000;
/** Returns are written some milliseconds after they are told; a second look makes sure. */
const CACHE_AGAIN_MS = 3_000;
/** While pairs wait for a verdict, or have an undecided one. */
const CACHE_ANEW_MS = 10_000;
const CACHE_WRITTEN_MS = 1_000;
const CACHE_LOOKS = 2;
/** A busy disk may take as long to answer; then nobody knows. */
const CACHE_WATCHED_MS = 60_000;
const CACHE_EVIDENCE = [
  'The event bus told of its return, and the job cache does not hold it. (bus, job cache)',
];
/**
 * Evidence may come this long after the publish: two heartbeats without an answer, and all the tries
 * of a minion to return (measured: up to 46 s).
 */
const EVIDENCE_MS = 50_000;
/** How often pairs without a verdict, and undecided ones, are looked at; how long after the publish. */
const AGAIN_MS = 1_000;
const UNDECIDED_AGAIN_MS = 5_000;
const REVISED_MS = 300_000;
/** An exporter beside the minion is asked this long after the publish, and again after as long. */
const ASKED_MS = 20_000;

const CACHE_LOSS = verdictNumber({ link: '6', reason: 'cache', confidence: 'proven' });

/** To be called with every tick. */
export function* lossSteps(state: State, now: Instant): Steps {
  const { jobs, losses } = state;
  const { table } = losses;
  const due: number[] = [];
  for (const slot of jobs.table.slots.values()) {
    if (Number.isNaN(table.closedMonoMs[slot] ?? Number.NaN)) continue;
    if (table.cacheLooks[slot] !== CACHE_DONE) lookAtCache(state, slot, now);
    if (isDue(state, slot, now)) due.push(slot);
  }
  if (due.length === 0) return;
  // Who was looked at the longest time ago comes first.
  const lookedAt = (slot: number) => table.judgedMonoMs[slot] || 0;
  due.sort((a, b) => lookedAt(a) - lookedAt(b));
  let view: LinkView | undefined;
  let left = PAIRS_PER_TURN;
  for (const slot of due) {
    if (left <= 0) return;
    if (isAwaitingCache(state, slot, now)) continue;
    view ??= viewLinks(state, now);
    left -= yield* judgeJob(state, slot, { view, most: left });
  }
}

/** A job begins in this place: what is left of the job before it is booked. */
export function openLosses(state: State, slot: number): void {
  const { losses } = state;
  const waiting = clearLosses(losses.table, slot);
  losses.evicted += waiting;
}

/** A return came for a pair that had been given up. */
export function refuteLoss(state: State, pair: Pair): void {
  const { losses, jobs } = state;
  const { table } = losses;
  const verdict = verdictAt(table, pair.slot, pair.minion);
  if (verdict === NO_VERDICT) return;
  setVerdict(table, pair, NO_VERDICT);
  if (isAwaited(verdict)) {
    lessen(table.waiting, pair.slot);
    return;
  }
  if (isUndecided(verdict)) lessen(table.undecided, pair.slot);
  reviseVerdict(losses, verdict, 'returned');
  const minion = state.minions.ids[pair.minion];
  const taken = { verdict, to: 'returned', wallMs: Number.NaN } as const;
  tellRevised(state, { minion, jid: jobs.table.jids[pair.slot] }, taken);
  const order = jobs.table.order[pair.slot] ?? 0;
  losses.records.delete(recordKey({ order, minion: pair.minion }));
}

/** A job of which somebody returned closed: its returns are looked for in the job cache, too. */
export function watchCache(state: State, slot: number, monoMs: number): void {
  const { table } = state.losses;
  if (Number.isNaN(table.closedMonoMs[slot] ?? Number.NaN)) table.closedMonoMs[slot] = monoMs;
  table.cacheLooks[slot] = 0;
  askJobCache(state, state.jobs.table.jids[slot] ?? '');
  table.askedMonoMs[slot] = monoMs;
}

function isDue(state: State, slot: number, now: Instant): boolean {
  const { losses, jobs } = state;
  const { table } = losses;
  const waits = (table.waiting[slot] ?? 0) > 0;
  const open = (table.undecided[slot] ?? 0) > 0;
  if (!waits && !open) return false;
  const ageMs = now.monoMs - (jobs.table.newMonoMs[slot] ?? 0);
  if (!waits && ageMs > REVISED_MS) return false;
  const againMs = waits ? AGAIN_MS : UNDECIDED_AGAIN_MS;
  return !(now.monoMs - (table.judgedMonoMs[slot] ?? Number.NaN) < againMs);
}

interface Judging {
  readonly view: LinkView;
  readonly most: number;
}

/** The job cache was asked what it has of this job, and may still answer. */
function isAwaitingCache(state: State, slot: number, now: Instant): boolean {
  const { losses, jobs } = state;
  const { table } = losses;
  const jid = jobs.table.jids[slot] ?? '';
  const closedMs = table.closedMonoMs[slot] ?? Number.NaN;
  if (!(now.monoMs - (table.askedMonoMs[slot] ?? Number.NaN) < CACHE_ANEW_MS)) {
    // Returns are tried again, and written late; or some of its pairs closed while others still run.
    askJobCache(state, jid);
    table.askedMonoMs[slot] = now.monoMs;
  }
  const isAnswered = (answerOf(state, jid)?.readMonoMs ?? Number.NaN) >= closedMs;
  return !isAnswered && now.monoMs - closedMs < CACHE_PATIENCE_MS;
}

/** Looks at the pairs of a job, so many at most; how many it looked at. */
function* judgeJob(state: State, slot: number, { view, most }: Judging): Steps<number> {
  const { losses } = state;
  const { now } = view;
  const { table } = losses;
  const around = surroundingsOf(state, slot, now.monoMs);
  const from = slot * table.minions;
  let looked = 0;
  let minion = table.cursor[slot] ?? 0;
  for (; minion < table.minions && looked < most; minion += 1) {
    const verdict = table.verdicts[from + minion] ?? NO_VERDICT;
    if (!isAwaited(verdict) && !isUndecided(verdict)) continue;
    judgePair(state, { slot, minion }, { view, around, verdict });
    looked += 1;
    if (looked % PAIRS_PER_STEP === 0) yield;
  }
  const isWhole = minion >= table.minions;
  table.cursor[slot] = isWhole ? 0 : minion;
  if (isWhole) table.judgedMonoMs[slot] = now.monoMs;
  return looked;
}

function judgePair(
  state: State,
  pair: Pair,
  {
    view,
    around,
    verdict,
  }: { readonly view: LinkView; readonly around: Surroundings; readonly verdict: number },
): void {
  const { losses } = state;
  const { table } = losses;
  const { now } = view;
  const facts = gatherFacts(state, pair, view);
  if (verdict === VERDICT_UNHEARD && !isMissing(state, pair, facts)) {
    if (verdictAt(table, pair.slot, pair.minion) === NO_VERDICT) {
      bookUntold(state, pair, { found: findUntold(facts, around), now });
    }
    return;
  }
  const ageMs = now.monoMs - facts.newMonoMs;
  const isLast = ageMs >= EVIDENCE_MS;
  const decided = findLoss(facts, around, isLast);
  if (decided === undefined && ageMs >= ASKED_MS) askBeside(state, pair, { facts, now });
  const found = decided ?? (isLast ? undecided(facts) : undefined);
  if (found === undefined || found.verdict === verdict) return;
  // A ledger that lost its base since knew more before.
  if (verdict === UNKNOWN_MINION_OR_PATH && isUndecided(found.verdict)) return;
  lessen(isAwaited(verdict) ? table.waiting : table.undecided, pair.slot);
  if (isUndecided(found.verdict)) {
    table.undecided[pair.slot] = (table.undecided[pair.slot] ?? 0) + 1;
  }
  setVerdict(table, pair, found.verdict);
  const record = recordOf(state, pair, { ...found, now });
  bookVerdict(losses, record, isAwaited(verdict) ? NO_VERDICT : verdict);
  tellLoss(state, record);
}

/** The exporter beside the minion, where there is one, may know what the master cannot. */
function askBeside(
  state: State,
  pair: Pair,
  { facts, now }: { readonly facts: Facts; readonly now: Instant },
): void {
  if (now.monoMs - (facts.word?.askedMonoMs ?? Number.NaN) < ASKED_MS) return;
  askMinion(state, state.jobs.table.jids[pair.slot] ?? '', pair.minion);
}

/**
 * The bus was not heard while this pair was open: only the job cache knows whether it returned. Then,
 * or when nobody knows, it is neither returned nor missing.
 */
function isMissing(state: State, pair: Pair, facts: Facts): boolean {
  const { jobs, losses } = state;
  const { cache, cachedReturn } = facts;
  const isKnown = cache?.state === 'present' && cache.loadWritten && !cache.truncated;
  // Its minion tries for so long; until then it may still be written.
  if (isKnown && !cachedReturn && facts.nowMonoMs - facts.newMonoMs < EVIDENCE_MS) return false;
  if (isKnown && !cachedReturn && !cache.nocache) {
    jobs.expected += 1;
    jobs.missing += 1;
    setVerdict(losses.table, pair, VERDICT_WAITS);
    return true;
  }
  jobs.unseen += 1;
  setVerdict(losses.table, pair, NO_VERDICT);
  lessen(losses.table.waiting, pair.slot);
  return false;
}

/** Neither returned nor missing: the master has it, and whoever waits for it does not know. */
function bookUntold(
  state: State,
  pair: Pair,
  { found, now }: { readonly found: Finding | undefined; readonly now: Instant },
): void {
  if (found === undefined) return;
  setVerdict(state.losses.table, pair, found.verdict);
  const record = recordOf(state, pair, { ...found, now });
  bookVerdict(state.losses, record, NO_VERDICT);
  tellLoss(state, record);
}

/**
 * Returns that the bus told of and the cache does not hold: by two answers that were read some time
 * after the last return was told.
 */
function lookAtCache(state: State, slot: number, now: Instant): void {
  const { losses, jobs } = state;
  const { table } = losses;
  const askedMs = table.askedMonoMs[slot] ?? Number.NaN;
  if (!(now.monoMs - askedMs >= CACHE_AGAIN_MS)) return;
  const jid = jobs.table.jids[slot] ?? '';
  const answer = answerOf(state, jid);
  const lacking = answer === undefined ? [] : lackingReturns(state, slot, answer);
  const sinceMs = Math.max(table.closedMonoMs[slot] ?? 0, table.returnedMonoMs[slot] || 0);
  const isOver = now.monoMs - sinceMs > CACHE_WATCHED_MS;
  if (isOver || (answer !== undefined && lacking.length === 0)) {
    table.cacheLooks[slot] = CACHE_DONE;
    return;
  }
  const writtenMs = (table.returnedMonoMs[slot] ?? Number.NaN) + CACHE_WRITTEN_MS;
  const readMs = answer?.readMonoMs ?? Number.NaN;
  const isNew = readMs >= askedMs && !(readMs < writtenMs);
  const looks = (table.cacheLooks[slot] ?? 0) + (isNew ? 1 : 0);
  table.cacheLooks[slot] = looks;
  if (looks < CACHE_LOOKS) {
    askJobCache(state, jid);
    table.askedMonoMs[slot] = now.monoMs;
    return;
  }
  table.cacheLooks[slot] = CACHE_DONE;
  const [only] = lacking;
  const isAlone = lacking.length === 1 && (jobs.table.returnedCount[slot] ?? 0) > 1;
  if (isAlone && only !== undefined && suspectUncached(state, { slot, minion: only })) return;
  for (const minion of lacking) {
    const pair = { slot, minion };
    // Looked at before, when another return came late.
    if (verdictAt(table, slot, minion) === CACHE_LOSS) continue;
    setVerdict(table, pair, CACHE_LOSS);
    const found = { verdict: CACHE_LOSS, evidence: CACHE_EVIDENCE, now };
    const record = recordOf(state, pair, found);
    bookVerdict(losses, record, NO_VERDICT);
    tellLoss(state, record);
  }
}

function lackingReturns(state: State, slot: number, answer: CachedJob): readonly number[] {
  const { table } = state.jobs;
  const isWhole = answer.state === 'present' && answer.loadWritten && !answer.nocache;
  if (!isWhole || answer.truncated) return [];
  const lacking: number[] = [];
  for (let word = 0; word < table.words; word += 1) {
    let bits = (table.returned[slot * table.words + word] ?? 0) & ~(answer.returned[word] ?? 0);
    for (let bit = 0; bits !== 0; bit += 1, bits >>>= 1) {
      if ((bits & 1) !== 0) lacking.push(word * 32 + bit);
    }
  }
  return lacking;
}

function recordOf(
  state: State,
  pair: Pair,
  found: { readonly verdict: number; readonly evidence: readonly string[]; readonly now: Instant },
): LossRecord {
  const { jobs, minions } = state;
  return {
    order: jobs.table.order[pair.slot] ?? 0,
    jid: jobs.table.jids[pair.slot] ?? '',
    minion: pair.minion,
    id: minions.ids[pair.minion] ?? '',
    verdict: found.verdict,
    evidence: found.evidence,
    decidedWallMs: found.now.wallMs,
  };
}

function lessen(counts: Int32Array, slot: number): void {
  counts[slot] = (counts[slot] ?? 0) - 1;
}
