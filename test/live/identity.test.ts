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
/**
 * Three or four on an idle machine. A loaded one answers late, which names nobody, and a heartbeat
 * hides the instant of some: patience, not a figure.
 */
const PINGS_MOST = 20;
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

  /** Pings each alone, until all have their name: how many pings that took at most. */
  async function pingEach(ids: readonly string[], port: 'request', most: number): Promise<number> {
    for (let round = 1; round <= most; round += 1) {
      for (const id of ids) {
        await stand.ping(id);
        await stand.scans(1);
      }
      const named = await stand.named(port);
      if (ids.every((id) => named.has(id))) return round;
    }
    return Number.NaN;
  }

  /** How many have their name after each round. */
  async function rounds(): Promise<readonly number[]> {
    const progress: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      await stand.ping('*');
      await stand.scans(2);
      progress.push((await stand.named('request')).size);
    }
    return progress;
  }

  async function expectNoneWrong(): Promise<void> {
    notes.push(`seconds to answer, with how many: ${await stand.serviceTimes()}`);
    const { right, wrong, unseen } = stand.verdict();
    notes.push(`${right} names right, ${wrong.length} wrong, ${unseen} of unseen connections`);
    expect(wrong).toEqual([]);
    expect(right).toBeGreaterThan(0);
  }

  test('request links have their names after a few pings each', async () => {
    const pings = await pingEach(stand.hidden, 'request', PINGS_MOST);
    notes.push(`request links of ${stand.hidden.length} named after ${pings} pings each`);
    await expectNoneWrong();
    expect(pings).toBeLessThanOrEqual(PINGS_MOST);
    const named = await stand.named('request');
    expect(new Set(named.values())).toEqual(new Set(['learned']));
    const metrics = await exporter.scrape();
    for (const id of stand.hidden) {
      const identity = { minion: id, port: 'request', basis: 'learned' };
      expect(metrics.value('salt_minion_identity_info', identity), id).toBe(1);
      const publish = metrics.all('salt_minion_identity_info', { minion: id, port: 'publish' });
      expect(publish.map(({ labels }) => labels.basis)).toEqual(['ambiguous']);
    }
  });

  // How many have one by then depends on the machine: exchanges above 250 ms name nobody.
  test(`no name is wrong after ${ROUNDS} rounds of all`, async () => {
    await stand.forget();
    await pause(BEATEN_MS);
    const progress = await rounds();
    notes.push(`named after each round of all: ${progress.join(' ')}`);
    await expectNoneWrong();
  });

  test(`no name is wrong among ${STRANGERS} clients that are no minions`, async () => {
    await stand.strangers(STRANGERS, STRANGERS_PER_SECOND);
    await stand.forget();
    await pause(BEATEN_MS);
    const progress = await rounds();
    await stand.endStrangers();
    notes.push(`the same among strangers: ${progress.join(' ')}`);
    await expectNoneWrong();
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
    const pings = await pingEach(stand.hidden, 'request', 3);
    await stand.scans(2);
    const publish = await stand.named('publish');
    notes.push(`after ${BREAKS} breaks: request links named after ${pings} pings`);
    notes.push(`publish links named: ${[...publish].map((entry) => entry.join(' ')).join(', ')}`);
    await expectNoneWrong();
    expect(publish.size).toBeLessThanOrEqual(pairs ? stand.hidden.length : 0);
    for (const basis of publish.values()) expect(basis).toBe('paired');
  });

  // Only the long form has it: minutes of restarts.
  if (!isLong) return;

  test('no name is wrong after restarts of the minions themselves', async () => {
    const order = [...stand.hidden].sort(() => Math.random() - 0.5);
    for (const id of order) {
      const { daemon } = stand.lab.minion(id);
      await daemon.stop();
      daemon.start();
      await pause(BREAK_EVERY_MS);
      await stand.links();
    }
    await stand.lab.awaitAnswers(stand.hidden);
    await pause(PAIRED_AFTER_MS);
    await pingEach(stand.hidden, 'request', 3);
    const publish = await stand.named('publish');
    notes.push(`restarted: publish links named ${publish.size} of ${stand.hidden.length}`);
    await expectNoneWrong();
  });
});
