/**
 * Who is who behind a router, on real masters: what the exporter says of each connection against the
 * source ports that the minions' own hosts list. The long form (IDENTITY_LONG=1) takes all release
 * lines, fifty broken connections and restarts of whole minions; the short one the release that has
 * heartbeats on both ports.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SALT_VERSIONS } from '../lab/install.js';
import { startLab } from '../lab/lab.js';
import { pause } from '../lab/run.js';
import { labGate } from './gate.js';
import { IdentityStand } from './identity-stand.js';
import { WatchedExporter } from './watched-exporter.js';

const { skip, why } = await labGate();
const isLong = !['', '0', undefined].includes(process.env.IDENTITY_LONG);
const PAIRING_VERSION = '3008.5';
const VERSIONS = isLong ? SALT_VERSIONS : ([PAIRING_VERSION] as const);
const BREAKS = isLong ? 50 : 4;
const STRANGERS = 200;
const STRANGERS_PER_SECOND = 20;
const ROUNDS = 7;
/** Of each alone: what its links need to be told from all others. */
const PINGS = 2;
/** Looks until the last event is matched: the bus may be late, and a link may wait for its reply. */
const SETTLE_SCANS = 12;
/** Of six, when 200 strangers keep the workers busy: the others are told apart by pings of each alone. */
const NAMED_AMONG_STRANGERS = 3;
const RESTARTS = 50;
/** What a minion needs for its two links after they broke, and a second before the next one's. */
const BREAK_EVERY_MS = 4_000;
/** A heartbeat of every link: before it the exporter cannot tell an age from that of a heartbeat. */
const BEATEN_MS = 12_000;
/** Both beats of the youngest pair, and a scan. */
const PAIRED_AFTER_MS = 26_000;

