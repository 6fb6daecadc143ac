/** One minion in words: its status as a title, its figures, its queue and its requests. */
import type { HistoryEvent, TotalRow } from '../history-api-types.js';
import type { ConnectionView, MinionDetailView } from '../minions-api-types.js';
import { clockText, durationText, latencyText } from '../time-text.js';
import { BASIS_WORD, countText, numberText, printable, STATUS_WORD } from './words.js';

export interface Pair {
  readonly word: string;
  readonly text: string;
}

/** `Stalled for 2 h 7 min`; what began before the exporter lasts at least as long as it runs. */
export function statusTitle(minion: MinionDetailView): string {
  const word = STATUS_WORD[minion.status];
  const name = word.charAt(0).toUpperCase() + word.slice(1);
  return minion.sinceMs === null
    ? `${name} since before the exporter began`
    : `${name} for ${durationText((minion.atMs - minion.sinceMs) / 1000)}`;
}

/** The four figures under the title. */
export function minionFigures(minion: MinionDetailView): readonly Pair[] {
  const { queue, links } = minion;
  const none = hasNoLink(minion) ? 'no link' : undefined;
  const basis = minion.basis.publish ?? minion.basis.request;
  const identity = basis === null ? 'unknown' : BASIS_WORD[basis];
  return [
    {
      word: 'messages in the publisher’s queue',
      text: (links.publish === 0 ? none : undefined) ?? numberText(queue.messages),
    },
    {
      word: 'age of the oldest one',
      text: (links.publish === 0 ? none : undefined) ?? ageText(queue),
    },
    { word: 'flaps since the exporter began', text: numberText(minion.flaps) },
    { word: 'identity', text: none ?? identity },
  ];
}

export function queuePairs({ queue, ...minion }: MinionDetailView): readonly Pair[] {
  const pressure =
    queue.pressure === null ? 'unknown' : `${Math.round(queue.pressure * 1000) / 10} %`;
  return [
    { word: 'history of its queue', text: knownText(queue.known, hasNoLink(minion)) },
    { word: 'queue of the mark', text: pressure },
    {
      word: 'behind',
      text: queue.lagMessages === null ? 'unknown' : countText(queue.lagMessages, 'message'),
    },
    { word: 'bytes queued', text: numberText(queue.bytes) },
    { word: 'of them in the master’s kernel', text: numberText(queue.sendQueueBytes) },
    { word: 'full in', text: secondsText(queue.secondsToDrop, 'it does not grow') },
    { word: 'dropped at the mark', text: countText(queue.dropped.hwm, 'message') },
    { word: 'lost when a link ended', text: countText(queue.dropped.disconnect, 'message') },
    { word: 'segments sent again', text: numberText(minion.retransmits) },
  ];
}

export function requestPairs(minion: MinionDetailView): readonly Pair[] {
  const { requests, returns, atMs } = minion;
  return [
    { word: 'asked', text: `${numberText(requests.requestBytes)} bytes` },
    { word: 'answered', text: `${numberText(requests.replyBytes)} bytes` },
    { word: 'waits now', text: secondsText(requests.waitSeconds, 'none') },
    {
      word: 'returns',
      text: `${numberText(returns.good)} good, ${numberText(returns.failed)} failed`,
    },
    { word: 'returns lost', text: numberText(returns.lost) },
    { word: 'last return', text: instantText(returns.lastMs, atMs) },
    { word: 'last heard of', text: instantText(returns.lastHeardMs, atMs) },
    { word: 'last answer to a heartbeat', text: instantText(minion.lastPongMs, atMs) },
    { word: 'started anew', text: numberText(returns.starts) },
    { word: 'connected anew', text: numberText(returns.reconnects) },
  ];
}

export function keyPairs(minion: MinionDetailView): readonly Pair[] {
  const { atMs, addresses } = minion;
  return [
    { word: 'accepted key', text: minion.hasKey ? instantText(minion.keyMs, atMs) : 'none' },
    {
      word: 'cached grains',
      text: minion.grainsMs === null ? 'none' : instantText(minion.grainsMs, atMs),
    },
    {
      word: addresses.length === 1 ? 'address' : 'addresses',
      text: addresses.length === 0 ? 'unknown' : addresses.map(printable).join(', '),
    },
    { word: 'present for Salt', text: presentText(minion.saltPresent) },
    { word: 'present for the kernel', text: presentText(minion.kernelPresent) },
  ];
}

/** Cells of the table of connections. */
export function connectionCells(link: ConnectionView, nowMs: number): readonly string[] {
  return [
    link.port,
    printable(link.address),
    link.openedMs === null ? 'before the exporter' : clockText(link.openedMs, nowMs),
    link.endedMs === null ? '' : clockText(link.endedMs, nowMs),
    link.lastAckMs === null ? 'unknown' : `${durationText((nowMs - link.lastAckMs) / 1000)} ago`,
    link.rttSeconds === null ? 'unknown' : latencyText(link.rttSeconds),
    numberText(link.retransmits),
    link.basis === null ? 'unknown' : BASIS_WORD[link.basis],
  ];
}

/** `12 flaps, 3 messages dropped`, over restarts of the exporter. */
export function totalsText(totals: readonly TotalRow[] | null, fromMs: number | null): string {
  if (totals === null || fromMs === null) return '';
  const sum = (kind: HistoryEvent['kind'], of: 'events' | 'count'): number =>
    totals.filter((row) => row.kind === kind).reduce((all, row) => all + row[of], 0);
  const parts = [
    countText(sum('disconnect', 'events'), 'disconnect'),
    countText(sum('flap', 'events'), 'flap'),
    `${countText(sum('drop', 'count'), 'message')} dropped`,
    `${countText(sum('loss', 'events'), 'return')} lost`,
  ];
  return `Recorded since ${new Date(fromMs).toISOString().slice(0, 16).replace('T', ' ')}: ${parts.join(', ')}.`;
}

function ageText({ lagSeconds, messages }: MinionDetailView['queue']): string {
  if (lagSeconds !== null) return durationText(lagSeconds);
  return messages === null ? 'unknown' : 'none';
}

/** Behind a shared address, or before anything is known, one of the nameless links may be its own. */
function hasNoLink({ status, links }: Pick<MinionDetailView, 'status' | 'links'>): boolean {
  return links.publish + links.request === 0 && status !== 'ambiguous' && status !== 'unknown';
}

function knownText(known: boolean | null, none: boolean): string {
  if (known === null) return none ? 'no link' : 'not known';
  return known ? 'exact' : 'not known';
}

function presentText(present: boolean | null): string {
  if (present === null) return 'unknown';
  return present ? 'yes' : 'no';
}

function secondsText(seconds: number | null, none: string): string {
  return seconds === null ? none : durationText(seconds);
}

function instantText(atMs: number | null, nowMs: number): string {
  return atMs === null ? 'not known' : clockText(atMs, nowMs);
}
