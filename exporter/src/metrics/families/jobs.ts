/** Jobs, returns, and what the events of the bus say of the fleet. */

import type { JobFigures } from '../../domain/job-epoch.js';
import {
  AUTH_ACTS,
  BUS_KINDS,
  JOB_OUTCOMES,
  PENDING_REASONS,
  SUSPECT_EVIDENCE,
} from '../../domain/vocabulary.js';
import { defineHistogram, defineScalar, type Family, type FamilyGroup } from '../family.js';

/** One counter without labels. */
function counter(name: string, help: string, value: (jobs: JobFigures) => number): Family {
  return defineScalar({
    name,
    help,
    type: 'counter',
    unit: 'none',
    labels: [],
    sample: ({ epoch }, emit) => emit(value(epoch.jobs)),
  });
}

export const jobs: FamilyGroup = {
  name: 'jobs',
  heading: 'Jobs, events, losses',
  families: [
    defineScalar({
      name: 'salt_jobs_total',
      help: 'Jobs that closed: all expected minions returned (complete), some (partial), nobody (none).',
      type: 'counter',
      unit: 'none',
      labels: ['outcome'],
      sample: ({ epoch }, emit) => {
        for (const outcome of JOB_OUTCOMES) emit(epoch.jobs.outcomes[outcome], outcome);
      },
    }),
    defineHistogram({
      name: 'salt_job_return_seconds',
      help: 'Time from the stamp of a publish to the stamp of a return.',
      unit: 'seconds',
      sample: ({ epoch }) => epoch.jobs.returnSeconds,
    }),
    counter(
      'salt_expected_returns_total',
      'Pairs of job and minion that closed: expected = returned + missing.',
      ({ expected }) => expected,
    ),
    counter(
      'salt_returned_total',
      'Pairs of job and minion that closed with a return.',
      ({ returned }) => returned,
    ),
    counter(
      'salt_missing_returns_total',
      'Pairs of job and minion that closed without a return; a late one is counted beside it.',
      ({ missing }) => missing,
    ),
    defineScalar({
      name: 'salt_pending_returns',
      help: 'Pairs of job and minion still open: find_job says it runs (running), is not answered (queued), the request link does not get through (blocked), nothing tells (unknown).',
      type: 'gauge',
      unit: 'none',
      labels: ['reason'],
      sample: ({ epoch }, emit) => {
        if (epoch.jobs.pending === undefined) return;
        for (const reason of PENDING_REASONS) emit(epoch.jobs.pending[reason], reason);
      },
    }),
    counter(
      'salt_late_returns_total',
      'Returns of minions that had been given up as missing.',
      ({ late }) => late,
    ),
    counter(
      'salt_duplicate_returns_total',
      'Returns of a minion for a job for which it had returned.',
      ({ duplicates }) => duplicates,
    ),
    counter(
      'salt_duplicate_jids_total',
      'Publishes with the jid of a job that was published before.',
      ({ duplicateJids }) => duplicateJids,
    ),
    counter(
      'salt_value_trimmed_total',
      'Returns that their minion cut at max_event_size: the value is nowhere.',
      ({ trimmed }) => trimmed,
    ),
  ],
};

export const events: FamilyGroup = {
  name: 'events',
  heading: 'Jobs, events, losses',
  families: [
    defineScalar({
      name: 'salt_events_total',
      help: 'Events of the bus by kind; suspect = its content contradicts what it claims to be, custom = a tag that Salt itself does not use.',
      type: 'counter',
      unit: 'none',
      labels: ['kind'],
      sample: ({ epoch }, emit) => {
        for (const kind of BUS_KINDS) emit(epoch.jobs.events[kind], kind);
      },
    }),
    defineScalar({
      name: 'salt_suspect_returns_total',
      help: 'Returns that something contradicts: the job does not expect that minion, the request links of the minion were idle, only its return is not in the job cache.',
      type: 'counter',
      unit: 'none',
      labels: ['evidence'],
      sample: ({ epoch }, emit) => {
        for (const evidence of SUSPECT_EVIDENCE) emit(epoch.jobs.suspects[evidence], evidence);
      },
    }),
    defineScalar({
      name: 'salt_auth_total',
      help: 'Authentications of minions, by what the master did (none: it did not say) and whether it let them in.',
      type: 'counter',
      unit: 'none',
      labels: ['act', 'result'],
      sample: ({ epoch }, emit) => {
        for (const act of AUTH_ACTS) {
          emit(epoch.jobs.auth[act].true, act, 'true');
          emit(epoch.jobs.auth[act].false, act, 'false');
        }
      },
    }),
    defineScalar({
      name: 'salt_worker_requests_total',
      help: 'Requests that the workers of the master answered, by command; from salt/stats, where master_stats is on.',
      type: 'counter',
      unit: 'none',
      labels: ['cmd'],
      sample: ({ epoch }, emit) => {
        for (const { command, requests } of epoch.jobs.workers) emit(requests, command);
      },
    }),
    defineScalar({
      name: 'salt_worker_request_seconds_total',
      help: 'Time that the workers of the master took for requests, by command; from salt/stats, where master_stats is on.',
      type: 'counter',
      unit: 'seconds',
      labels: ['cmd'],
      sample: ({ epoch }, emit) => {
        for (const { command, seconds } of epoch.jobs.workers) emit(seconds, command);
      },
    }),
  ],
};
