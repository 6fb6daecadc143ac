/** Canary jobs: how pings and file pulls of minions ended, how long they took, and how long a round is. */
import { CANARY_FILE_RESULTS, PING_RESULTS } from '../../domain/vocabulary.js';
import {
  defineHistogram,
  defineMinion,
  defineScalar,
  type Family,
  type FamilyGroup,
} from '../family.js';

const NO_VARIANTS = [[]] as const;

const results: readonly Family[] = [
  defineScalar({
    name: 'salt_canary_ping_total',
    help: 'Canary jobs that ping one minion (test.ping): answered, not answered within 15 s, or not published or answered with an error.',
    type: 'counter',
    unit: 'none',
    labels: ['result'],
    sample: ({ epoch }, emit) => {
      for (const result of PING_RESULTS) emit(epoch.canaries.pings[result], result);
    },
  }),
  defineHistogram({
    name: 'salt_canary_ping_seconds',
    help: 'Time from the publish of a canary ping to its return, of those that were answered.',
    unit: 'seconds',
    sample: ({ epoch }) => epoch.canaryPingSeconds,
  }),
  defineScalar({
    name: 'salt_canary_file_pull_total',
    help: 'Canary jobs in which one minion pulls a new file from the master: the content was right or wrong, the minion found no such file, no return within 60 s, or not published or an error.',
    type: 'counter',
    unit: 'none',
    labels: ['result'],
    sample: ({ epoch }, emit) => {
      for (const result of CANARY_FILE_RESULTS) emit(epoch.canaries.files[result], result);
    },
  }),
  defineHistogram({
    name: 'salt_canary_file_pull_seconds',
    help: 'Time from the publish of a file pull to its return, of those whose content was right.',
    unit: 'seconds',
    sample: ({ epoch }) => epoch.canaryFileSeconds,
  }),
  defineScalar({
    name: 'salt_canary_round_seconds',
    help: 'Time in which every minion has its turn of a canary job, at the budget in force; absent while none are sent.',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    sample: ({ epoch: { canaries } }, emit) => {
      const seconds = canaries.plan?.roundSeconds;
      if (canaries.plan?.stance === 'running' && seconds !== undefined) emit(seconds);
    },
  }),
];

export const canaryJobs: FamilyGroup = {
  name: 'canary_jobs',
  heading: 'Canaries',
  families: results,
};

export const canaryMinions: FamilyGroup = {
  name: 'canary_minions',
  heading: 'Canaries',
  families: [
    defineMinion({
      name: 'salt_minion_ping_last_success_timestamp_seconds',
      help: 'When this minion last answered a canary ping; absent before the first.',
      type: 'gauge',
      unit: 'seconds',
      labels: ['minion'],
      block: 'jobs',
      variants: NO_VARIANTS,
      value: ({ epoch }, row) => (epoch.minions.lastPingMs[row] ?? Number.NaN) / 1_000,
    }),
  ],
};
