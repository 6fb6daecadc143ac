/** Both ledgers on the live master of presence.ts, which was started with LEDGER_MASTER. */
import { expect, test } from 'vitest';
import {
  bytesAtHost,
  expectFullQueue,
  expectOnlyHwm,
  hwmDrops,
  ledgersKnown,
  loseBurst,
  messages,
  publishedLines,
} from './ledger-delivery.js';
import {
  clientGivesUp,
  handlerRaises,
  oneWorkerStands,
  requestWedges,
  slowRunner,
} from './ledger-requests.js';
import type { Run, Scenario } from './scenario.js';

export function deliveryLedger(run: () => Run): void {
  test('a stopped minion loses what it never returned, behind NAT without its name', async () => {
    const { lab, exporter } = run();
    await ledgersKnown(run(), ['m1', 'm2']);
    const logged = await publishedLines(lab);
    const counted = messages(await exporter.scrape());
    const told = await Promise.all(['m2', 'm4'].map((id) => bytesAtHost(lab, id)));
    const losses = await loseBurst(run(), ['m1', 'm3']);
    const { lost, after } = losses;
    expectFullQueue(losses, 'm1');
    expect(lost.get('m1'), 'jobs that m1 never returned').toBeGreaterThan(100);
    expect(hwmDrops(losses, 'm1')).toBe(lost.get('m1'));
    expect(hwmDrops(losses), 'drops of nobody known').toBe(lost.get('m3'));
    for (const id of ['m2', 'm3', 'm4']) expect(hwmDrops(losses, id), id).toBe(0);
    expectOnlyHwm(losses);
    expect(messages(after) - counted).toBe((await publishedLines(lab)) - logged);
    // nothing is missing at the hosts of those that ran: at least 60 kB for each publish
    for (const [i, id] of ['m2', 'm4'].entries()) {
      const grown = (await bytesAtHost(lab, id)) - (told[i] ?? Number.NaN);
      expect(grown, `bytes at ${id}`).toBeGreaterThan(400 * 60_000);
    }
  });
}

export function requestLedger(run: () => Run, scenario: Scenario): void {
  test('one of three workers that stands still is found', () => oneWorkerStands(run()));
  test('what a client gave up is abandoned, and its jobs are ghosts', () => clientGivesUp(run()));
  test('a handler that raised is a failed request', () => handlerRaises(run()));
  test('a slow runner is a waiting request and a long service time', () => slowRunner(run()));
  if (!scenario.version.startsWith('3008')) {
    test('a request that wedges its worker is told by the pings', () => requestWedges(run()));
  }
}
