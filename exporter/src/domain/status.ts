/**
 * The status of each minion, decided from the survey, with hysteresis: a verdict must hold for a
 * named time before it counts.
 */
import type { Instant } from '../lib/clock.js';
import { BASIS_AMBIGUOUS, NO_ADDRESS, wordsOf } from './address-table.js';
import { formatAddress } from './address-text.js';
import { tellEvent } from './event-feed.js';
import { type StatusEvidence, statusText } from './evidence.js';
import { endedWithDaemon } from './flaps.js';
import { NO_FACTS, STATUS_UNKNOWN } from './minion-table.js';
import { recordEvent } from './recent-events.js';
import { saidDownSince } from './source-book.js';
import type { State } from './state.js';
import { inSteps, type Steps } from './steps.js';
import { MINION_STATUSES, type MinionStatus } from './vocabulary.js';

/**
 * A link may be gone this long before its minion is absent: 3008 re-makes its link within 0.3 s,
 * libzmq's first reconnect comes after 0.1 to 1 s, and a verdict each time would be noise beside
 * the flap counter.
 */
export const ABSENT_AFTER_MS = 5_000;
/**
 * The same after the publish daemon ended: minions come back 5.0 to 13.3 s after it (measured on
 * 3006, 3007 and 3008), and a whole fleet that is absent for a moment tells nothing that the
 * listener's restart does not.
 */
export const ABSENT_AFTER_RESTART_MS = 15_000;
/**
 * The same for being behind: three scans of a steady cadence, so that one large publish over a thin
 * line is no verdict.
 */
export const SLOW_HOLD_MS = 2_500;
/**
 * The same for verdicts about minions without a link that rest on other minions' links, which come
 * and go.
 */
export const LINKLESS_HOLD_MS = 5_000;
/**
 * A host must be silent this long to be half open: the third time-out comes 1.7 s, the fourth 3.4 s
 * after the data (measured); a shorter pause is a lost packet or a busy host.
 */
export const HALF_OPEN_AFTER_MS = 3_000;
/**
 * Silent this long, and no other link had anything to acknowledge (a filtered stream, three missed
 * heartbeats): nothing decides whether it is the host or the network.
 */
export const UNDECIDED_AFTER_MS = 30_000;
/**
 * One publish goes to all links within milliseconds: an acknowledgement this little before our data
 * still answers the same publish.
 */
export const FAN_OUT_MS = 50;
/** Without a scan for this long, or for so many cadences, nobody knows what the links do. */
export const SCAN_SILENT_MS = 10_000;
export const SCAN_SILENT_INTERVALS = 5;
/** `--metrics.detail=problems` shows a minion for this long after its last trouble. */
export const PROBLEM_MEMORY_MS = 3_600_000;

/**
 * Events written in one evaluation; when more minions change at once the fleet's figures and the
 * storm say it.
 */
export const STATUS_EVENTS_MAX = 50;

/** A verdict costs an eighth of a new minion at most. */
const JUDGED_PER_ROW = 8;

const code = (status: MinionStatus) => MINION_STATUSES.indexOf(status);
const OK = code('ok');
const SLOW = code('slow');
const STALLED = code('stalled');
const HALF_OPEN = code('half_open');
const ABSENT = code('absent');
const STALE = code('stale');
const AMBIGUOUS = code('ambiguous');

/** One evaluation of the whole fleet. */
interface Round {
  readonly now: Instant;
  readonly blind: boolean;
  events: number;
}

/** Decides every minion anew; call after a survey. */
export function* statusSteps(state: State, now: Instant): Steps {
  const { order } = state.minions;
  const blind = isBlind(state, now);
  const round: Round = { now, blind, events: 0 };
  yield* inSteps(order.length, state.limits.rowsPerStep * JUDGED_PER_ROW, (from, to) => {
    for (let row = from; row < to; row += 1) {
      const slot = order[row] ?? 0;
      noteLink(state, slot, now);
      settle(state, { slot, verdict: blind ? STATUS_UNKNOWN : judge(state, slot, now) }, round);
    }
  });
}

/** True while the links or the minions cannot be seen: then no verdict is possible. */
export function isBlind(state: State, now: Instant): boolean {
  return !state.inventory.known || !seesLinks(state, now);
}

/** Whether the last complete scan still says what is. */
export function seesLinks(state: State, now: Instant): boolean {
  const { scans, sources } = state;
  if (!scans.complete) return false;
  if (saidDownSince(sources, 'kernel', scans.lastMonoMs)) return false;
  const limitMs = Math.max(
    SCAN_SILENT_MS,
    (scans.intervalSeconds ?? 0) * 1_000 * SCAN_SILENT_INTERVALS,
  );
  return now.monoMs - scans.lastMonoMs <= limitMs;
}

