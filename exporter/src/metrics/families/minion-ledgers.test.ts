/** The ledgers of minions against series written by hand, at each detail. */
import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../../../test/golden/body-lines.js';
import { detailOf, renderBody } from '../../../../test/golden/render-body.js';
import { AT_MS, sketchedMinions, syntheticEpoch } from '../../../../test/golden/synthetic-epoch.js';
import { minionDelivery, minionRequests } from './minion-ledgers.js';

/** `a` has everything, `b` a ledger that is not known, `c` no link. */
const MINIONS = sketchedMinions([
  {
    id: 'a',
    status: 'slow',
    links: [1, 1],
    problem: true,
    ledger: {
      known: 1,
      queue: [750, 45_354_000, 0.75],
      sendQueueBytes: 544_000,
      secondsToDrop: 12.5,
      lag: [759, 3.25],
      dropped: [31, 2],
      breaks: 1,
      lastPongMs: AT_MS - 10_000,
      requests: [1_226, 206],
      waitSeconds: 0.5,
    },
  },
  { id: 'b', status: 'ok', links: [1, 1], ledger: { known: 0, sendQueueBytes: 9 } },
  { id: 'c', status: 'absent' },
]);

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  salt_minion_queue_messages: ['{minion="a"} 750'],
  salt_minion_queue_bytes: ['{minion="a"} 45354000'],
  salt_minion_send_queue_bytes: ['{minion="a"} 544000', '{minion="b"} 9'],
  salt_minion_queue_pressure_ratio: ['{minion="a"} 0.75'],
  salt_minion_seconds_to_drop: ['{minion="a"} 12.5'],
  salt_minion_lag_messages: ['{minion="a"} 759'],
  salt_minion_lag_seconds: ['{minion="a"} 3.25'],
  salt_minion_dropped_messages_total: [
    '{minion="a",reason="hwm"} 31',
    '{minion="a",reason="disconnect"} 2',
    '{minion="b",reason="hwm"} 0',
    '{minion="b",reason="disconnect"} 0',
    '{minion="c",reason="hwm"} 0',
    '{minion="c",reason="disconnect"} 0',
  ],
  salt_minion_ledger_breaks_total: ['{minion="a"} 1', '{minion="b"} 0', '{minion="c"} 0'],
  salt_minion_ledger_known: ['{minion="a"} 1', '{minion="b"} 0'],
  salt_minion_request_bytes_total: ['{minion="a"} 1226', '{minion="b"} 0', '{minion="c"} 0'],
  salt_minion_reply_bytes_total: ['{minion="a"} 206', '{minion="b"} 0', '{minion="c"} 0'],
  salt_minion_request_wait_seconds: ['{minion="a"} 0.5'],
};

describe('ledgers of minions', () => {
  it('are all in the table of this test', () => {
    const families = [...minionDelivery.families, ...minionRequests.families];
    expect(Object.keys(EXPECTED)).toEqual(families.map((family) => family.name));
  });

  it.each(Object.entries(EXPECTED))('%s says what is known, nothing else', async (name, lines) => {
    const { body } = await renderBody(syntheticEpoch({ minions: MINIONS }));
    expect(seriesOf(body, name)).toEqual(lines);
  });

  it('have a last pong only where a heartbeat was answered', async () => {
    const { body } = await renderBody(syntheticEpoch({ minions: MINIONS }));
    expect(seriesOf(body, 'salt_minion_last_pong_timestamp_seconds')).toEqual([
      '{minion="a"} 1767323035.678',
    ]);
  });

  it.each(['all', 'problems', 'none'] as const)('show with detail %s', async (delivery) => {
    const detail = { ...detailOf('none'), links: 'all' as const, delivery };
    const epoch = syntheticEpoch({ minions: MINIONS });
    const { body } = await renderBody(epoch, { detail: () => detail });
    for (const { name, type } of minionDelivery.families) {
      const kept = (EXPECTED[name] ?? []).filter((line) => {
        if (delivery === 'none') return false;
        return delivery === 'all' || type === 'counter' || line.includes('"a"');
      });
      expect([name, seriesOf(body, name)]).toEqual([name, kept]);
    }
    for (const { name } of minionRequests.families) expect(seriesOf(body, name)).toEqual([]);
    expect(body).toContain('salt_dropped_messages_total{reason="hwm",peer="minion"} 31');
  });
});
