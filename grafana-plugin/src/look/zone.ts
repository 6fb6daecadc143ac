/** Offsets of the time zones that a dashboard can be in. */
import type { TimeZone } from '@grafana/data';
import { UTC, type ZoneOffset } from '../fleet/time-text';

const MINUTE_MS = 60_000;

function named(timeZone: string): ZoneOffset {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (ms) => {
    const parts = Object.fromEntries(
      format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]),
    );
    const { year, month, day, hour, minute, second } = parts;
    const there = Date.UTC(year, month - 1, day, hour, minute, second);
    return there - Math.floor(ms / 1000) * 1000;
  };
}

export function zoneOffset(timeZone: TimeZone): ZoneOffset {
  if (timeZone === 'utc') return UTC;
  if (timeZone === 'browser' || timeZone === '') {
    return (ms) => -new Date(ms).getTimezoneOffset() * MINUTE_MS;
  }
  try {
    return named(timeZone);
  } catch {
    // A zone that this browser does not know: its own clock is the next best, and the axis says it.
    return (ms) => -new Date(ms).getTimezoneOffset() * MINUTE_MS;
  }
}
