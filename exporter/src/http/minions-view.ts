/** Minions with all their figures for the API: which match a question, in which order, and one whole. */
import type { Connection } from '../domain/connections.js';
import type { Epoch, MinionColumns } from '../domain/epoch.js';
import { LOSS_LINKS } from '../domain/loss-vocabulary.js';
import { IDENTITY_BASES, MINION_STATUSES, type MinionStatus } from '../domain/vocabulary.js';
import { flagOrNull, minionView, numberOrNull } from './minion-view.js';
import type { ConnectionView, MinionRow, MinionsView } from './minions-api-types.js';
import { compareWorst } from './worst-minions.js';

export const MINION_SORTS = [
  'worst',
  'name',
  'flaps',
  'pressure',
  'queue',
  'lag',
  'wait',
  'rtt',
  'dropped',
  'lost',
] as const;
export type MinionSort = (typeof MINION_SORTS)[number];

export interface MinionsFilter {
  readonly matches: (id: string) => boolean;
  readonly statuses: ReadonlySet<MinionStatus>;
  /** Of its publish link; empty: any. */
  readonly bases: ReadonlySet<string>;
  readonly sort: MinionSort;
  readonly reverse: boolean;
  readonly limit: number;
  readonly offset: number;
}

export function minionsView(epoch: Epoch, filter: MinionsFilter): MinionsView {
  const { minions } = epoch;
  const byStatus = Object.fromEntries(MINION_STATUSES.map((status) => [status, 0])) as Record<
    MinionStatus,
    number
  >;
  const rows: number[] = [];
  for (let row = 0; row < minions.count; row += 1) {
    const status = MINION_STATUSES[minions.status[row] ?? 0] ?? 'unknown';
    if (filter.statuses.size > 0 && !filter.statuses.has(status)) continue;
    const basis = IDENTITY_BASES[minions.publishBasis[row] ?? IDENTITY_BASES.length];
    if (filter.bases.size > 0 && (basis === undefined || !filter.bases.has(basis))) continue;
    if (!filter.matches(minions.ids[row] ?? '')) continue;
    byStatus[status] += 1;
    rows.push(row);
  }
  const order = comparison(minions, filter.sort);
  rows.sort(filter.reverse ? (a, b) => order(b, a) : order);
  const page = rows.slice(filter.offset, filter.offset + filter.limit);
  return {
    atMs: epoch.at.wallMs,
    of: rows.length,
    offset: filter.offset,
    byStatus,
    rows: page.map((row) => minionRow(epoch, row)),
  };
}

/** Row of an id, or −1. */
export function rowOfMinion({ minions }: Epoch, id: string): number {
  return minions.ids.indexOf(id);
}

export function minionRow(epoch: Epoch, row: number): MinionRow {
  const { minions } = epoch;
  return {
    ...minionView(epoch, row),
    queue: {
      known: flagOrNull(minions.ledgerKnown[row]),
      messages: numberOrNull(minions.queueMessages[row]),
      bytes: numberOrNull(minions.queueBytes[row]),
      sendQueueBytes: numberOrNull(minions.sendQueueBytes[row]),
      pressure: numberOrNull(minions.queuePressure[row]),
      secondsToDrop: numberOrNull(minions.secondsToDrop[row]),
      lagMessages: numberOrNull(minions.lagMessages[row]),
      lagSeconds: numberOrNull(minions.lagSeconds[row]),
      dropped: {
        hwm: minions.droppedHwm[row] ?? 0,
        disconnect: minions.droppedDisconnect[row] ?? 0,
      },
    },
    requests: {
      requestBytes: minions.requestBytes[row] ?? 0,
      replyBytes: minions.replyBytes[row] ?? 0,
      waitSeconds: numberOrNull(minions.requestWaitSeconds[row]),
    },
    returns: {
      good: minions.goodReturns[row] ?? 0,
      failed: minions.failedReturns[row] ?? 0,
      lost: lostOf(minions, row),
      lastMs: numberOrNull(minions.lastReturnMs[row]),
      lastHeardMs: numberOrNull(minions.lastHeardMs[row]),
      starts: minions.starts[row] ?? 0,
      reconnects: minions.reconnects[row] ?? 0,
    },
    retransmits: minions.retransmits[row] ?? 0,
    lastPongMs: numberOrNull(minions.lastPongMs[row]),
  };
}

export function connectionView(connection: Connection): ConnectionView {
  const { openedWallMs, endedWallMs, lastAckWallMs, minion, basis, rttSeconds, ...same } =
    connection;
  return {
    ...same,
    minion: minion ?? null,
    basis: basis ?? null,
    openedMs: openedWallMs ?? null,
    endedMs: endedWallMs ?? null,
    lastAckMs: lastAckWallMs ?? null,
    rttSeconds: rttSeconds ?? null,
  };
}

function lostOf(minions: MinionColumns, row: number): number {
  let lost = 0;
  for (let link = 0; link < LOSS_LINKS.length; link += 1) {
    lost += minions.lostReturns[row * LOSS_LINKS.length + link] ?? 0;
  }
  return lost;
}

type Comparison = (a: number, b: number) => number;

/** Rows of equal figures keep their order; what is not known comes last. */
function comparison(minions: MinionColumns, sort: MinionSort): Comparison {
  if (sort === 'worst') return (a, b) => compareWorst(minions, a, b);
  if (sort === 'name') return (a, b) => ((minions.ids[a] ?? '') < (minions.ids[b] ?? '') ? -1 : 1);
  const figure = figureOf(minions, sort);
  const value = (row: number): number => {
    const known = figure(row);
    return Number.isFinite(known) ? known : Number.NEGATIVE_INFINITY;
  };
  return (a, b) => {
    const [one, other] = [value(a), value(b)];
    return one === other ? a - b : other - one;
  };
}

function figureOf(
  minions: MinionColumns,
  sort: Exclude<MinionSort, 'worst' | 'name'>,
): (row: number) => number {
  const columns = {
    flaps: minions.flaps,
    pressure: minions.queuePressure,
    queue: minions.queueMessages,
    lag: minions.lagSeconds,
    wait: minions.requestWaitSeconds,
    rtt: minions.rttSeconds,
  };
  if (sort === 'lost') return (row) => lostOf(minions, row);
  if (sort === 'dropped') {
    return (row) => (minions.droppedHwm[row] ?? 0) + (minions.droppedDisconnect[row] ?? 0);
  }
  const column = columns[sort];
  return (row) => column[row] ?? Number.NaN;
}
