/**
 * Advice on `pub_hwm` and `worker_threads`, from what was seen and nothing else. Where too little was
 * seen it says so and recommends nothing.
 *
 * A worked example for the mark: at most 700 messages within a second, and a minion's process that
 * stood still was 3,000 messages behind. libzmq returns credit in steps of half the mark, so a queue
 * of half the mark can drop already: 2 × 3,000, and the next power of two is 8,192.
 *
 * A worked example for the workers: five, and in 3 % of the time more than five requests waited, in
 * 0.8 % more than nine. Nine would have been too few in less than 1 % of the time: nine.
 */

/** What was seen since this process watches; undefined: nothing of that kind. */
export interface AdviceFigures {
  readonly lagMessagesMost: number | undefined;
  readonly lagSecondsMost: number | undefined;
  readonly queueMessagesMost: number | undefined;
  /** Seconds with so many requests waiting, by their number; the last place is for more. */
  readonly waitingSeconds: Float64Array;
  readonly waitingMost: number;
}

/** `unknown`: too little was seen. `ineffective`: the option would not help. */
export type AdviceVerdict = 'enough' | 'raise' | 'unknown' | 'ineffective';

export interface Advice {
  readonly option: 'pub_hwm' | 'worker_threads';
  readonly verdict: AdviceVerdict;
  /** In force; undefined while the configuration is not known. */
  readonly current: number | undefined;
  readonly recommended: number | undefined;
  /** Sentences for people: what it rests on, and what it costs. */
  readonly reasons: readonly string[];
}

/** Salt's own default: less was never the cure of anything. */
const HWM_LEAST = 1_000;
const HWM_TIMES = 2;
/** A fleet's day has its backups and its highstate; less than this says nothing of the workers. */
const WATCHED_LEAST_SECONDS = 600;
/** Share of the time in which more requests may wait than there are workers. */
const CROWDED_SHARE = 0.01;
/** What Salt's documentation gives: one worker for so many minions. */
const MINIONS_PER_WORKER = 200;

/** What holds the largest burst and the longest stall twice; undefined: neither was seen. */
export function recommendedHwm(
  burst: number | undefined,
  lag: number | undefined,
): number | undefined {
  const most = Math.max(burst ?? 0, lag ?? 0);
  if (!(most > 0)) return undefined;
  if (most * HWM_TIMES <= HWM_LEAST) return HWM_LEAST;
  let mark = 1;
  while (mark < most * HWM_TIMES) mark *= 2;
  return mark;
}

export interface HwmFacts {
  readonly hwm: number | undefined;
  readonly burst: number | undefined;
  readonly figures: Pick<AdviceFigures, 'lagMessagesMost' | 'lagSecondsMost' | 'queueMessagesMost'>;
  readonly droppedAtMark: number;
  /** Of one message; undefined = none was seen. */
  readonly messageBytes: number | undefined;
}

export function adviseHwm(facts: HwmFacts): Advice {
  const { hwm, burst, figures, droppedAtMark } = facts;
  const recommended = recommendedHwm(burst, figures.lagMessagesMost);
  const base = { option: 'pub_hwm', current: hwm } as const;
  if (recommended === undefined || hwm === undefined) {
    const missing =
      hwm === undefined ? "The master's configuration is not known." : 'Nothing was published yet.';
    return { ...base, verdict: 'unknown', recommended: undefined, reasons: [missing] };
  }
  const reasons = [burstText(burst), lagText(figures), droppedText(droppedAtMark)];
  const holds = hwm <= 0 || hwm >= recommended;
  const cost = hwm <= 0 ? UNLIMITED : costText(recommended, facts.messageBytes);
  return {
    ...base,
    verdict: holds ? 'enough' : 'raise',
    recommended,
    reasons: [...reasons, cost].filter((text) => text !== ''),
  };
}

export interface WorkerFacts {
  /** undefined while the configuration is not known. */
  readonly workers: number | undefined;
  readonly figures: Pick<AdviceFigures, 'waitingSeconds' | 'waitingMost'>;
  readonly minions: number;
  readonly wedged: number | undefined;
  /** Upper bound of what 99 % of the requests took; null: none was sampled, or above all bounds. */
  readonly serviceP99Seconds: number | null;
}

