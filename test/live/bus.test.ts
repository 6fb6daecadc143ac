/**
 * The event bus of real masters: what a ping fires, what a minion forges and what the exporter says of
 * that, the rights of the socket, a restart.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../exporter/src/domain/observations.js';
import { eventBus } from '../../exporter/src/sources/event-bus/source.js';
import { discoverMaster } from '../../exporter/src/sources/master-config/discover.js';
import { BatchReader, type ReadRow } from '../e2e/bus-rows.js';
import { startOnStand } from '../e2e/canary-context.js';
import { undoneAfterEach } from '../e2e/undo.js';
import { SALT_VERSIONS } from '../lab/install.js';
import { type Lab, startLab } from '../lab/lab.js';
import { pause, until } from '../lab/run.js';
import type { Exposition } from './exposition.js';
import { labGate } from './gate.js';
import { WatchedExporter } from './watched-exporter.js';

const { skip, why } = await labGate();
const undo = undoneAfterEach();

const FORGED_JID = '20200101000000000000';
const PERMISSIONS = 0o777;
/** A return is judged by the first scan that begins half a second after it; scans come each second. */
const JUDGED_MS = 3_000;

const heard = (seen: readonly Observation[]): readonly ReadRow[] => new BatchReader().rowsOf(seen);
const links = (seen: readonly Observation[]) =>
  seen.flatMap((o) => (o.kind === 'bus_link' ? [o.connected] : []));
const jidsOf = (seen: readonly Observation[], kind: string) =>
  heard(seen).flatMap(({ kind: told, jid }) => (told === kind && jid !== undefined ? [jid] : []));

/** Jobs that this minion answered and that a `new` announced. */
function answered(seen: readonly Observation[], minion: string): readonly string[] {
  const announced = new Set(jidsOf(seen, 'new'));
  return heard(seen).flatMap(({ kind, minion: by, jid = '' }) =>
    kind === 'ret' && by === minion && announced.has(jid) ? [jid] : [],
  );
}

const suspects = (metrics: Exposition) =>
  metrics.value('salt_suspect_returns_total', { evidence: 'request_link' }) ?? 0;
const heardOf = (metrics: Exposition, minion: string) =>
  metrics.value('salt_responses_total', { minion, success: 'true' }) ?? 0;

/** m1 fires a return of m2 in a list of events: the master marks those as nobody's. */
async function forgeReturn(lab: Lab, jid: string): Promise<void> {
  const told = { id: 'm2', jid, cmd: '_return', fun: 'test.sleep', return: true };
  const data = { ...told, retcode: 0, success: true };
  const preload = JSON.stringify({ events: [{ tag: `salt/job/${jid}/ret/m2`, data }] });
  await lab.salt('m1', 'event.fire_master', '{}', 'none', `preload=${preload}`);
}

/**
 * What the exporter says while m2 sleeps over a job and m1 returns it. Should m2 ask its master
 * something in the moment of a forgery, nothing is said of that one: it is forged anew.
 */
async function expectSuspects(lab: Lab): Promise<void> {
  const exporter = new WatchedExporter(lab);
  undo.push(() => exporter.stop());
  await exporter.ready();
  const pings = async (rounds: number) => {
    const before = await exporter.scrape();
    for (let round = 0; round < rounds; round += 1) await lab.salt('*', 'test.ping');
    return exporter.scrapeUntil('returns of both minions', (metrics) =>
      ['m1', 'm2'].every((id) => heardOf(metrics, id) >= heardOf(before, id) + rounds),
    );
  };
  expect(suspects(await pings(3))).toBe(0);
  const argv = [join(lab.bin, 'salt'), '-c', lab.configDir, '--async', 'm2', 'test.sleep', '900'];
  const jid = /\d{20}/.exec((await lab.exec(argv)).stdout)?.[0] ?? '';
  let forged = 0;
  await until('a return that m2 never sent to be suspect', async () => {
    await forgeReturn(lab, jid);
    forged += 1;
    await pause(JUDGED_MS);
    return suspects(await exporter.scrape()) > 0 ? true : undefined;
  });
  const found = suspects(await exporter.scrape());
  expect(found).toBeLessThanOrEqual(forged);
  await pings(3);
  await pause(JUDGED_MS);
  expect(suspects(await exporter.scrape()), 'real returns are believed').toBe(found);
}

describe.each(SALT_VERSIONS)('the event bus of Salt %s', (version) => {
  test.skipIf(skip)(`is read as it is${why}`, async () => {
    const lab = await startLab({ version, name: 'bus', minions: 2, nat: 0 });
    undo.push(() => lab.stop());
    const { facts } = await discoverMaster(lab.configDir);
    const bus = await startOnStand(eventBus, undo, { master: facts });
    await bus.until('a connection', (seen) => links(seen).at(-1) === true);

    const socket = await stat(join(facts.sockDir, 'master_event_pub.ipc'));
    const rights = version.startsWith('3006') ? 0o600 : 0o660;
    expect(socket.mode & PERMISSIONS, 'as the README says').toBe(rights);

    await lab.salt('*', 'test.ping');
    await bus.until('a return', (seen) => answered(seen, 'm1').length > 0);
    const [jid = ''] = answered(bus.seen, 'm1');
    expect(jid).toMatch(/^\d{20}$/);
    // 3006 says it under the bare jid, 3008 under salt/job/<jid>/publish, 3007 under both.
    const published = jidsOf(bus.seen, 'publish').filter((each) => each === jid);
    expect(published).toHaveLength(version.startsWith('3007') ? 2 : 1);

    // A minion fires what looks like another's return, a publish, its own return and its key.
    const claim = JSON.stringify({ id: 'm2', cmd: '_return', jid: FORGED_JID, fun: 'test.ping' });
    for (const tag of ['ret/m2', 'ret/m1', 'new', 'publish'])
      await lab.salt('m1', 'event.fire_master', claim, `salt/job/${FORGED_JID}/${tag}`);
    await lab.salt('m1', 'event.fire_master', claim, 'salt/auth');
    await lab.salt('*', 'test.ping');
    await bus.until('one ping more', (seen) => answered(seen, 'm1').length >= 7);
    const about = heard(bus.seen).filter((each) => each.jid === FORGED_JID);
    expect(about).toEqual([]);
    const inItsName = ({ kind, minion }: ReadRow) => kind === 'suspect' && minion === 'm2';
    expect(heard(bus.seen).filter(inItsName)).toEqual([]);

    await expectSuspects(lab);
    const before = answered(bus.seen, 'm1').length;

    await lab.restartMaster();
    await bus.until('another connection', (seen) => links(seen).filter(Boolean).length === 2);
    await lab.awaitAnswers(['m1']);
    await bus.until('a return', (seen) => answered(seen, 'm1').length > before);
    expect(links(bus.seen)).toEqual([false, true, false, true]);
    const lost = bus.seen.filter(({ kind }) => kind === 'bus_loss');
    expect(lost, 'what could not be decoded or was dropped').toEqual([]);
    for (const { stampWallMs } of heard(bus.seen)) expect(stampWallMs).toBeGreaterThan(1.7e12);
  });
});
