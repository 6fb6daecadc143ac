/**
 * How many workers do not answer: pings on fresh connections go round all N workers in turn, so k
 * that stand still leave k of N pings unanswered. The traffic of others tells the rest: whether any
 * worker works, and that all do again.
 *
 * A worked example: 3 workers, pings 1 … 9 hang at 1, 4 and 7: 3 of 9, one worker. Later none is
 * left to ping with (as many hang as there are workers); twelve requests of minions are answered and
 * none waits: the worker was replaced, and the pings that it took with it say nothing any more.
 */

/** Pings that are remembered, by their sequence. */
const KEPT = 64;
/** So many rounds of all workers are looked at: one tells exactly while nobody else asks. */
const ROUNDS = 3;
/** An older ping tells of older workers; longer than our own pings wait for their answer. */
const PING_AGE_MAX_MS = 900_000;
/** A request that waits longer than this is not just served slowly; Salt's clients wait 5 s. */
export const HANGING_MS = 5_000;
/** So many rounds of others' requests, all answered, say that no worker stands still. */
const HEALTHY_ROUNDS = 4;

/** A ping below a told one is under way for its own time-out at most; later it has no outcome. */
const UNDER_WAY_MS = 10_000;

const EMPTY = 0;
const ANSWERED = 1;
const HUNG = 2;
const VOID = 3;
const OUTCOMES = { answered: ANSWERED, hung: HUNG, void: VOID } as const;

export interface Wedged {
  /** Sequence s is index s % KEPT. */
  readonly sequence: Float64Array;
  readonly outcome: Uint8Array;
  readonly toldMonoMs: Float64Array;
  /** Highest sequence that was told; −1 before the first. */
  last: number;
  /** Requests of others that were answered since a ping hung or one of theirs was abandoned. */
  answeredInRow: number;
}

/** What the request ledger knows at the same instant. */
export interface Traffic {
  /** Requests of others that wait longer than HANGING_MS. */
  readonly hanging: number;
  readonly nowMonoMs: number;
}

export function createWedged(): Wedged {
  return {
    sequence: new Float64Array(KEPT).fill(-1),
    outcome: new Uint8Array(KEPT),
    toldMonoMs: new Float64Array(KEPT),
    last: -1,
    answeredInRow: 0,
  };
}

/** A ping was answered, late or not, or hangs, or says nothing of any worker. Told in any order. */
export function notePing(
  wedged: Wedged,
  ping: { readonly sequence: number; readonly outcome: 'answered' | 'hung' | 'void' },
  nowMonoMs: number,
): void {
  const { sequence, outcome } = ping;
  if (!Number.isSafeInteger(sequence) || sequence < 0 || sequence <= wedged.last - KEPT) return;
  const at = sequence % KEPT;
  wedged.sequence[at] = sequence;
  wedged.outcome[at] = OUTCOMES[outcome];
  wedged.toldMonoMs[at] = nowMonoMs;
  wedged.last = Math.max(wedged.last, sequence);
  if (outcome === 'hung') wedged.answeredInRow = 0;
}

/** Another master, or other workers: what was seen of the old ones says nothing. */
export function forgetPings(wedged: Wedged): void {
  wedged.outcome.fill(VOID);
}

/** Workers that do not answer, of `workers`; undefined while nothing tells. */
export function estimateWedged(
  wedged: Wedged,
  workers: number | undefined,
  traffic: Traffic,
): number | undefined {
  if (workers === undefined || !(workers >= 1)) return undefined;
  const { decided, hung, answeredBefore } = countPings(wedged, workers, traffic.nowMonoMs);
  if (decided === 0) return undefined;
  if (hung === 0) return decided >= workers ? 0 : undefined;
  const others = wedged.answeredInRow;
  if (traffic.hanging === 0 && others >= HEALTHY_ROUNDS * workers) return 0;
  // Fewer pings than workers: one stands still for certain; all do when nobody was answered at all.
  const none = !answeredBefore && hung === decided && others === 0 && traffic.hanging > 0;
  const few = none ? workers : 1;
  const share = decided >= workers ? Math.round((workers * hung) / decided) : few;
  const most = others > 0 && share >= workers ? workers - 1 : workers;
  return Math.max(1, Math.min(share, most));
}

/**
 * The latest pings of which all are decided: one that is not yet may still hang, and those behind it
 * would make the share too small. They begin with the oldest that hangs, for answers from before say
 * nothing of a worker that stood still later; and fewer than two rounds are cut to a whole one, or the
 * ping that hits the same worker twice would count for another.
 */
function countPings(
  wedged: Wedged,
  workers: number,
  nowMonoMs: number,
): { readonly decided: number; readonly hung: number; readonly answeredBefore: boolean } {
  const window = Math.min(KEPT - 1, Math.ceil(workers) * ROUNDS);
  const latest: number[] = [];
  const oldest = Math.max(0, wedged.last - KEPT + 1);
  for (let sequence = lastDecided(wedged, nowMonoMs); sequence >= oldest; sequence -= 1) {
    if (latest.length === window) break;
    const outcome = outcomeOf(wedged, sequence, nowMonoMs);
    if (outcome === ANSWERED || outcome === HUNG) latest.unshift(outcome);
  }
  const first = Math.max(0, latest.indexOf(HUNG));
  const counted = latest.slice(first);
  const round = Math.ceil(workers);
  if (counted.length > round && counted.length < 2 * round) counted.length = round;
  const hung = counted.filter((outcome) => outcome === HUNG).length;
  return { decided: counted.length, hung, answeredBefore: first > 0 };
}

/** The last sequence below the lowest that is still under way. */
function lastDecided(wedged: Wedged, nowMonoMs: number): number {
  const oldest = Math.max(0, wedged.last - KEPT + 1);
  let lowest = wedged.last;
  let toldMs = Number.POSITIVE_INFINITY;
  for (let sequence = wedged.last; sequence >= oldest; sequence -= 1) {
    if (outcomeOf(wedged, sequence, nowMonoMs) !== EMPTY) {
      toldMs = Math.min(toldMs, wedged.toldMonoMs[sequence % KEPT] ?? toldMs);
    } else if (nowMonoMs - toldMs < UNDER_WAY_MS) {
      lowest = sequence - 1;
    }
  }
  return lowest;
}

function outcomeOf(wedged: Wedged, sequence: number, nowMonoMs: number): number {
  const at = sequence % KEPT;
  if (wedged.sequence[at] !== sequence) return EMPTY;
  if (nowMonoMs - (wedged.toldMonoMs[at] ?? 0) > PING_AGE_MAX_MS) return VOID;
  return wedged.outcome[at] ?? EMPTY;
}
