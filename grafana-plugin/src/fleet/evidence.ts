/** Sentences about an interval: subject first, then the fact, then number and instant; the source behind. */
import type { Fleet } from './fleet';
import type { Inspection } from './inspect';
import {
  ABSENT,
  AMBIGUOUS,
  HALF_OPEN,
  isAnonymous,
  NEAR_MARK,
  NODATA,
  OK,
  SLOW,
  STALE,
  STALLED,
  STATUS_NAMES,
} from './statuses';
import { clock, count, duration, type ZoneOffset } from './time-text';

export interface Evidence {
  readonly text: string;
  readonly source: string;
}

/** What the exporter said of the status at the end of the range, else what the recording itself shows. */
export function evidenceOf(fleet: Fleet, at: Inspection, zone: ZoneOffset): Evidence {
  const { minion } = at;
  if (at.openEnd && minion.evidence !== undefined && minion.evidence !== '') {
    return { text: minion.evidence, source: minion.evidenceFrom ?? 'exporter' };
  }
  const source =
    fleet.stepMs === null ? 'history' : `Prometheus, a sample every ${duration(fleet.stepMs)}`;
  return { text: sentence(fleet, at, zone), source: at.code === NODATA ? 'history' : source };
}

function sentence(fleet: Fleet, at: Inspection, zone: ZoneOffset): string {
  const start = clock(fleet.startMs + at.from, zone);
  const since = at.openStart ? `since before ${start}` : `since ${start}`;
  const end = clock(fleet.startMs + at.to, zone);
  const then = at.openEnd ? since : `from ${at.openStart ? 'before ' : ''}${start} to ${end}`;
  const now = at.openEnd;
  switch (at.code) {
    case OK:
      return now
        ? `It receives what is published, ${since}.`
        : `It received what was published, ${then}.`;
    case SLOW:
      return now
        ? `It is behind, but its queue drains, ${since}.`
        : `It was behind, but its queue drained, ${then}.`;
    case STALLED:
      return stalled(at, now ? since : then);
    case HALF_OPEN:
      return now
        ? `Its host acknowledges nothing, ${since}. The connection still counts as established.`
        : `Its host acknowledged nothing, ${then}, while the connection counted as established.`;
    case ABSENT:
      return now
        ? `Its key is accepted, but no publish link is open ${since}.`
        : `Its key was accepted, but no publish link was open, ${then}.`;
    case STALE:
      return 'Its key is accepted, but it had no link for days, or was never seen.';
    case AMBIGUOUS:
      return 'Several minions share its address; no return has told which link is whose.';
    case NODATA:
      return 'Nothing was recorded of it.';
    default:
      return 'No link can be given to its key: nothing has proved whose it is.';
  }
}

function stalled(at: Inspection, when: string): string {
  const verb = at.openEnd ? ['acknowledges', 'does not read'] : ['acknowledged', 'did not read'];
  const full = at.pressure >= NEAR_MARK;
  const end = at.openEnd ? 'stands' : 'stood';
  const queue = full ? ` The queue ${end} at the mark, so each publication is dropped.` : '';
  return `Its host ${verb[0]}, its process ${verb[1]}, ${when}.${queue}`;
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Share of the mark as it is written; null where a queue cannot be known. */
export function pressureKnown(at: Inspection): boolean {
  return at.code !== ABSENT && at.code !== NODATA && at.code !== STALE && !isAnonymous(at.code);
}

/** What the tooltip lists. Unknown values say so. */
export function factsOf(fleet: Fleet, at: Inspection, zone: ZoneOffset): Fact[] {
  const { minion } = at;
  const start = clock(fleet.startMs + at.from, zone);
  const end = at.openEnd ? 'end of range' : clock(fleet.startMs + at.to, zone);
  const lasted = duration(at.to - at.from);
  const gap = at.gap > 0 ? `, ${duration(at.gap)} of it not recorded` : '';
  const span = at.openStart
    ? `before ${start} – ${end} · at least ${lasted}`
    : `${start} – ${end} · ${lasted}`;
  const anonymous = isAnonymous(at.code);
  const facts = [{ name: 'lasted', value: span + gap }, queueFact(fleet, at)];
  const dropped =
    minion.dropped === null || anonymous
      ? 'unknown'
      : `${count(at.dropped)} until here, ${count(minion.dropped)} in range`;
  const flaps = minion.flaps === null || anonymous ? 'unknown' : `${count(minion.flaps)} in range`;
  facts.push({ name: 'dropped', value: dropped }, { name: 'flaps', value: flaps });
  if (minion.basis !== undefined) facts.push({ name: 'identity', value: minion.basis });
  if (minion.labels.master !== undefined) {
    facts.push({ name: 'master', value: minion.labels.master });
  }
  return facts;
}

function queueFact(fleet: Fleet, at: Inspection): Fact {
  if (at.code === ABSENT) return { name: 'queue', value: 'none: no link' };
  if (!pressureKnown(at)) return { name: 'queue', value: 'unknown' };
  const ratio = at.pressure / 255;
  const share = ratio.toFixed(2);
  if (fleet.hwm === null) return { name: 'queue', value: `${share} of the mark` };
  const messages = count(Math.round(ratio * fleet.hwm));
  return { name: 'queue', value: `${messages} of ${count(fleet.hwm)} messages (${share})` };
}

/** `pixel of 19 s: absent 9 s, ok 9 s`. */
export function pixelText(at: Inspection): string {
  const length = `pixel of ${duration(at.pixelMs)}`;
  if (at.parts.length < 2) return length;
  const parts = at.parts.map(([code, ms]) => `${STATUS_NAMES[code]} ${duration(ms)}`);
  return `${length}: ${parts.join(', ')}`;
}
