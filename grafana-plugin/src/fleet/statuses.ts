/**
 * Statuses of a minion as ranks: a higher code is worse, so "worst wins" is a comparison of two
 * bytes. `no data` is the absence of a recording, `stale` a key that nobody expects any more.
 */

export const STATUSES = [
  'ok',
  'nodata',
  'stale',
  'unknown',
  'ambiguous',
  'slow',
  'stalled',
  'half_open',
  'absent',
] as const;
export type Status = (typeof STATUSES)[number];

/** As they are written. */
export const STATUS_NAMES: readonly string[] = STATUSES.map((status) =>
  status === 'nodata' ? 'no data' : status.replace('_', '-'),
);

/** What each says, in one line. */
export const STATUS_MEANINGS: readonly string[] = [
  'receives what is published',
  'nothing was recorded',
  'accepted key without a link for days, or never seen',
  'no proof either way',
  'its address is shared: one of several links is its own',
  'behind, but draining',
  'its host acknowledges, its process does not read',
  'its host does not acknowledge',
  'accepted key, no publish link',
];

export const OK = 0;
export const NODATA = 1;
export const STALE = 2;
export const UNKNOWN = 3;
export const AMBIGUOUS = 4;
export const SLOW = 5;
export const STALLED = 6;
export const HALF_OPEN = 7;
export const ABSENT = 8;

/** Pressure is kept as a byte: 255 is the mark itself. */
export const AT_MARK = 255;
/** From here on a queue counts as at its mark: credit is given back in steps, so it rarely stays at 255. */
export const NEAR_MARK = 250;

const CODES: ReadonlyMap<string, number> = new Map(STATUSES.map((status, code) => [status, code]));

/** Code of a status by its name; what this version does not know is `unknown`. */
export function codeOf(status: string): number {
  return CODES.get(status) ?? UNKNOWN;
}

/** Whether somebody should look: neither healthy, nor unrecorded, nor long given up. */
export function isNotOk(code: number): boolean {
  return code >= UNKNOWN;
}

/** Whether counts and queues of a minion in this status can be known at all. */
export function isAnonymous(code: number): boolean {
  return code === UNKNOWN || code === AMBIGUOUS;
}

/** In the order of legends and filters: worst first. */
export const WORST_FIRST: readonly number[] = [
  ABSENT,
  HALF_OPEN,
  STALLED,
  SLOW,
  AMBIGUOUS,
  UNKNOWN,
  STALE,
  OK,
];
