/**
 * Families with the names and labels of kpetremann/salt-exporter, so that dashboards made for it work.
 * Its heartbeat of a minion is set at start for every key; ours is absent until it was heard.
 */
import { STATUS_FAILED, STATUS_WELL } from '../../domain/function-status-table.js';
import type { FunctionFigures } from '../../domain/job-epoch.js';
import { defineMinion, defineScalar, type Family, type FamilyGroup } from '../family.js';

const NO_VARIANTS: readonly (readonly string[])[] = [[]];

function ofFunctions(
  name: string,
  help: string,
  value: (figures: FunctionFigures) => number,
): Family {
  return defineScalar({
    name,
    help,
    type: 'counter',
    unit: 'none',
    labels: ['function', 'state'],
    sample: ({ epoch }, emit) => {
      for (const each of epoch.jobs.functions) emit(value(each), each.function, each.state);
    },
  });
}

function bySuccess(
  name: string,
  help: string,
  value: (figures: FunctionFigures) => readonly [good: number, failed: number],
): Family {
  return defineScalar({
    name,
    help,
    type: 'counter',
    unit: 'none',
    labels: ['function', 'state', 'success'],
    sample: ({ epoch }, emit) => {
      for (const each of epoch.jobs.functions) {
        const [good, failed] = value(each);
        emit(good, each.function, each.state, 'true');
        emit(failed, each.function, each.state, 'false');
      }
    },
  });
}

export const sharedJobs: FamilyGroup = {
  name: 'shared_jobs',
  heading: 'Shared with kpetremann/salt-exporter',
  families: [
    ofFunctions(
      'salt_new_job_total',
      'Jobs that were published, by function and states; the 200 most used functions, the rest is _other.',
      ({ newJobs }) => newJobs,
    ),
    ofFunctions(
      'salt_expected_responses_total',
      'Minions that published jobs expect to return, by function and states.',
      ({ expected }) => expected,
    ),
    bySuccess(
      'salt_function_responses_total',
      'Returns of published jobs, by function and states, and whether they went well.',
      ({ succeeded, failed }) => [succeeded, failed],
    ),
    bySuccess(
      'salt_scheduled_job_return_total',
      'Returns of jobs that the schedule of a minion began, by function and states.',
      ({ scheduledSucceeded, scheduledFailed }) => [scheduledSucceeded, scheduledFailed],
    ),
    defineScalar({
      name: 'salt_health_minions_total',
      help: 'Minions with an accepted key; a gauge, in spite of its name.',
      type: 'gauge',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => {
        if (epoch.keys !== undefined) emit(epoch.keys.accepted);
      },
    }),
  ],
};

export const sharedMinions: FamilyGroup = {
  name: 'shared_minions',
  heading: 'Shared with kpetremann/salt-exporter',
  families: [
    defineMinion({
      name: 'salt_responses_total',
      help: 'Returns of this minion, whether published, scheduled or its own, and whether they went well.',
      type: 'counter',
      unit: 'none',
      labels: ['minion', 'success'],
      block: 'jobs',
      variants: [['true'], ['false']],
      value: ({ epoch: { minions } }, row, variant) =>
        (variant === 0 ? minions.goodReturns : minions.failedReturns)[row] ?? Number.NaN,
    }),
    defineMinion({
      name: 'salt_function_status',
      help: 'Whether the latest return of this minion of a function that metrics.functions lists went well (1) or failed (0); absent before the first.',
      type: 'gauge',
      unit: 'none',
      labels: ['minion', 'function', 'state'],
      block: 'jobs',
      variants: [],
      variantsOf: ({ epoch }) =>
        epoch.functionStatus.pairs.map((pair) => [pair.function, pair.state]),
      value: ({ epoch: { functionStatus } }, row, variant) => {
        const status = functionStatus.values[row * functionStatus.pairs.length + variant];
        return status === STATUS_WELL ? 1 : status === STATUS_FAILED ? 0 : Number.NaN;
      },
    }),
    defineMinion({
      name: 'salt_responses_last_received_response',
      help: 'Unix time of the last return of this minion; absent before the first.',
      type: 'gauge',
      unit: 'none',
      labels: ['minion'],
      block: 'jobs',
      variants: NO_VARIANTS,
      value: ({ epoch }, row) => (epoch.minions.lastReturnMs[row] ?? Number.NaN) / 1_000,
    }),
    defineMinion({
      name: 'salt_health_last_heartbeat',
      help: 'Unix time of the last event of this minion on the bus; absent until one was heard.',
      type: 'gauge',
      unit: 'none',
      labels: ['minion'],
      block: 'jobs',
      variants: NO_VARIANTS,
      value: ({ epoch }, row) => (epoch.minions.lastHeardMs[row] ?? Number.NaN) / 1_000,
    }),
  ],
};
