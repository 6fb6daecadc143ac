/** Every family of minions against series written by hand, at each detail. */
import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../../../test/golden/body-lines.js';
import { detailOf, renderBody } from '../../../../test/golden/render-body.js';
import { AT_MS, sketchedMinions, syntheticEpoch } from '../../../../test/golden/synthetic-epoch.js';
import { minionLinks } from './minion-links.js';

/** `a` has everything, `b` an accepted key and nothing else. */
const MINIONS = sketchedMinions([
  {
    id: 'a',
    status: 'half_open',
    links: [2, 1],
    basis: 'static',
    salt: 0,
    ping: 0,
    counts: [5, 4, 3],
    retransmits: 17,
    lastConnectMs: AT_MS,
    lastDisconnectMs: AT_MS - 1,
    lastAckMs: AT_MS - 678,
    rttSeconds: 0.000_125,
    problem: true,
    ledger: { lastPongMs: AT_MS - 8 },
  },
  { id: 'b', status: 'absent' },
]);

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  salt_minion_status: ['{minion="a",status="half_open"} 1', '{minion="b",status="absent"} 1'],
  salt_minion_presence: [
    '{minion="a",source="kernel"} 1',
    '{minion="a",source="salt"} 0',
    '{minion="a",source="ping"} 0',
    '{minion="b",source="kernel"} 0',
  ],
  salt_minion_links: [
    '{minion="a",port="publish"} 2',
    '{minion="a",port="request"} 1',
    '{minion="b",port="publish"} 0',
    '{minion="b",port="request"} 0',
  ],
  salt_minion_identity_info: [
    '{minion="a",port="publish",basis="static"} 1',
    '{minion="a",port="request",basis="static"} 1',
  ],
  salt_minion_connects_total: ['{minion="a"} 5', '{minion="b"} 0'],
  salt_minion_disconnects_total: ['{minion="a"} 4', '{minion="b"} 0'],
  salt_minion_flaps_total: ['{minion="a"} 3', '{minion="b"} 0'],
  salt_minion_last_connect_timestamp_seconds: ['{minion="a"} 1767323045.678'],
  salt_minion_last_disconnect_timestamp_seconds: ['{minion="a"} 1767323045.677'],
  salt_minion_rtt_seconds: ['{minion="a"} 0.000125'],
  salt_minion_retransmits_total: ['{minion="a"} 17', '{minion="b"} 0'],
  salt_minion_last_ack_timestamp_seconds: ['{minion="a"} 1767323045'],
  salt_minion_last_pong_timestamp_seconds: ['{minion="a"} 1767323045.67'],
};

describe('families of minions', () => {
  it('are all in the table of this test', () => {
    expect(Object.keys(EXPECTED)).toEqual(minionLinks.families.map((family) => family.name));
  });

  it.each(Object.entries(EXPECTED))(
    '%s says what is known and nothing else',
    async (name, lines) => {
      const { body } = await renderBody(syntheticEpoch({ minions: MINIONS }));
      expect(seriesOf(body, name)).toEqual(lines);
    },
  );

  it('say nothing about links before the first scan', async () => {
    const { body } = await renderBody(syntheticEpoch({ minions: MINIONS, links: undefined }));
    expect(seriesOf(body, 'salt_minion_links')).toEqual([]);
  });

  it.each(['all', 'problems', 'none'] as const)('show with detail %s', async (links) => {
    const epoch = syntheticEpoch({ minions: MINIONS });
    const { body } = await renderBody(epoch, { detail: () => detailOf(links) });
    const expected = Object.entries(EXPECTED).map(([name, lines]) => {
      const kept = lines.filter((line) => {
        if (links === 'none') return false;
        return links === 'all' || name.endsWith('_total') || line.includes('"a"');
      });
      return [name, kept];
    });
    const shown = Object.keys(EXPECTED).map((name) => [name, seriesOf(body, name)]);
    expect(shown).toEqual(expected);
    expect(body).toContain('salt_minions{status="ok"} 2');
  });

  it('leave out the header of a family without series', async () => {
    const { body } = await renderBody(syntheticEpoch({ minions: sketchedMinions([]) }));
    expect(body).not.toContain('salt_minion_');
  });
});
