/** One evidence sentence per status, said from what is known and no more. */
import { describe, expect, it } from 'vitest';
import { AT_MS, sketchedMinions, syntheticEpoch } from '../../../test/golden/synthetic-epoch.js';
import type { Epoch } from '../domain/epoch.js';
import { MINION_STATUSES, type MinionStatus } from '../domain/vocabulary.js';
import { flagOrNull, minionView, numberOrNull } from './minion-view.js';

function view(status: MinionStatus, facts: object = {}, changes: Partial<Epoch> = {}) {
  const minions = sketchedMinions([{ id: 'm', status, ...facts }]);
  return minionView(syntheticEpoch({ minions, ...changes }), 0);
}

describe('evidence', () => {
  it.each<[MinionStatus, object, string]>([
    ['absent', {}, 'No publish link since before 01:04:05.'],
    ['absent', { lastDisconnectMs: AT_MS - 60_000 }, 'No publish link since 03:03:05.'],
    ['half_open', {}, 'Nothing acknowledged; still counted as established.'],
    ['stale', {}, 'No publish link of it was seen since before 01:04:05.'],
    [
      'stale',
      { lastDisconnectMs: AT_MS - 8 * 86_400_000 },
      'Its last publish link ended at 25 Dec 2025 03:04:05.',
    ],
    ['stalled', {}, 'Its host acknowledges, its process does not read since 03:04:04.'],
    [
      'stalled',
      { ledger: { lastPongMs: AT_MS - 23_000 } },
      'Its host acknowledges, its process answers no heartbeat since 03:03:42.',
    ],
    [
      'stalled',
      { ledger: { lastPongMs: AT_MS - 23_000, sendQueueBytes: 60_000 } },
      'Its host acknowledges, its process does not read since 03:04:04.',
    ],
    ['slow', {}, 'It is behind what was published, and drains since 03:04:04.'],
    [
      'slow',
      { ledger: { known: 1 as const, lag: [40, 3.2] as const } },
      'It is 3.2 s behind what was published, and drains since 03:04:04.',
    ],
    ['ambiguous', {}, 'Its address is shared; nothing has told yet which link is its own.'],
    ['unknown', {}, 'No link can be given to this key yet.'],
    ['ok', {}, 'It is connected; when it last acknowledged anything is not known.'],
    [
      'ok',
      { lastAckMs: AT_MS - 240 },
      'It is connected; what was sent to it was acknowledged 0.2 s ago.',
    ],
    [
      'ok',
      { counts: [3, 2, 2], lastConnectMs: AT_MS - 5000 },
      'It is connected since 03:04:00, after 2 flaps.',
    ],
    [
      'ok',
      { counts: [2, 1, 1], lastConnectMs: AT_MS - 5000 },
      'It is connected since 03:04:00, after 1 flap.',
    ],
  ])('%s %j: %s', (status, facts, sentence) => {
    expect(view(status, facts).evidence).toBe(sentence);
  });

  it('blames the scan, not the minion, before the sockets were read', () => {
    expect(view('unknown', {}, { links: undefined }).evidence).toBe(
      'The sockets were not read completely yet.',
    );
  });

  it('takes the words of the decision where the domain told why', () => {
    const event = {
      wallMs: AT_MS,
      kind: 'status' as const,
      minion: 'm',
      status: 'ambiguous' as const,
    };
    const recentEvents = [
      { ...event, status: 'ok' as const, text: 'Other. (kernel)' },
      { ...event, text: '3 minions share the address 203.0.113.9. (kernel + grains)' },
    ];
    expect(view('ambiguous', {}, { recentEvents })).toMatchObject({
      evidence: '3 minions share the address 203.0.113.9.',
      evidenceFrom: 'kernel + grains',
    });
  });

  it('has one for every status', () => {
    for (const status of MINION_STATUSES) expect(view(status).evidence).toMatch(/^[A-Z].*\.$/);
  });
});

describe('columns', () => {
  it('read 255 and NaN as not known', () => {
    expect([flagOrNull(1), flagOrNull(0), flagOrNull(255), flagOrNull(undefined)]).toEqual([
      true,
      false,
      null,
      null,
    ]);
    expect([numberOrNull(0), numberOrNull(Number.NaN), numberOrNull(Infinity)]).toEqual([
      0,
      null,
      null,
    ]);
  });
});
