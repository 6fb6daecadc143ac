/** Instants and ranges of time in questions: milliseconds since 1970, ISO 8601, `now`, or an age. */
import { QueryError } from './query.js';

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
/** No longer range is answered in good time. */
const RANGE_MAX_MS = 31 * 86_400_000;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** Throws QueryError. `-15m` is a quarter of an hour before `nowMs`. */
export function instantOf(name: string, text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  const [, length, unit] = /^(?:now)?-(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = /^\d{1,15}$/.test(text)
    ? Number(text)
    : ISO.test(text)
      ? Date.parse(text)
      : Number.NaN;
  const at = length === undefined ? ms : nowMs - Number(length) * (UNITS[unit ?? ''] ?? 0);
  if (at >= 0) return Math.round(at);
  const forms = 'milliseconds since 1970, ISO 8601 with a time zone, "now" or an age like "-15m"';
  throw new QueryError(`"${name}" must be an instant: ${forms}.`);
}

/** Throws QueryError. What is asked of the future ends now. */
export function rangeOf(
  asked: { readonly from: string | undefined; readonly to: string | undefined },
  { nowMs, usualMs }: { readonly nowMs: number; readonly usualMs: number },
): { readonly fromMs: number; readonly toMs: number } {
  const toMs = Math.min(nowMs, asked.to === undefined ? nowMs : instantOf('to', asked.to, nowMs));
  const fromMs = asked.from === undefined ? toMs - usualMs : instantOf('from', asked.from, nowMs);
  if (fromMs >= toMs) throw new QueryError('"from" must be before "to", and before now.');
  if (toMs - fromMs > RANGE_MAX_MS) throw new QueryError('A range may be 31 days at most.');
  return { fromMs, toMs };
}
