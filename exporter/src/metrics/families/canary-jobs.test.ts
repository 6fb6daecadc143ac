/** The families of canary jobs against series written by hand. */
import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../../../test/golden/body-lines.js';
import { renderBody } from '../../../../test/golden/render-body.js';
import { AT_MS, emptyEpoch, syntheticEpoch } from '../../../../test/golden/synthetic-epoch.js';
import { canaryJobs } from './canary-jobs.js';

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  salt_canary_ping_total: ['{result="ok"} 2', '{result="timeout"} 1', '{result="error"} 0'],
  salt_canary_file_pull_total: [
    '{result="ok"} 1',
    '{result="wrong_content"} 1',
    '{result="missing"} 0',
    '{result="timeout"} 2',
    '{result="error"} 0',
  ],
  salt_canary_round_seconds: [' 30'],
};

describe('families of canary jobs', () => {
  it('are all in this test', () => {
    const names = canaryJobs.families.map(({ name }) => name).sort();
    const histograms = ['salt_canary_ping_seconds', 'salt_canary_file_pull_seconds'];
    expect([...Object.keys(EXPECTED), ...histograms].sort()).toEqual(names);
  });

  it.each(Object.entries(EXPECTED))('%s', async (name, lines) => {
    const { body } = await renderBody(syntheticEpoch());
    expect(seriesOf(body, name)).toEqual(lines);
  });

  it('count each return once', async () => {
    const { body } = await renderBody(syntheticEpoch());
    expect(seriesOf(body, 'salt_canary_ping_seconds_count')).toEqual([' 2']);
    expect(seriesOf(body, 'salt_canary_ping_seconds_sum')).toEqual([' 0.23']);
    expect(seriesOf(body, 'salt_canary_file_pull_seconds_count')).toEqual([' 1']);
  });

  it('name only minions that answered', async () => {
    const { body } = await renderBody(syntheticEpoch());
    expect(seriesOf(body, 'salt_minion_ping_last_success_timestamp_seconds')).toEqual([
      `{minion="db-1"} ${(AT_MS - 90_000) / 1_000}`,
    ]);
  });

  it('have counters at 0 and no gauge where no canary job was ever sent', async () => {
    const { body } = await renderBody(emptyEpoch());
    expect(seriesOf(body, 'salt_canary_file_pull_total')).toHaveLength(5);
    expect(seriesOf(body, 'salt_canary_ping_total')).toContain('{result="ok"} 0');
    expect(seriesOf(body, 'salt_canary_round_seconds')).toEqual([]);
  });
});