/** Most severe thing first for minions with a link; for those without, what can explain it. */
function judge(state: State, slot: number, now: Instant): number {
  const { minions } = state;
  if ((minions.publishLinks[slot] ?? 0) > 0) return judgeLinked(state, slot);
  if (isAmbiguous(state, slot)) return AMBIGUOUS;
  return isStale(state, slot, now) ? STALE : ABSENT;
}

/**
 * Half open: every link of it is silent, and another minion acknowledged after this one's data was
 * sent. When every other link is silent too it may be the master's own network: unknown. Before
 * either is seen, what was stays, for some time.
 */
function judgeLinked(state: State, slot: number): number {
  const { minions, survey, scans } = state;
  const silent = minions.silentLinks[slot] ?? 0;
  if (silent === 0 || silent < (minions.publishLinks[slot] ?? 0))
    return judgeAnswering(state, slot);
  const ackMs = minions.lastAckMonoMs[slot] ?? Number.NaN;
  const keep = minions.status[slot] ?? STATUS_UNKNOWN;
  if (scans.lastMonoMs - ackMs < HALF_OPEN_AFTER_MS) return keep === HALF_OPEN ? HALF_OPEN : OK;
  const others = survey.publishLinks - silent;
  if (others <= 0) return HALF_OPEN;
  const sentMs = minions.silentMonoMs[slot] ?? Number.NaN;
  if (survey.lastAckMonoMs >= sentMs - FAN_OUT_MS) return HALF_OPEN;
  if (survey.silentLinks >= survey.publishLinks) return STATUS_UNKNOWN;
  if (scans.lastMonoMs - sentMs >= UNDECIDED_AFTER_MS) return STATUS_UNKNOWN;
  return keep === HALF_OPEN ? HALF_OPEN : OK;
}

/**
 * A host that acknowledges: stalled when no link of it shows a process that reads, slow when none
 * is without delay.
 */
function judgeAnswering(state: State, slot: number): number {
  const { minions } = state;
  const links = minions.publishLinks[slot] ?? 0;
  const stalled = minions.stalledLinks[slot] ?? 0;
  const slow = minions.slowLinks[slot] ?? 0;
  const notReading = (minions.silentLinks[slot] ?? 0) + stalled;
  if (stalled > 0 && notReading === links) return STALLED;
  return slow > 0 && notReading + slow === links ? SLOW : OK;
}

/**
 * Behind an address that several can be behind, with a link; or behind a link that nobody's address
 * explains.
 */
function isAmbiguous(state: State, slot: number): boolean {
  const { minions, inventory, addresses, survey } = state;
  if (minions.everLinked[slot] === 1) return false;
  const facts = minions.facts[slot] ?? NO_FACTS;
  if (sharedEntry(state, slot) !== NO_ADDRESS) return true;
  if (facts.onMasterHost && inventory.hostMinions > 1) {
    for (const entry of [addresses.loopback4, addresses.loopback6]) {
      if (addresses.basis[entry] === BASIS_AMBIGUOUS && (addresses.publishLinks[entry] ?? 0) > 0)
        return true;
    }
  }
  return !facts.behindNat && survey.unexplained > 0;
}

/**
 * An address with an established publish link that this minion shares with others; NO_ADDRESS if
 * there is none.
 */
export function sharedEntry(state: State, slot: number): number {
  const { addresses } = state;
  const facts = state.minions.facts[slot] ?? NO_FACTS;
  for (let i = 0; i < facts.addresses.length; i += 1) {
    const entry = facts.addresses[i] ?? NO_ADDRESS;
    if (addresses.basis[entry] !== BASIS_AMBIGUOUS) continue;
    if (addresses.decider[entry] !== facts.classes[i]) continue;
    if ((addresses.publishLinks[entry] ?? 0) > 0) return entry;
  }
  return NO_ADDRESS;
}

/**
 * No link for the configured time of our own watching; or never a link, and its key and grains are
 * that old.
 */
function isStale(state: State, slot: number, now: Instant): boolean {
  const { minions } = state;
  const staleMs = state.options.staleAfterSeconds * 1_000;
  if (now.monoMs - (minions.linklessMonoMs[slot] ?? now.monoMs) >= staleMs) return true;
  const facts = minions.facts[slot] ?? NO_FACTS;
  if (minions.everLinked[slot] === 1 || !facts.hasKey) return false;
  const newestMs = Math.max(
    facts.keyWallMs ?? Number.NaN,
    facts.grainsWallMs ?? Number.NEGATIVE_INFINITY,
  );
  return now.monoMs + state.wallOffsetMs - newestMs >= staleMs;
}

