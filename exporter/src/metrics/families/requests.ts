/** The request ledger of the whole fleet: who waits, how long the master takes, who gave up. */
import { GHOST_CONFIDENCES, REQUEST_PEERS } from '../../domain/vocabulary.js';
import { defineHistogram, defineScalar, type FamilyGroup } from '../family.js';

export const requestLedger: FamilyGroup = {
  name: 'request_ledger',
  heading: 'Request ledger (return direction)',
  families: [
    defineScalar({
      name: 'salt_requests_waiting',
      help: 'Connections to the request port with a request that was not answered yet.',
      type: 'gauge',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => {
        if (epoch.requestsWaiting !== undefined) emit(epoch.requestsWaiting);
      },
    }),
    defineScalar({
      name: 'salt_request_wait_max_seconds',
      help: 'Age of the oldest unanswered request at the instant of the scan; 0 when there is none.',
      type: 'gauge',
      unit: 'seconds',
      labels: [],
      sample: ({ epoch }, emit) => {
        if (epoch.requestWaitMaxSeconds !== undefined) emit(epoch.requestWaitMaxSeconds);
      },
    }),
    defineHistogram({
      name: 'salt_request_service_seconds',
      help: 'Time from the last byte of a request to its reply, sampled from real traffic.',
      unit: 'seconds',
      sample: ({ epoch }) => epoch.requestServiceSeconds,
    }),
    defineScalar({
      name: 'salt_requests_abandoned_total',
      help: 'Connections that ended with a whole request and no answer; local = from the own host of the master.',
      type: 'counter',
      unit: 'none',
      labels: ['peer'],
      sample: ({ epoch }, emit) => {
        for (const peer of REQUEST_PEERS) emit(epoch.requestsAbandoned[peer], peer);
      },
    }),
    defineScalar({
      name: 'salt_requests_failed_total',
      help: 'Requests that were answered by a handler that raised, told by the size of the reply.',
      type: 'counter',
      unit: 'none',
      labels: ['peer'],
      sample: ({ epoch }, emit) => {
        for (const peer of REQUEST_PEERS) emit(epoch.requestsFailed[peer], peer);
      },
    }),
    defineScalar({
      name: 'salt_ghost_jobs_total',
      help: 'Jobs that were published after the client that asked for them had given up.',
      type: 'counter',
      unit: 'none',
      labels: ['confidence'],
      sample: ({ epoch }, emit) => {
        for (const confidence of GHOST_CONFIDENCES) emit(epoch.ghostJobs[confidence], confidence);
      },
    }),
  ],
};
