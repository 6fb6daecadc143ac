/** The delivery ledger of a master with `zmq_filtering`: over IPv6, and behind NAT with a name. */
import { describe, expect, test } from 'vitest';
import { labGate } from './gate.js';
import {
  expectFullQueue,
  expectOnlyHwm,
  hwmDrops,
  LEDGER_MASTER,
  ledgersKnown,
  loseBurst,
} from './ledger-delivery.js';
import { type Scenario, useRun } from './scenario.js';

const { skip, why } = await labGate();

const FILTERED = { zmq_filtering: 'True' };
const SCENARIO: Scenario = {
  version: '3008.5',
  master: { ...LEDGER_MASTER, ...FILTERED, interface: "'::'", ipv6: 'True' },
  localMaster: '127.0.0.1',
  heartbeats: true,
};

describe.skipIf(skip)(`a live Salt 3008.5 master that filters${why}`, () => {
  const run = useRun(SCENARIO, {
    name: 'filter',
    minions: 3,
    nat: 1,
    ipv6: ['m1'],
    minion: FILTERED,
  });

  test('loses what its minions never returned: over IPv6, and behind NAT by name', async () => {
    const { lab, exporter } = run();
    const isNamed = (body: Awaited<ReturnType<typeof exporter.scrape>>) =>
      body.value('salt_minion_identity_info', {
        minion: 'm3',
        port: 'publish',
        basis: 'filtered',
      }) === 1;
    for (const id of ['m1', 'm2', 'm3', 'm3']) await lab.salt(id, 'test.ping');
    await exporter.scrapeUntil('the link of m3 named by a frame for it', isNamed, (body) =>
      body.all('salt_minion_identity_info').map(({ labels }) => labels),
    );
    await ledgersKnown(run(), ['m1', 'm2', 'm3']);
    const losses = await loseBurst(run(), ['m1', 'm3']);
    for (const id of ['m1', 'm3']) {
      expectFullQueue(losses, id);
      expect(losses.lost.get(id), `jobs that ${id} never returned`).toBeGreaterThan(100);
      expect(hwmDrops(losses, id), id).toBe(losses.lost.get(id));
    }
    expect(hwmDrops(losses, 'm2')).toBe(0);
    expect(hwmDrops(losses)).toBe(0);
    expectOnlyHwm(losses);
  });
});
