/** A minion in words: what is not known is never a number. */
import { describe, expect, it } from 'vitest';
import type { MinionDetailView } from '../minions-api-types.js';
import {
  connectionCells,
  keyPairs,
  minionFigures,
  queuePairs,
  requestPairs,
  statusTitle,
  totalsText,
} from './minion-words.js';

const AT_MS = Date.parse('2026-11-22T03:12:00Z');
const NOBODY: MinionDetailView = {
  id: 'm1',
  atMs: AT_MS,
  status: 'absent',
  sinceMs: null,
  connects: 0,
  disconnects: 0,
  flaps: 0,
  lastConnectMs: null,
  lastDisconnectMs: null,
  lastAckMs: null,
  rttSeconds: null,
  links: { publish: 0, request: 0 },
  basis: { publish: null, request: null },
  kernelPresent: null,
  saltPresent: null,
  evidence: '',
  evidenceFrom: 'kernel',
  queue: {
    known: null,
    messages: null,
    bytes: null,
    sendQueueBytes: null,
    pressure: null,
    secondsToDrop: null,
    lagMessages: null,
    lagSeconds: null,
    dropped: { hwm: 0, disconnect: 0 },
  },
  requests: { requestBytes: 0, replyBytes: 0, waitSeconds: null },
  returns: {
    good: 0,
    failed: 0,
    lost: 0,
    lastMs: null,
    lastHeardMs: null,
    starts: 0,
    reconnects: 0,
  },
  retransmits: 0,
  lastPongMs: null,
  connections: [],
  addresses: [],
  hasKey: true,
  expected: false,
  keyMs: null,
  grainsMs: null,
  losses: [],
  events: [],
  totals: null,
  history: { state: 'off', detail: '', fromMs: null, bytes: null, dropped: 0 },
};

const textOf = (pairs: readonly { word: string; text: string }[], word: string) =>
  pairs.find((pair) => pair.word === word)?.text;

describe('one minion in words', () => {
  it('has its status and for how long, or since before the exporter', () => {
    expect(statusTitle(NOBODY)).toBe('Absent since before the exporter began');
    const stalled = { ...NOBODY, status: 'stalled' as const, sinceMs: AT_MS - 7_620_000 };
    expect(statusTitle(stalled)).toBe('Stalled for 2 h 7 min');
  });

  it('says no link where there is none, and unknown where nobody knows', () => {
    expect(minionFigures(NOBODY).map(({ text }) => text)).toEqual([
      'no link',
      'no link',
      '0',
      'no link',
    ]);
    const linked = { ...NOBODY, links: { publish: 1, request: 0 } };
    expect(minionFigures(linked).map(({ text }) => text)).toEqual([
      'unknown',
      'unknown',
      '0',
      'unknown',
    ]);
    expect(textOf(queuePairs(linked), 'queue of the mark')).toBe('unknown');
    expect(textOf(queuePairs(NOBODY), 'history of its queue')).toBe('no link');
    const shared = { ...NOBODY, status: 'ambiguous' as const };
    expect(minionFigures(shared).map(({ text }) => text)).toEqual([
      'unknown',
      'unknown',
      '0',
      'unknown',
    ]);
    expect(textOf(requestPairs(NOBODY), 'last return')).toBe('not known');
  });

  it('has its figures with their units', () => {
    const queue = {
      ...NOBODY.queue,
      known: true,
      messages: 1_000,
      pressure: 0.9876,
      lagMessages: 1_036,
      lagSeconds: 8_520,
      dropped: { hwm: 1, disconnect: 3 },
    };
    const minion = { ...NOBODY, queue, links: { publish: 1, request: 1 } };
    expect(minionFigures(minion)[0]?.text).toBe('1,000');
    expect(minionFigures(minion)[1]?.text).toBe('2 h 22 min');
    expect(textOf(queuePairs(minion), 'queue of the mark')).toBe('98.8 %');
    expect(textOf(queuePairs(minion), 'dropped at the mark')).toBe('1 message');
    expect(textOf(queuePairs(minion), 'lost when a link ended')).toBe('3 messages');
  });

  it('makes what an address or a connection hides visible', () => {
    const minion = { ...NOBODY, addresses: ['10.0.0.1', 'a\u202eb'] };
    expect(textOf(keyPairs(minion), 'addresses')).toBe('10.0.0.1, a\\u202eb');
    const link = {
      cookie: '2a',
      port: 'publish' as const,
      peer: 'minion' as const,
      minion: 'm1',
      basis: null,
      address: '10.0.0.1',
      established: true,
      openedMs: null,
      endedMs: AT_MS - 1_000,
      lastAckMs: AT_MS - 4_000,
      rttSeconds: 0.0042,
      retransmits: 9,
      backoff: 0,
      probes: 0,
    };
    expect(connectionCells(link, AT_MS)).toEqual([
      'publish',
      '10.0.0.1',
      'before the exporter',
      '03:11:59',
      '4.0 s ago',
      '4.2 ms',
      '9',
      'unknown',
    ]);
  });

  it('sums what the history holds, and says nothing without one', () => {
    expect(totalsText(null, AT_MS)).toBe('');
    const row = { reason: null, link: null };
    const totals = [
      { ...row, kind: 'flap' as const, events: 2, count: 2 },
      { ...row, kind: 'drop' as const, reason: 'hwm', events: 3, count: 40 },
      { ...row, kind: 'drop' as const, reason: 'disconnect', events: 1, count: 2 },
    ];
    expect(totalsText(totals, AT_MS)).toBe(
      'Recorded since 2026-11-22 03:12: 0 disconnects, 2 flaps, 42 messages dropped, 0 returns lost.',
    );
  });
});
