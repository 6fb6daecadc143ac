/** Links and presence, one or more series for every minion. */
import type { MinionColumns } from '../../domain/epoch.js';
import { IDENTITY_BASES, MINION_STATUSES, PORTS } from '../../domain/vocabulary.js';
import { defineMinion, defineMinionInfo, type FamilyGroup } from '../family.js';
import type { Frame } from '../frame.js';

const NO_VARIANTS: readonly (readonly string[])[] = [[]];
/** Value of a byte column that means "not known". */
const UNKNOWN_BYTE = 255;

export const minionLinks: FamilyGroup = {
  name: 'minion_links',
  heading: 'Links and presence',
  families: [
    defineMinionInfo({
      name: 'salt_minion_status',
      help: '1 for the status this minion has now, one series per minion.',
      unit: 'none',
      labels: ['minion', 'status'],
      block: 'links',
      variants: MINION_STATUSES.map((status) => [status]),
      slots: 1,
      pick: (frame, row) => known(frame.epoch.minions.status[row]),
    }),
    defineMinion({
      name: 'salt_minion_presence',
      help: 'Whether a source calls it present: kernel = a publish link is its own, salt = as connected_ids of Salt would, ping = it answered its last canary job or returned since; absent while none are sent.',
      type: 'gauge',
      unit: 'none',
      labels: ['minion', 'source'],
      block: 'links',
      variants: [['kernel'], ['salt'], ['ping']],
      value: ({ epoch: { minions } }, row, variant) => known(presenceOf(minions, variant)[row]),
    }),
    defineMinion({
      name: 'salt_minion_links',
      help: 'Established connections of this minion.',
      type: 'gauge',
      unit: 'none',
      labels: ['minion', 'port'],
      block: 'links',
      variants: PORTS.map((port) => [port]),
      value: ({ epoch }, row, variant) => {
        if (epoch.links === undefined) return Number.NaN;
        const { publishLinks, requestLinks } = epoch.minions;
        return (variant === 0 ? publishLinks : requestLinks)[row] ?? Number.NaN;
      },
    }),
    defineMinionInfo({
      name: 'salt_minion_identity_info',
      help: 'On what the attribution of the links of this minion rests, per port.',
      unit: 'none',
      labels: ['minion', 'port', 'basis'],
      block: 'links',
      variants: PORTS.flatMap((port) => IDENTITY_BASES.map((basis) => [port, basis])),
      slots: PORTS.length,
      pick: ({ epoch: { minions } }, row, slot) => {
        const basis = known((slot === 0 ? minions.publishBasis : minions.requestBasis)[row]);
        return slot * IDENTITY_BASES.length + basis;
      },
    }),
    minionCounter(
      'salt_minion_connects_total',
      'Publish links of this minion that were established since this process watches.',
      (frame, row) => frame.epoch.minions.connects[row],
    ),
    minionCounter(
      'salt_minion_disconnects_total',
      'Publish links of this minion that ended, booked at the destroy event or at the scan that saw them leave ESTABLISHED.',
      (frame, row) => frame.epoch.minions.disconnects[row],
    ),
    minionCounter(
      'salt_minion_flaps_total',
      'Disconnects of this minion that were followed by a connect within the flap window; a master restart is none.',
      (frame, row) => frame.epoch.minions.flaps[row],
    ),
    minionSeconds(
      'salt_minion_last_connect_timestamp_seconds',
      'When the last publish link of this minion was first seen, right to one scan interval.',
      (frame, row) => fromMs(frame.epoch.minions.lastConnectMs[row]),
    ),
    minionSeconds(
      'salt_minion_last_disconnect_timestamp_seconds',
      'When a publish link of this minion last ended.',
      (frame, row) => fromMs(frame.epoch.minions.lastDisconnectMs[row]),
    ),
    minionSeconds(
      'salt_minion_rtt_seconds',
      'Smoothed round trip of the publish link, as the kernel of the master measures it.',
      (frame, row) => frame.epoch.minions.rttSeconds[row],
    ),
    minionCounter(
      'salt_minion_retransmits_total',
      'TCP segments retransmitted to this minion on both links.',
      (frame, row) => frame.epoch.minions.retransmits[row],
    ),
    minionSeconds(
      'salt_minion_last_ack_timestamp_seconds',
      'Last sign of life of the kernel of the host of this minion: a TCP acknowledgement.',
      (frame, row) => fromMs(frame.epoch.minions.lastAckMs[row]),
    ),
    minionSeconds(
      'salt_minion_last_pong_timestamp_seconds',
      'Last sign of life of the process of this minion: an answered heartbeat; absent where the master sends none.',
      (frame, row) => fromMs(frame.epoch.minions.lastPongMs[row]),
    ),
  ],
};

function presenceOf(minions: MinionColumns, variant: number): Uint8Array {
  if (variant === 0) return minions.kernelPresent;
  return variant === 1 ? minions.saltPresent : minions.pingPresent;
}

type RowValue = (frame: Frame, row: number) => number | undefined;

function minionCounter(name: string, help: string, read: RowValue) {
  return defineMinion({
    name,
    help,
    type: 'counter',
    unit: 'none',
    labels: ['minion'],
    block: 'links',
    variants: NO_VARIANTS,
    value: (frame, row) => read(frame, row) ?? Number.NaN,
  });
}

function minionSeconds(name: string, help: string, read: RowValue) {
  return defineMinion({
    name,
    help,
    type: 'gauge',
    unit: 'seconds',
    labels: ['minion'],
    block: 'links',
    variants: NO_VARIANTS,
    value: (frame, row) => read(frame, row) ?? Number.NaN,
  });
}

function known(byte: number | undefined): number {
  return byte === undefined || byte === UNKNOWN_BYTE ? Number.NaN : byte;
}

/** Wall clock milliseconds to the seconds of a timestamp series. */
function fromMs(wallMs: number | undefined): number {
  return wallMs === undefined ? Number.NaN : wallMs / 1000;
}
