/** Recommendations, with what they rest on: `GET /api/v1/recommendations`. */
import { adviseHwm, adviseWorkers } from '../domain/advice.js';
import type { Epoch } from '../domain/epoch.js';
import { DOCUMENTED_8000, SOCKET_MARKS } from '../domain/socket-marks.js';
import type { AdviceView, RecommendationsView } from './advice-api-types.js';
import { quantileBound } from './quantile.js';

/** Options of queues, for beside the advice. */
const QUEUE_OPTIONS = [
  'pub_hwm',
  'worker_threads',
  'zmq_backlog',
  'ipc_write_buffer',
  'publish_drain_timeout',
  'pub_server_write_queue_size',
  'reactor_worker_threads',
  'reactor_worker_hwm',
  'syndic_jid_forward_cache_hwm',
  'event_return_queue',
  'max_event_size',
] as const;

export function adviceViews(epoch: Epoch): readonly AdviceView[] {
  const { advice, publishMessages } = epoch;
  const all = [
    adviseHwm({
      hwm: epoch.publishHwm,
      burst: epoch.publishBurstMax,
      figures: advice,
      droppedAtMark: epoch.dropped.hwm.minion + epoch.dropped.hwm.unknown,
      messageBytes: publishMessages > 0 ? epoch.publishBytes / publishMessages : undefined,
    }),
    adviseWorkers({
      workers: epoch.config?.options.get('worker_threads'),
      figures: advice,
      minions: epoch.minions.count,
      wedged: epoch.wedgedWorkers,
      serviceP99Seconds: quantileBound(epoch.requestServiceSeconds, 0.99),
    }),
  ];
  return all.map(({ current, recommended, ...rest }) => ({
    ...rest,
    current: current ?? null,
    recommended: recommended ?? null,
  }));
}

export function recommendationsView(epoch: Epoch): RecommendationsView {
  const { config, advice } = epoch;
  const options = QUEUE_OPTIONS.flatMap((name) => {
    const value = config?.options.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    atMs: epoch.at.wallMs,
    sinceMs: epoch.startedWallMs,
    advice: adviceViews(epoch),
    options: config === undefined ? null : Object.fromEntries(options),
    ignoredOptions: config === undefined ? null : [...config.ignoredOptions],
    measured: {
      burstMessagesMax: epoch.publishBurstMax ?? null,
      queueMessagesMax: advice.queueMessagesMost ?? null,
      lagMessagesMax: advice.lagMessagesMost ?? null,
      stallSecondsMax: advice.lagSecondsMost ?? null,
      droppedAtMark: epoch.dropped.hwm.minion + epoch.dropped.hwm.unknown,
      requestsWaitingMax: epoch.requestsWaiting === undefined ? null : advice.waitingMost,
      watchedSeconds: Math.round(advice.waitingSeconds.reduce((sum, each) => sum + each, 0)),
    },
    documentation: DOCUMENTED_8000,
    sockets: SOCKET_MARKS,
  };
}
