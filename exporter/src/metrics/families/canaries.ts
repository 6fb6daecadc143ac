/** What our own canaries see: the pings to the request port, and how many workers left them unanswered. */
import { PING_RESULTS } from '../../domain/vocabulary.js';
import { defineHistogram, defineScalar, type FamilyGroup } from '../family.js';

export const requestPings: FamilyGroup = {
  name: 'request_pings',
  heading: 'Canaries',
  families: [
    defineScalar({
      name: 'salt_request_ping_total',
      help: 'Unauthenticated pings to the request port of the master.',
      type: 'counter',
      unit: 'none',
      labels: ['result'],
      sample: ({ epoch }, emit) => {
        for (const result of PING_RESULTS) emit(epoch.requestPings[result], result);
      },
    }),
    defineHistogram({
      name: 'salt_request_ping_seconds',
      help: 'Round trip of the pings that were answered.',
      unit: 'seconds',
      sample: ({ epoch }) => epoch.requestPingSeconds,
    }),
    defineScalar({
      name: 'salt_wedged_workers',
      help: 'Estimate of the workers that will not answer any more, from the unanswered pings and the waiting requests.',
      type: 'gauge',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => {
        if (epoch.wedgedWorkers !== undefined) emit(epoch.wedgedWorkers);
      },
    }),
  ],
};
