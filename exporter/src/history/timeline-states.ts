/** States as timelines store and fold them: the code is the severity, so that the worst of several is the largest. */
import { MINION_STATUSES, type MinionStatus } from '../domain/vocabulary.js';

export const TIMELINE_STATES = [
  'ok',
  'no_data',
  'stale',
  'unknown',
  'ambiguous',
  'slow',
  'stalled',
  'half_open',
  'absent',
] as const;
/**
 * What a state code means: its place here. Severity grows with the code, so that the worst of
 * several is the largest.
 */
export type TimelineState = (typeof TIMELINE_STATES)[number];

export const OK = 0;
export const NO_DATA = 1;
const UNKNOWN = TIMELINE_STATES.indexOf('unknown');
const SLOW = TIMELINE_STATES.indexOf('slow');

export function codeOf(status: MinionStatus): number {
  const code = TIMELINE_STATES.indexOf(status);
  return code < 0 ? UNKNOWN : code;
}

/** A publish link is its own: it has a queue, known or not. */
export function isLinked(code: number): boolean {
  return code === OK || (code >= SLOW && code < TIMELINE_STATES.length - 1);
}

export function isStatus(text: string): text is MinionStatus {
  return MINION_STATUSES.some((status) => status === text);
}
