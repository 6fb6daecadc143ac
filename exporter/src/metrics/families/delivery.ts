/** The delivery ledger of the whole fleet: the publish stream, its gaps, what was dropped. */
import type { Epoch } from '../../domain/epoch.js';
import { DROP_REASONS, LEDGER_BREAKS } from '../../domain/vocabulary.js';
import { defineScalar, type FamilyGroup } from '../family.js';

const PEERS = ['minion', 'unknown'] as const;
/** METRICS contract: `le` of `salt_minions_queue_pressure`. */
const PRESSURE_BOUNDS = [0.1, 0.25, 0.5, 0.75, 0.9, 1] as const;

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
    defineScalar({
      name: 'salt_publish_gap_messages_total',
      help: 'Publishes that were announced or acknowledged and never reached our own subscription; every ledger is unknown until it is based anew.',
      type: 'counter',
      unit: 'messages',
      labels: [],
      sample: ({ epoch }, emit) => emit(epoch.publishGapMessages),
    }),
    figure(
      'salt_publish_hwm_messages',
      'Messages that the publisher queues for one link at most: pub_hwm as the configuration says it now.',
      { read: (epoch) => epoch.publishHwm, unit: 'messages' },
    ),
    figure(
      'salt_publish_hwm_recommended_messages',
      'A pub_hwm that the bursts seen so far would not have filled.',
      { read: (epoch) => epoch.publishHwmRecommended, unit: 'messages' },
    ),
    figure(
      'salt_publish_burst_messages_max',
      'Largest burst this process saw: what the recommendation rests on.',
      { read: (epoch) => epoch.publishBurstMax, unit: 'none' },
    ),
    defineScalar({
      name: 'salt_queue_pressure_max_ratio',
      help: 'Fullest queue of any minion, as a share of the high-water mark.',
      type: 'gauge',
      unit: 'ratio',
      labels: [],
      sample: ({ epoch }, emit) => {
        if (epoch.queuePressureMax !== undefined) emit(epoch.queuePressureMax);
      },
    }),
    figure('salt_queue_messages_max', 'Messages in the fullest queue of any minion.', {
      read: (epoch) => epoch.queueMessagesMax,
      unit: 'none',
    }),
    defineScalar({
      name: 'salt_minions_queue_pressure',
      help: 'Minions whose queue is at or below this share of the high-water mark; le="1" is every minion whose ledger is known.',
      type: 'gauge',
      unit: 'none',
      labels: ['le'],
      sample: ({ epoch }, emit) => {
        if (epoch.queuePressureMax === undefined) return;
        for (const bound of PRESSURE_BOUNDS) {
          let minions = 0;
          for (const pressure of epoch.minions.queuePressure) if (pressure <= bound) minions += 1;
          emit(minions, String(bound));
        }
      },
    }),
    defineScalar({
      name: 'salt_dropped_messages_total',
      help: 'Messages that were lost between the publisher and a link: at the high-water mark, with the end of the link, or on all links at once.',
      type: 'counter',
      unit: 'messages',
      labels: ['reason', 'peer'],
      sample: ({ epoch }, emit) => {
        for (const reason of DROP_REASONS) {
          for (const peer of PEERS) emit(epoch.dropped[reason][peer], reason, peer);
        }
      },
    }),
    defineScalar({
      name: 'salt_ledger_breaks_total',
      help: 'Times that the ledger of a link broke off, at a loss that cannot be told in messages or with its history; what was dropped then is in no counter.',
      type: 'counter',
      unit: 'none',
      labels: ['reason', 'peer'],
      sample: ({ epoch }, emit) => {
        for (const reason of LEDGER_BREAKS) {
          for (const peer of PEERS) emit(epoch.ledgerBreaks[reason][peer], reason, peer);
        }
      },
    }),
  ],
};

/** A gauge of the fleet that is absent while it is not known. */
function figure(
  name: string,
  help: string,
  { read, unit }: { read: (epoch: Epoch) => number | undefined; unit: 'messages' | 'none' },
) {
  return defineScalar({
    name,
    help,
    type: 'gauge',
    unit,
    labels: [],
    sample: ({ epoch }, emit) => {
      const value = read(epoch);
      if (value !== undefined) emit(value);
    },
  });
}