describe.skipIf(skip).each(VERSIONS)(`minions behind a router of Salt %s${why}`, (version) => {
  const pairs = version === PAIRING_VERSION;
  let stand: IdentityStand;
  let exporter: WatchedExporter;
  const notes: string[] = [];

  beforeAll(async () => {
    const lab = await startLab({ version, name: `who${version}`, minions: 10, nat: 6 });
    stand = new IdentityStand(lab);
    exporter = new WatchedExporter(lab);
    await exporter.ready();
    await stand.scans(2);
    await pause(BEATEN_MS);
  });
  afterAll(async () => {
    console.log(notes.map((note) => `  Salt ${version}: ${note}`).join('\n'));
    await exporter?.stop();
    await stand?.stop();
  });

  /** Pings each alone, so often; then how many of their links have their names. */
  async function pingEach(ids: readonly string[], times = PINGS): Promise<number> {
    for (let round = 1; round <= times; round += 1) {
      for (const id of ids) {
        await stand.ping(id);
        await stand.scans(1);
      }
    }
    return namedSoon(ids.length);
  }

  async function namedSoon(wanted: number): Promise<number> {
    for (let scan = 0; scan < SETTLE_SCANS; scan += 1) {
      const { size } = await stand.named('request');
      if (size >= wanted) return size;
      await stand.scans(1);
    }
    return (await stand.named('request')).size;
  }

  /** How many have their name after each round. */
  async function rounds(): Promise<readonly number[]> {
    const progress: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      await stand.ping('*');
      await stand.scans(2);
      progress.push((await stand.named('request')).size);
    }
    return [...progress, await namedSoon(stand.hidden.length)];
  }

  async function expectNoneWrong(): Promise<void> {
    notes.push(`seconds to answer, with how many: ${await stand.serviceTimes()}`);
    const { right, wrong, unseen } = stand.verdict();
    notes.push(`${right} names right, ${wrong.length} wrong, ${unseen} of unseen connections`);
    expect(wrong).toEqual([]);
    expect(right).toBeGreaterThan(0);
  }

  test(`request links have their names after ${PINGS} pings each`, async () => {
    const count = await pingEach(stand.hidden);
    notes.push(`${count} of ${stand.hidden.length} request links named after ${PINGS} pings each`);
    await expectNoneWrong();
    expect(count).toBe(stand.hidden.length);
    const named = await stand.named('request');
    expect(new Set(named.values())).toEqual(new Set(['learned']));
    for (const id of stand.hidden) {
      await stand.ping(id);
      await awaitInfo(id);
    }
  });

  /** What the exporter itself shows: it saw the same pings with other looks, and one more. */
  async function awaitInfo(id: string): Promise<void> {
    const identity = { minion: id, port: 'request', basis: 'learned' };
    const metrics = await exporter.scrapeUntil(
      `the request link of ${id} learned`,
      (body) => body.value('salt_minion_identity_info', identity) === 1,
    );
    const publish = metrics.all('salt_minion_identity_info', { minion: id, port: 'publish' });
    expect(publish.map(({ labels }) => labels.basis)).toEqual(['ambiguous']);
  }

  test(`all have their names after ${ROUNDS} rounds of all`, async () => {
    await stand.forget();
    await pause(BEATEN_MS);
    const progress = await rounds();
    notes.push(`named after each round of all: ${progress.join(' ')}`);
    await expectNoneWrong();
    expect(progress.at(-1)).toBe(stand.hidden.length);
  });

  test(`all have their names among ${STRANGERS} clients that are no minions`, async () => {
    await stand.strangers(STRANGERS, STRANGERS_PER_SECOND);
    await stand.forget();
    await pause(BEATEN_MS);
    const progress = await rounds();
    notes.push(`the same among strangers: ${progress.join(' ')}`);
    expect(progress.at(-1)).toBeGreaterThanOrEqual(NAMED_AMONG_STRANGERS);
    const count = await pingEach(stand.hidden);
    await stand.endStrangers();
    notes.push(`and after ${PINGS} pings each: ${count}`);
    await expectNoneWrong();
    expect(count).toBe(stand.hidden.length);
  });

  test(`no name is wrong while ${BREAKS} of them lose their connections`, async () => {
    for (let count = 0; count < BREAKS; count += 1) {
      const id = stand.hidden[Math.floor(Math.random() * stand.hidden.length)] ?? '';
      await stand.breakLinks(id);
      await pause(BREAK_EVERY_MS);
      if (count % 5 === 4) await stand.ping('*');
      await stand.links();
    }
    await pause(PAIRED_AFTER_MS);
    const count = await pingEach(stand.hidden);
    await stand.scans(2);
    const publish = await stand.named('publish');
    notes.push(`after ${BREAKS} breaks and ${PINGS} pings each: request links named ${count}`);
    notes.push(`publish links named: ${[...publish].map((entry) => entry.join(' ')).join(', ')}`);
    await expectNoneWrong();
    expect(publish.size).toBeLessThanOrEqual(pairs ? stand.hidden.length : 0);
    for (const basis of publish.values()) expect(basis).toBe('paired');
  });

  // Only the long form has it: minutes of restarts.
  if (!isLong) return;

  test(`no name is wrong over ${RESTARTS} restarts of the minions themselves`, async () => {
    for (let count = 1; count <= RESTARTS; count += 1) {
      const id = stand.hidden[Math.floor(Math.random() * stand.hidden.length)] ?? '';
      const { daemon } = stand.lab.minion(id);
      await daemon.stop();
      daemon.start();
      await pause(BREAK_EVERY_MS);
      if (count % 5 === 0) await stand.ping('*');
      await stand.links();
    }
    await stand.lab.awaitAnswers(stand.hidden);
    await pause(PAIRED_AFTER_MS);
    const count = await pingEach(stand.hidden);
    const publish = await stand.named('publish');
    notes.push(`restarted: ${count} request links named, ${publish.size} publish links`);
    await expectNoneWrong();
    expect(count).toBe(stand.hidden.length);
  });
});
