/** Losses out of counters of Prometheus over the range shown, and the present out of its gauges. */
import type { Series } from '../fleet/prometheus-series';
import type { LossBook, PathLink, Present, Sureness, Tally } from './path';

const LOST = 'salt_lost_returns_total';
const REVISED = 'salt_loss_verdicts_revised_total';

/** What a counter gained between the first sample and the last; it begins at 0 with each restart. */
export function gainOf({ values }: Series): number {
  let gain = 0;
  for (let k = 1; k < values.length; k++) {
    const [before, after] = [values[k - 1], values[k]];
    gain += after >= before ? after - before : after;
  }
  return gain;
}

const newestOf = ({ values }: Series) => values[values.length - 1];

function all(series: readonly Series[], family: string, labels: Record<string, string> = {}) {
  const wanted = Object.entries(labels);
  return series.filter(
    (one) => one.family === family && wanted.every(([name, value]) => one.labels[name] === value),
  );
}

/** null where there is no series at all. */
function total(found: readonly Series[], of: (series: Series) => number): number | null {
  return found.length === 0 ? null : found.reduce((sum, one) => sum + of(one), 0);
}

/** Verdicts that were taken back come off the least sure of their link and reason first. */
function lostReturns(series: readonly Series[]): Tally[] {
  const back = new Map<string, number>();
  const keyOf = (one: Series) => [one.labels.master, one.labels.link, one.labels.reason].join('\0');
  for (const one of all(series, REVISED)) {
    back.set(keyOf(one), (back.get(keyOf(one)) ?? 0) + gainOf(one));
  }
  const rank = (one: Series) => ['unknown', 'likely', 'proven'].indexOf(one.labels.confidence);
  const lost = [...all(series, LOST)].sort((a, b) => rank(a) - rank(b));
  return lost.map((one) => {
    const gain = gainOf(one);
    const taken = Math.min(gain, back.get(keyOf(one)) ?? 0);
    back.set(keyOf(one), (back.get(keyOf(one)) ?? 0) - taken);
    const { link, reason, confidence } = one.labels;
    return {
      link: link as PathLink,
      reason,
      sureness: confidence as Sureness,
      losses: gain - taken,
      minion: null,
    };
  });
}

function others(series: readonly Series[]): Tally[] {
  const publishes = all(series, 'salt_publishes_lost_total').map((one): Tally => {
    const { reason } = one.labels;
    return { link: '1', reason, sureness: 'proven', losses: gainOf(one), minion: null };
  });
  const minions = all(series, 'salt_minion_lost_returns_total').map((one): Tally => {
    const { link, minion } = one.labels;
    const losses = gainOf(one);
    return { link: link as PathLink, reason: '', sureness: 'untold', losses, minion };
  });
  return [...publishes, ...minions];
}

function presentOf(series: readonly Series[], unasked: Present): Present {
  const minions = (...statuses: readonly string[]) => {
    const found = all(series, 'salt_minions').filter(({ labels }) =>
      statuses.includes(labels.status),
    );
    return total(found, newestOf);
  };
  const highest = (family: string) => {
    const found = all(series, family).map(newestOf);
    return found.length === 0 ? null : Math.max(...found);
  };
  return {
    ...unasked,
    waiting: total(all(series, 'salt_requests_waiting'), newestOf),
    absent: minions('absent'),
    pressureMax: highest('salt_queue_pressure_max_ratio'),
    hwm: highest('salt_publish_hwm_messages'),
    stalled: minions('stalled'),
    halfOpen: minions('half_open'),
    wedged: total(all(series, 'salt_wedged_workers'), newestOf),
    unclear: minions('ambiguous', 'unknown'),
  };
}

export function bookFromSeries(series: readonly Series[], unasked: Present): LossBook | null {
  if (all(series, LOST).length === 0) return null;
  const gained = (family: string, labels?: Record<string, string>) =>
    total(all(series, family, labels), gainOf);
  const [expected, returned] = ['salt_expected_returns_total', 'salt_returned_total'].map((name) =>
    gained(name),
  );
  const missing = gained('salt_missing_returns_total');
  const known = expected !== null && returned !== null && missing !== null;
  return {
    verdicts: null,
    jobs: null,
    tallies: [...lostReturns(series), ...others(series)],
    totals: known ? { expected, returned, missing } : null,
    late: gained('salt_late_returns_total'),
    revised: gained(REVISED),
    present: presentOf(series, unasked),
  };
}
