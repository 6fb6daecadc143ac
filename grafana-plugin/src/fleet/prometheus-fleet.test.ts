/** A fleet from series of Prometheus: gaps, counters, limits. */
import { describe, expect, it } from 'vitest';
import { DISCONNECT, DROP } from './fleet';
import { fleetFromPrometheus } from './prometheus-fleet';
import { cutSeries, MAX_MINIONS, type Series, sortSeries } from './prometheus-series';
import { ABSENT, NODATA, OK, STATUSES } from './statuses';

const STEP = 15_000;
const RANGE = { startMs: 0, endMs: 10 * STEP };
const times = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, k) => (from + k) * STEP);

function series(
  family: string,
  labels: Record<string, string>,
  points: { times: number[]; values?: number[] },
): Series {
  return {
    family,
    labels,
    times: points.times,
    values: points.values ?? points.times.map(() => 1),
  };
}

const status = (minion: string, name: string, at: number[]) =>
  series('salt_minion_status', { minion, status: name }, { times: at });

describe('a fleet from Prometheus', () => {
  it('joins the series of one minion, one per status, to one row', () => {
    const all = [status('a', 'ok', times(0, 5)), status('a', 'absent', times(5, 11))];
    const fleet = fleetFromPrometheus(all, RANGE);
    expect(fleet?.minions).toHaveLength(1);
    expect([...(fleet?.segments.status ?? [])]).toEqual([OK, ABSENT]);
    expect([...(fleet?.segments.start ?? [])]).toEqual([0, 5 * STEP]);
    expect(fleet?.minions[0]).toMatchObject({ now: ABSENT, since: 5 * STEP });
  });

  it('carries nothing forward over a gap, and says when nobody was recorded', () => {
    const fleet = fleetFromPrometheus(
      [status('a', 'ok', [...times(0, 3), ...times(6, 11)])],
      RANGE,
    );
    expect([...(fleet?.segments.status ?? [])]).toEqual([OK, NODATA, OK]);
    expect(fleet?.events).toMatchObject([{ kind: 'gap', at: 3 * STEP, until: 6 * STEP }]);
  });

  it('takes a fall of a counter for a new process, which began at 0', () => {
    const dropped = series(
      'salt_minion_dropped_messages_total',
      { minion: 'a', reason: 'hwm' },
      { times: times(0, 5), values: [10, 12, 12, 3, 3] },
    );
    const fleet = fleetFromPrometheus([status('a', 'ok', times(0, 11)), dropped], RANGE);
    expect([...(fleet?.marks.kind ?? [])]).toEqual([DROP, DROP]);
    expect([...(fleet?.marks.count ?? [])]).toEqual([2, 3]);
    expect(fleet?.minions[0]?.dropped).toBe(5);
  });

  it('does not know what was not asked for: that is null, not 0', () => {
    const fleet = fleetFromPrometheus([status('a', 'ok', times(0, 11))], RANGE);
    expect(fleet?.minions[0]).toMatchObject({ flaps: null, dropped: null });
    expect(fleet?.hwm).toBeNull();
  });

  it('marks flaps where disconnects were not asked for, and disconnects once where both were', () => {
    const counter = (family: string) =>
      series(family, { minion: 'a' }, { times: times(0, 3), values: [0, 1, 1] });
    const only = [status('a', 'ok', times(0, 11)), counter('salt_minion_flaps_total')];
    expect([...(fleetFromPrometheus(only, RANGE)?.marks.kind ?? [])]).toEqual([DISCONNECT]);
    const both = [...only, counter('salt_minion_disconnects_total')];
    expect([...(fleetFromPrometheus(both, RANGE)?.marks.kind ?? [])]).toEqual([DISCONNECT]);
  });

  it('keeps the same id under two masters apart', () => {
    const all = ['m1', 'm2'].map((master) =>
      series('salt_minion_status', { minion: 'a', status: 'ok', master }, { times: times(0, 11) }),
    );
    expect(fleetFromPrometheus(all, RANGE)?.minions.map((one) => one.labels.master)).toEqual([
      'm1',
      'm2',
    ]);
  });

  it('takes a status that it does not know for unknown', () => {
    const fleet = fleetFromPrometheus([status('a', 'frozen', times(0, 11))], RANGE);
    expect(STATUSES[fleet?.minions[0]?.now ?? OK]).toBe('unknown');
  });

  it('is none where no status was asked for', () => {
    expect(fleetFromPrometheus([series('up', {}, { times: times(0, 3) })], RANGE)).toBeNull();
  });
});

describe('more than a browser holds', () => {
  it('is cut to the worst, with a notice', () => {
    const calm = Array.from({ length: MAX_MINIONS }, (_, k) =>
      status(`calm${k}`, 'ok', times(0, 2)),
    );
    const all = [...calm, status('bad', 'absent', times(0, 2))];
    const { minions, notices } = cutSeries(sortSeries(all));
    expect(minions).toHaveLength(MAX_MINIONS);
    expect(minions[0]?.id).toBe('bad');
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain('the worst 1,000 of 1,001 minions');
  });
});
