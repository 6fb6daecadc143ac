/** Families of jobs and events against series written by hand. */
import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../../../test/golden/body-lines.js';
import { renderBody } from '../../../../test/golden/render-body.js';
import { emptyEpoch, syntheticEpoch } from '../../../../test/golden/synthetic-epoch.js';
import { AUTH_ACTS, BUS_KINDS } from '../../domain/vocabulary.js';
import { events, jobs } from './jobs.js';
import { sharedJobs } from './shared-jobs.js';

const APPLY = 'function="state.apply",state="my \\"web\\""';

/** For the synthetic epoch. */
const SERIES: Readonly<Record<string, readonly string[]>> = {
  salt_jobs_total: ['{outcome="complete"} 7', '{outcome="partial"} 2', '{outcome="none"} 1'],
  salt_expected_returns_total: [' 40'],
  salt_returned_total: [' 31'],
  salt_missing_returns_total: [' 9'],
  salt_pending_returns: [
    '{reason="running"} 1',
    '{reason="queued"} 3',
    '{reason="blocked"} 2',
    '{reason="unknown"} 4',
  ],
  salt_late_returns_total: [' 2'],
  salt_duplicate_returns_total: [' 1'],
  salt_duplicate_jids_total: [' 1'],
  salt_value_trimmed_total: [' 1'],
  salt_events_total: BUS_KINDS.map((kind) => {
    const counts: Readonly<Record<string, number>> = { new: 12, ret: 33, suspect: 1, custom: 5 };
    return `{kind="${kind}"} ${counts[kind] ?? 0}`;
  }),
  salt_suspect_returns_total: [
    '{evidence="not_expected"} 1',
    '{evidence="request_link"} 2',
    '{evidence="job_cache"} 3',
  ],
  salt_auth_total: AUTH_ACTS.flatMap((act) => [
    `{act="${act}",result="true"} ${act === 'accept' ? 9 : 0}`,
    `{act="${act}",result="false"} ${act === 'reject' ? 2 : 0}`,
  ]),
  salt_worker_requests_total: ['{cmd="_return"} 31'],
  salt_worker_request_seconds_total: ['{cmd="_return"} 0.75'],
  salt_new_job_total: [
    '{function="_other",state=""} 0',
    '{function="test.ping",state=""} 8',
    `{${APPLY}} 2`,
  ],
  salt_expected_responses_total: [
    '{function="_other",state=""} 0',
    '{function="test.ping",state=""} 32',
    `{${APPLY}} 8`,
  ],
  salt_function_responses_total: [
    '{function="_other",state="",success="true"} 0',
    '{function="_other",state="",success="false"} 0',
    '{function="test.ping",state="",success="true"} 27',
    '{function="test.ping",state="",success="false"} 0',
    `{${APPLY},success="true"} 3`,
    `{${APPLY},success="false"} 1`,
  ],
  salt_scheduled_job_return_total: [
    '{function="_other",state="",success="true"} 2',
    '{function="_other",state="",success="false"} 0',
    '{function="test.ping",state="",success="true"} 0',
    '{function="test.ping",state="",success="false"} 0',
    `{${APPLY},success="true"} 0`,
    `{${APPLY},success="false"} 1`,
  ],
  salt_health_minions_total: [' 5'],
};

describe('families of jobs', () => {
  it('are all in the table of this test', () => {
    const groups = [jobs, events, sharedJobs];
    const names = groups.flatMap(({ families }) => families.map(({ name }) => name));
    expect([...Object.keys(SERIES), 'salt_job_return_seconds'].sort()).toEqual(names.sort());
  });

  it.each(Object.entries(SERIES))('%s', async (name, series) => {
    const { body } = await renderBody(syntheticEpoch());
    expect(seriesOf(body, name)).toEqual(series);
  });

  it('has minions only where something was heard of them', async () => {
    const { body } = await renderBody(syntheticEpoch());
    expect(seriesOf(body, 'salt_responses_last_received_response')).toEqual([
      '{minion="db-1"} 1767322984.678',
    ]);
    expect(seriesOf(body, 'salt_health_last_heartbeat')).toEqual([
      '{minion="db-1"} 1767323015.678',
    ]);
    expect(seriesOf(body, 'salt_responses_total').slice(0, 2)).toEqual([
      '{minion="db-1",success="true"} 12',
      '{minion="db-1",success="false"} 1',
    ]);
    expect(seriesOf(body, 'salt_function_status')).toEqual([
      '{minion="db-1",function="state.apply",state="highstate"} 1',
      '{minion="db-1",function="state.apply",state="my \\"web\\""} 0',
    ]);
  });

  it('have their counters from the first scrape, and no gauge that is not known', async () => {
    const { body } = await renderBody(emptyEpoch());
    expect(seriesOf(body, 'salt_pending_returns')).toEqual([]);
    expect(seriesOf(body, 'salt_health_minions_total')).toEqual([]);
    expect(seriesOf(body, 'salt_jobs_total')).toHaveLength(3);
    expect(seriesOf(body, 'salt_expected_returns_total')).toEqual([' 0']);
  });
});
