/** Reads losses out of a panel's frames: tables of our data source, or series of Prometheus' counters. */
import type { DataFrame, Field } from '@grafana/data';
import type { Confidence, LossLink } from '../../../exporter/src/domain/loss-vocabulary';
import type { Series } from '../fleet/prometheus-series';
import { bookFromSeries } from './from-series';
import type { Job, LossBook, Present, Verdict } from './path';

const UNASKED: Present = {
  waiting: null,
  absent: null,
  pressureMax: null,
  hwm: null,
  stalled: null,
  halfOpen: null,
  wedged: null,
  unclear: null,
};

type Row = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (value === null || value === undefined ? '' : `${value}`);
const figure = (value: unknown): number => (typeof value === 'number' ? value : 0);
const instant = (value: unknown): number | null => (typeof value === 'number' ? value : null);

function hasColumns(frame: DataFrame, names: readonly string[]): boolean {
  return names.every((name) => frame.fields.some((field) => field.name === name));
}

function rowsOf(frame: DataFrame): Row[] {
  return Array.from({ length: frame.length }, (_, row) =>
    Object.fromEntries(frame.fields.map((field) => [field.name, field.values[row]])),
  );
}

function verdictOf(row: Row): Verdict {
  return {
    minion: text(row.minion),
    jid: text(row.jid),
    // The exporter's own closed sets; a word that is new to this panel is counted at no link.
    link: text(row.link) as LossLink,
    reason: text(row.reason),
    confidence: text(row.confidence) as Confidence,
    evidence: text(row.evidence),
    decidedMs: instant(row.decided),
    master: text(row.master),
  };
}

function jobOf(row: Row): Job {
  return {
    jid: text(row.jid),
    name: [row.function, row.state].map(text).filter(Boolean).join(' '),
    beganMs: instant(row.began),
    expected: figure(row.expected),
    returned: figure(row.returned),
    missing: figure(row.missing),
    pending: figure(row.pending),
  };
}

function presentOf(minions: readonly Row[]): Present {
  if (minions.length === 0) return UNASKED;
  const many = (...statuses: readonly string[]) =>
    minions.filter(({ status }) => statuses.includes(text(status))).length;
  const pressures = minions.map(({ pressure }) => pressure).filter((one) => one !== null);
  return {
    ...UNASKED,
    waiting: minions.filter(({ wait }) => typeof wait === 'number').length,
    absent: many('absent'),
    pressureMax: pressures.length === 0 ? null : Math.max(...pressures.map(figure)),
    stalled: many('stalled'),
    halfOpen: many('half_open'),
    unclear: many('ambiguous', 'unknown'),
  };
}

/** Grafana's field types are an enum of these words; tests load this without its packages. */
function isOf({ type }: Field, word: 'time' | 'number'): boolean {
  return String(type) === word;
}

/** A frame of Prometheus: one time field, one field of values per series. */
function seriesOf(frame: DataFrame): Series[] {
  const time = frame.fields.find((field) => isOf(field, 'time'));
  if (time === undefined) return [];
  return frame.fields.flatMap((field) => {
    if (!isOf(field, 'number')) return [];
    const labels = field.labels ?? {};
    return [{ family: labels.__name__ ?? '', labels, times: time.values, values: field.values }];
  });
}

function bookFromTables(frames: readonly DataFrame[]): LossBook | null {
  const of = (...names: readonly string[]) =>
    frames.filter((frame) => hasColumns(frame, names)).map(rowsOf);
  const verdicts = of('minion', 'jid', 'link', 'reason', 'confidence');
  const jobs = of('jid', 'expected', 'returned', 'missing');
  if (verdicts.length === 0) return null;
  const known = jobs.flat().map(jobOf);
  const sum = (pick: (job: Job) => number) => known.reduce((total, job) => total + pick(job), 0);
  const totals = {
    expected: sum((job) => job.expected - job.pending),
    returned: sum((job) => job.returned),
    missing: sum((job) => job.missing),
  };
  return {
    verdicts: verdicts.flat().map(verdictOf),
    jobs: jobs.length === 0 ? null : known,
    tallies: [],
    totals: jobs.length === 0 ? null : totals,
    late: null,
    revised: null,
    present: presentOf(of('minion', 'status', 'evidence').flat()),
  };
}

/** null: there is nothing in these frames that tells of losses. */
export function bookOfFrames(frames: readonly DataFrame[]): LossBook | null {
  return bookFromTables(frames) ?? bookFromSeries(frames.flatMap(seriesOf), UNASKED);
}