function noteLink(state: State, slot: number, now: Instant): void {
  const { minions } = state;
  if ((minions.publishLinks[slot] ?? 0) > 0) {
    minions.linklessMonoMs[slot] = Number.NaN;
    minions.linklessWallMs[slot] = Number.NaN;
  } else if (Number.isNaN(minions.linklessMonoMs[slot] ?? Number.NaN)) {
    minions.linklessMonoMs[slot] = now.monoMs;
    minions.linklessWallMs[slot] = now.wallMs;
  }
}

/**
 * Takes a verdict when it has held for its time; `ok`, `half_open` and `stalled` (aged by
 * themselves) and blindness count at once.
 */
function settle(
  state: State,
  is: { readonly slot: number; readonly verdict: number },
  round: Round,
): void {
  const { minions } = state;
  const { slot, verdict } = is;
  const { now } = round;
  if (minions.candidate[slot] !== verdict) {
    minions.candidate[slot] = verdict;
    minions.candidateMonoMs[slot] = now.monoMs;
    minions.candidateWallMs[slot] = now.wallMs;
  }
  const status = minions.status[slot] ?? STATUS_UNKNOWN;
  const heldMs = now.monoMs - (minions.candidateMonoMs[slot] ?? now.monoMs);
  if (status !== verdict && heldMs >= holdMs(state, slot, verdict)) {
    minions.status[slot] = verdict;
    minions.statusSinceWallMs[slot] = minions.candidateWallMs[slot] ?? now.wallMs;
    const isStart = status === STATUS_UNKNOWN && verdict === OK;
    recordStatus(state, slot, { round, quiet: round.blind || isStart });
  }
  const isTrouble = minions.status[slot] !== OK && minions.status[slot] !== STATUS_UNKNOWN;
  if (isTrouble) minions.lastProblemMonoMs[slot] = now.monoMs;
}

function holdMs(state: State, slot: number, verdict: number): number {
  if (verdict === ABSENT) {
    const endedMs = state.minions.linklessMonoMs[slot] ?? Number.NaN;
    const ended = endedWithDaemon(state.listeners, endedMs);
    return ended ? ABSENT_AFTER_RESTART_MS : ABSENT_AFTER_MS;
  }
  if (verdict === SLOW) return SLOW_HOLD_MS;
  return verdict === STALE || verdict === AMBIGUOUS ? LINKLESS_HOLD_MS : 0;
}

function recordStatus(
  state: State,
  slot: number,
  { round, quiet }: { readonly round: Round; readonly quiet: boolean },
): void {
  const { now } = round;
  const { minions } = state;
  const status = MINION_STATUSES[minions.status[slot] ?? STATUS_UNKNOWN] ?? 'unknown';
  const evidence = statusText(status, evidenceOf(state, slot, now));
  const happened = { kind: 'status', minion: minions.ids[slot], status, evidence } as const;
  tellEvent(state, { ...happened, wallMs: minions.statusSinceWallMs[slot] ?? now.wallMs, quiet });
  if (quiet || round.events++ >= STATUS_EVENTS_MAX) return;
  recordEvent(state.recent, { ...happened, wallMs: now.wallMs });
}

/** What the sentence of its status rests on, as it is now. */
function evidenceOf(state: State, slot: number, now: Instant): StatusEvidence {
  const { minions, addresses } = state;
  const stalledMs = minions.stalledMonoMs[slot] ?? Number.NaN;
  const entry = sharedEntry(state, slot);
  const shared =
    entry === NO_ADDRESS
      ? undefined
      : {
          address: formatAddress(wordsOf(addresses, entry)),
          minions: addresses.candidates[entry] ?? 0,
        };
  return {
    lastAckWallMs: minions.lastAckWallMs[slot] ?? Number.NaN,
    linklessWallMs: minions.linklessWallMs[slot] ?? Number.NaN,
    stalledWallMs: stalledMs + now.wallMs - now.monoMs,
    windowClosed: stalledMs !== minions.lastPongMonoMs[slot],
    hasKey: (minions.facts[slot] ?? NO_FACTS).hasKey,
    everLinked: minions.everLinked[slot] === 1,
    shared,
    unexplained: state.survey.unexplained,
  };
}