export function adviseWorkers(facts: WorkerFacts): Advice {
  const { workers, figures, wedged } = facts;
  const { waitingSeconds } = figures;
  const watched = waitingSeconds.reduce((sum, seconds) => sum + seconds, 0);
  const base = { option: 'worker_threads', current: workers } as const;
  if (workers === undefined || watched < WATCHED_LEAST_SECONDS) {
    const minutes = Math.floor(watched / 60);
    const why =
      workers === undefined
        ? "The master's configuration is not known."
        : `Requests were watched for ${minutes} min; ten are the least to say anything.`;
    return { ...base, verdict: 'unknown', recommended: undefined, reasons: [why] };
  }
  const crowded = shareAbove(waitingSeconds, workers) / watched;
  const reasons = [crowdText(crowded, watched, figures.waitingMost), serviceText(facts)];
  const documented = `Salt's documentation gives one worker for ${MINIONS_PER_WORKER} minions (${Math.ceil(facts.minions / MINIONS_PER_WORKER)} here), and no more than 1.5 for each core.`;
  if ((wedged ?? 0) > 0) {
    const stuck = `${wedged} of ${workers} workers do not answer: more of them would be wedged in turn, a restart of the master gives them back.`;
    return {
      ...base,
      verdict: 'ineffective',
      recommended: undefined,
      reasons: [stuck, ...reasons].filter((text) => text !== ''),
    };
  }
  const recommended = Math.max(workers, leastEnough(waitingSeconds, watched * CROWDED_SHARE));
  const isMore = recommended >= waitingSeconds.length - 1;
  const unbounded =
    'More requests waited at once than are told apart: it is the least that is needed.';
  return {
    ...base,
    verdict: recommended > workers ? 'raise' : 'enough',
    recommended,
    reasons: [...reasons, isMore ? unbounded : '', documented].filter((text) => text !== ''),
  };
}

const UNLIMITED =
  'A mark of 0 is no limit: nothing is dropped, and a minion that stands still takes the memory of the master.';

function shareAbove(seconds: Float64Array, most: number): number {
  let sum = 0;
  for (let waiting = Math.floor(most) + 1; waiting < seconds.length; waiting += 1)
    sum += seconds[waiting] ?? 0;
  return sum;
}

/** The least number that is exceeded for less than so many seconds. */
function leastEnough(seconds: Float64Array, allowed: number): number {
  let above = 0;
  for (let waiting = seconds.length - 1; waiting > 0; waiting -= 1) {
    above += seconds[waiting] ?? 0;
    if (above >= allowed) return waiting;
  }
  return 1;
}

function burstText(burst: number | undefined): string {
  if (burst === undefined) return '';
  return `At most ${counted(burst, 'message')} came within one second.`;
}

function lagText(figures: HwmFacts['figures']): string {
  const { lagMessagesMost: messages, lagSecondsMost: seconds } = figures;
  if (messages === undefined || seconds === undefined)
    return 'No delivery ledger was known, so no stall could be measured.';
  if (messages === 0) return 'No minion was seen behind.';
  return `A minion whose host answered was ${counted(messages, 'message')} behind, the longest stall lasted ${seconds.toFixed(1)} s.`;
}

function droppedText(dropped: number): string {
  return dropped === 0
    ? 'Nothing was seen dropped at the mark.'
    : `${counted(dropped, 'message')} were dropped at the mark.`;
}

/** 8,192 messages of 600 bytes: 4.9 MB. */
function costText(mark: number, messageBytes: number | undefined): string {
  if (messageBytes === undefined) return '';
  const megabytes = (mark * messageBytes) / 1e6;
  return `A queue of ${mark} messages takes up to ${megabytes.toFixed(1)} MB for each minion that stands still, by the size of what was published so far.`;
}

function crowdText(share: number, watchedSeconds: number, most: number): string {
  const hours = (watchedSeconds / 3_600).toFixed(1);
  return `In ${(share * 100).toFixed(1)} % of ${hours} h more requests waited than there are workers (${most} at most).`;
}

function serviceText({ serviceP99Seconds }: WorkerFacts): string {
  if (serviceP99Seconds === null) return '';
  return `99 % of the requests that were timed took no longer than ${serviceP99Seconds} s.`;
}

function counted(number: number, word: string): string {
  return `${Math.round(number).toLocaleString('en-US')} ${word}${number === 1 ? '' : 's'}`;
}
