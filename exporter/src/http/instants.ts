/** Instants and ranges of time in questions: milliseconds since 1970, ISO 8601, `now`, or an age. */
import { Refusal } from './failure.js';

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
/** No longer range is answered in good time. */
const RANGE_MAX_DAYS = 31;
const RANGE_MAX_MS = RANGE_MAX_DAYS * 86_400_000;
/** What JavaScript can hold in a Date; beyond it nothing has an ISO form. */
const INSTANT_MAX_MS = 8_640_000_000_000_000;

const AGE = '(now)?-\\d{1,9}[smhd]';
const MILLISECONDS = '\\d{1,15}';
const ISO =
  '\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,9})?)?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)';
/** The forms as a regular expression of JSON schema. */
export const INSTANT_PATTERN = `^(now|${AGE}|${MILLISECONDS}|${ISO})$`;
export const INSTANT_FORMS =
  'milliseconds since 1970, ISO 8601 with a time zone, "now" or an age like "-15m"';
const INSTANT = new RegExp(INSTANT_PATTERN);

/**
 * undefined: it is none. `-15m` is a quarter of an hour before `nowMs`; what lies before 1970 is 1970,
 * for nothing was recorded then.
 */
export function instantOf(text: string, nowMs: number): number | undefined {
  if (!INSTANT.test(text)) return undefined;
  if (text === 'now') return nowMs;
  const [, length, unit] = /^(?:now)?-(\d+)([smhd])$/.exec(text) ?? [];
  if (length !== undefined) {
    return Math.max(0, Math.round(nowMs - Number(length) * (UNITS[unit ?? ''] ?? 0)));
  }
  const at = text.includes('T') ? Date.parse(text) : Number(text);
  // A 31st of February, for instance.
  if (Number.isNaN(at)) return undefined;
  return Math.min(INSTANT_MAX_MS, Math.max(0, Math.round(at)));
}

/** Throws a Refusal. What is asked of the future ends now. */
export function rangeOf(
  asked: { readonly from: number | undefined; readonly to: number | undefined },
  { nowMs, usualMs }: { readonly nowMs: number; readonly usualMs: number },
): { readonly fromMs: number; readonly toMs: number } {
  const toMs = Math.min(nowMs, asked.to ?? nowMs);
  const fromMs = asked.from ?? toMs - usualMs;
  if (fromMs >= toMs) {
    throw new Refusal('bad_request', '"from" must be before "to", and before now.');
  }
  if (toMs - fromMs > RANGE_MAX_MS) {
    throw new Refusal('bad_request', `A range may be ${RANGE_MAX_DAYS} days at most.`);
  }
  return { fromMs, toMs };
}
