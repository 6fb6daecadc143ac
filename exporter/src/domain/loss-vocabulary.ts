/**
 * The closed set of verdicts on a job return that never came: which of the six links of its path
 * lost it, why, and how sure that is. A pair keeps the number of its verdict: its index here + 1.
 */

/** Links of the path; link 1 has no pair, for no job began. */
export const LOSS_LINKS = ['2', '3', '4', '5', '6', '4_or_5', 'unknown'] as const;
export type LossLink = (typeof LOSS_LINKS)[number];

export const LOSS_REASONS = [
  'no_link',
  'hwm',
  'disconnect',
  'host_gone',
  'all_links',
  'publish_daemon',
  'process_stopped',
  'host_only',
  'child_killed',
  'died',
  'no_return',
  'blocked',
  'reconnect',
  'worker',
  'handler',
  'bus',
  'cache',
  'unknown',
] as const;
export type LossReason = (typeof LOSS_REASONS)[number];

export const CONFIDENCES = ['proven', 'likely', 'unknown'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

export interface Verdict {
  readonly link: LossLink;
  readonly reason: LossReason;
  readonly confidence: Confidence;
}

/** What a verdict became when later evidence came. */
export const REVISIONS = ['returned', 'other', 'unknown'] as const;
export type Revision = (typeof REVISIONS)[number];

/** Why a publish never became a job (link 1). */
export const PUBLISH_LOSSES = ['abandoned', 'failed', 'authentication', 'authorization'] as const;
export type PublishLoss = (typeof PUBLISH_LOSSES)[number];

const both = (link: LossLink, reason: LossReason): readonly Verdict[] => [
  { link, reason, confidence: 'proven' },
  { link, reason, confidence: 'likely' },
];

/** Only combinations that can occur. */
export const VERDICTS: readonly Verdict[] = [
  ...both('2', 'no_link'),
  ...both('3', 'hwm'),
  ...both('3', 'disconnect'),
  ...both('3', 'host_gone'),
  ...both('3', 'all_links'),
  ...both('3', 'publish_daemon'),
  ...both('4', 'process_stopped'),
  { link: '4', reason: 'host_only', confidence: 'likely' },
  ...both('4', 'child_killed'),
  ...both('4', 'died'),
  { link: '4', reason: 'no_return', confidence: 'likely' },
  ...both('5', 'blocked'),
  ...both('5', 'reconnect'),
  ...both('6', 'worker'),
  ...both('6', 'handler'),
  ...both('6', 'bus'),
  ...both('6', 'cache'),
  { link: '4_or_5', reason: 'unknown', confidence: 'unknown' },
  { link: 'unknown', reason: 'unknown', confidence: 'unknown' },
];

/** No verdict: the pair is open, or it returned. */
export const NO_VERDICT = 0;
/** The pair closed as missing, and its evidence is not all there yet. */
export const VERDICT_WAITS = 255;
/** The same while the bus was not heard: it is not even known that it is missing. */
export const VERDICT_UNHEARD = 254;

const NUMBERS = new Map(VERDICTS.map((verdict, index) => [keyOf(verdict), index + 1]));

/** Number of a verdict of the closed set; throws for a combination that is not in it. */
export function verdictNumber(verdict: Verdict): number {
  const number = NUMBERS.get(keyOf(verdict));
  if (number === undefined) throw new RangeError(`No such verdict: ${keyOf(verdict)}`);
  return number;
}

export function verdictOf(number: number): Verdict | undefined {
  return VERDICTS[number - 1];
}

export const UNKNOWN_MINION_OR_PATH = verdictNumber({
  link: '4_or_5',
  reason: 'unknown',
  confidence: 'unknown',
});
export const UNKNOWN_LINK = verdictNumber({
  link: 'unknown',
  reason: 'unknown',
  confidence: 'unknown',
});

/** Whether a pair has no verdict yet and is to get one. */
export function isAwaited(number: number): boolean {
  return number === VERDICT_WAITS || number === VERDICT_UNHEARD;
}

/** Whether later evidence may still name the link. */
export function isUndecided(number: number): boolean {
  return number === UNKNOWN_MINION_OR_PATH || number === UNKNOWN_LINK;
}

function keyOf({ link, reason, confidence }: Verdict): string {
  return `${link}/${reason}/${confidence}`;
}
