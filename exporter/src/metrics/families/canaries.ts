/** What our own canaries see: the publish stream and the pings to the request port. */
import { PING_RESULTS } from '../../domain/vocabulary.js';
import { defineHistogram, defineScalar, type FamilyGroup } from '../family.js';

export const publishStream: FamilyGroup = {
  name: 'publish_stream',
  heading: 'Delivery ledger (publish direction)',
  families: [
    defineScalar({
      name: 'salt_publish_messages_total',
      help: 'Messages the publisher put on the wire, counted by our own subscription.',
      type: 'counter',
      unit: 'messages',
      labels: [],
      sample: ({ epoch }, emit) => emit(epoch.publishMessages),
    }),
    defineScalar({
      name: 'salt_publish_bytes_total',
      help: 'Bytes the publisher put on the wire, frame headers included, counted by our own subscription.',
      type: 'counter',
      unit: 'bytes',
      labels: [],
      sample: ({ epoch }, emit) => emit(epoch.publishBytes),
    }),
  ],
};

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
  ],
};
