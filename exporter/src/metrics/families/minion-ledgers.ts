/** What the two ledgers say of every minion. */
import type { DetailBlock } from '../../config/settings.js';
import type { MinionColumns } from '../../domain/epoch.js';
import { defineMinion, type FamilyGroup, type FamilyUnit, type MinionFamily } from '../family.js';

/** Value of a byte column that means "not known". */
const UNKNOWN_BYTE = 255;
const DROPS = [['hwm'], ['disconnect']] as const;

export const minionDelivery: FamilyGroup = {
  name: 'minion_delivery',
  heading: 'Delivery ledger (publish direction)',
  families: [
    one(
      'salt_minion_queue_messages',
      'Messages that wait for this minion in the queue of the publisher.',
      { column: (minions) => minions.queueMessages, unit: 'messages' },
    ),
    one(
      'salt_minion_queue_bytes',
      'Bytes that wait for this minion in the queue of the publisher.',
      { column: (minions) => minions.queueBytes, unit: 'bytes' },
    ),
    one(
      'salt_minion_send_queue_bytes',
      'Bytes for this minion in the kernel of the master, sent or not, that its host did not acknowledge.',
      { column: (minions) => minions.sendQueueBytes, unit: 'bytes' },
    ),
    one(
      'salt_minion_queue_pressure_ratio',
      'Queue of this minion as a share of the high-water mark; drops can begin from 0.5 up.',
      { column: (minions) => minions.queuePressure, unit: 'ratio' },
    ),
    one(
      'salt_minion_seconds_to_drop',
      'When the queue of this minion reaches the high-water mark if it grows on as it does; absent when it does not grow.',
      { column: (minions) => minions.secondsToDrop },
    ),
    one(
      'salt_minion_lag_messages',
      'Messages that were published and that the host of this minion did not acknowledge yet.',
      { column: (minions) => minions.lagMessages, unit: 'messages' },
    ),
    one(
      'salt_minion_lag_seconds',
      'Age of the oldest message that the host of this minion did not acknowledge, at the instant of the scan; 0 when there is none.',
      { column: (minions) => minions.lagSeconds, unit: 'seconds' },
    ),
    defineMinion({
      name: 'salt_minion_dropped_messages_total',
      help: 'Messages for this minion that were lost at the high-water mark, or that waited when its link ended.',
      type: 'counter',
      unit: 'messages',
      labels: ['minion', 'reason'],
      block: 'delivery',
      variants: DROPS,
      value: ({ epoch: { minions } }, row, variant) =>
        (variant === 0 ? minions.droppedHwm : minions.droppedDisconnect)[row] ?? Number.NaN,
    }),
    one(
      'salt_minion_ledger_breaks_total',
      'Times that the ledger of this minion broke off, at a loss that cannot be told in messages or with its history; while this stands still no drop is missing from the counters.',
      { column: (minions) => minions.ledgerBreaks, type: 'counter' },
    ),
    defineMinion({
      name: 'salt_minion_ledger_known',
      help: '1 when lag and queue of the present publish link of this minion are exact and its drops are counted, 0 when its history is not known.',
      type: 'gauge',
      unit: 'none',
      labels: ['minion'],
      block: 'delivery',
      variants: [[]],
      value: ({ epoch: { minions } }, row) => {
        const known = minions.ledgerKnown[row];
        return known === undefined || known === UNKNOWN_BYTE ? Number.NaN : known;
      },
    }),
  ],
};

export const minionRequests: FamilyGroup = {
  name: 'minion_requests',
  heading: 'Request ledger (return direction)',
  families: [
    one(
      'salt_minion_request_bytes_total',
      'Bytes of the requests of this minion, handshakes and heartbeats excluded.',
      {
        column: (minions) => minions.requestBytes,
        unit: 'bytes',
        type: 'counter',
        block: 'requests',
      },
    ),
    one(
      'salt_minion_reply_bytes_total',
      'Bytes of the replies that this minion acknowledged, handshakes and heartbeats excluded.',
      {
        column: (minions) => minions.replyBytes,
        unit: 'bytes',
        type: 'counter',
        block: 'requests',
      },
    ),
    one(
      'salt_minion_request_wait_seconds',
      'Age of the oldest unanswered request of this minion at the instant of the scan; absent when it has none.',
      { column: (minions) => minions.requestWaitSeconds, unit: 'seconds', block: 'requests' },
    ),
  ],
};

interface Manner {
  readonly column: (minions: MinionColumns) => Float64Array;
  readonly unit?: FamilyUnit;
  readonly type?: 'counter' | 'gauge';
  readonly block?: DetailBlock;
}

/** One series a minion, from one column. */
function one(
  name: string,
  help: string,
  { column, unit = 'none', type = 'gauge', block = 'delivery' }: Manner,
): MinionFamily {
  return defineMinion({
    name,
    help,
    type,
    unit,
    labels: ['minion'],
    block,
    variants: [[]],
    value: ({ epoch }, row) => column(epoch.minions)[row] ?? Number.NaN,
  });
}
