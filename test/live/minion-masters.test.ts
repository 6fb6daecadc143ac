/** The exporter beside a minion of two masters: what it tells of each, and when one of them goes. */
import { expect, test } from 'vitest';
import { undoneAfterEach } from '../e2e/undo.js';
import { MASTER_ADDRESS, OTHER_MASTER_ADDRESS } from '../lab/hosts.js';
import { startLab } from '../lab/lab.js';
import { BOTH_MASTERS, startOtherMaster } from '../lab/other-master.js';
import type { Exposition } from './exposition.js';
import { labGate, longReleases } from './gate.js';
import { MinionExporter } from './minion-exporter.js';

const { skip, why } = await labGate();
const undo = undoneAfterEach();

const FIRST = { master: MASTER_ADDRESS };
const OTHER = { master: OTHER_MASTER_ADDRESS };
const PORTS = ['publish', 'request'];

const links = (metrics: Exposition, master: { readonly master: string }) =>
  PORTS.map((port) => metrics.value('salt_local_links', { ...master, port }) ?? 0);
const unread = (metrics: Exposition, master: { readonly master: string }) =>
  metrics.value('salt_local_publish_receive_queue_bytes', master) ?? 0;
const answered = (metrics: Exposition) =>
  metrics.value('salt_local_requests_total', { ...OTHER, result: 'answered' }) ?? 0;

test.skipIf(skip).each(longReleases())(
  `two masters of Salt %s are told apart${why}`,
  async (version) => {
    const lab = await startLab({
      version,
      name: 'masters',
      minions: 1,
      nat: 0,
      minion: BOTH_MASTERS,
    });
    undo.push(() => lab.stop());
    const other = await startOtherMaster(lab);
    undo.push(() => other.daemon.stop());
    const minion = lab.minion('m1');
    const exporter = new MinionExporter(lab, minion);
    undo.push(() => exporter.stop());

    const both = await exporter.scrapeUntil('links to both', (metrics) =>
      [FIRST, OTHER].every((master) => links(metrics, master).join() === '1,1'),
    );

    // A job of the second one.
    const ping = await other.publish('m1', 'test.ping');
    const pinged = await exporter.jobUntil('its end', ping, (job) => job.executed === true);
    expect(pinged).toMatchObject({ received: true, queued: false });
    await exporter.scrapeUntil('its answer', (metrics) => answered(metrics) > answered(both));

    // Nobody reads: the publish waits on the link of the master that sent it.
    minion.daemon.freeze();
    const late = await other.publish('m1', 'test.ping');
    const waiting = await exporter.scrapeUntil(
      'an unread publish',
      (metrics) => unread(metrics, OTHER) > 100,
    );
    expect(unread(waiting, FIRST)).toBe(0);
    minion.daemon.thaw();
    await exporter.jobUntil('its end', late, (job) => job.executed === true);

    // The second one goes: the first one works on. It comes back.
    await other.daemon.stop();
    const alone = await exporter.scrapeUntil(
      'no link to the second',
      (metrics) => links(metrics, OTHER)[0] === 0,
    );
    expect(links(alone, FIRST)[0]).toBe(1);
    await lab.awaitAnswers(['m1']);
    other.daemon.start();
    await exporter.scrapeUntil(
      'links to both again',
      (metrics) => links(metrics, OTHER)[0] === 1 && links(metrics, FIRST)[0] === 1,
    );
  },
);
