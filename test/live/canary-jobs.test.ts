/**
 * Canary jobs on real masters: pings and file pulls of minions that are well, stopped, or kept from
 * their files, refusals, a restart of the master, and the budget.
 */
import { watch } from 'node:fs';
import { mkdir, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { undoneAfterEach } from '../e2e/undo.js';
import { onHost } from '../lab/hosts.js';
import type { SaltVersion } from '../lab/install.js';
import { type Lab, startLab } from '../lab/lab.js';
import { run } from '../lab/run.js';
import type { Exposition } from './exposition.js';
import { labGate, longReleases } from './gate.js';
import { WatchedExporter } from './watched-exporter.js';

const { skip, why } = await labGate();
const undo = undoneAfterEach();

const BUDGET = 60;
const FILE_NAMES = 16;
const PINGS = 'salt_canary_ping_total';
const FILES = 'salt_canary_file_pull_total';
const ON = ['--canary.jobs=on', `--canary.jobs-per-minute=${BUDGET}`];
const names = Array.from({ length: FILE_NAMES }, (_, n) => String(n).padStart(2, '0'));

const count = (metrics: Exposition, family: string, result: string) =>
  metrics.value(family, { result }) ?? Number.NaN;
const reason = (metrics: Exposition, name: string) =>
  metrics.value('brinescope_source_errors_total', { source: 'job_canary', reason: name }) ?? 0;
const shown = (metrics: Exposition) => [
  ...metrics.all(PINGS),
  ...metrics.all(FILES),
  ...metrics.all('brinescope_source_errors_total', { source: 'job_canary' }),
];

describe.each(longReleases())('canary jobs on Salt %s', (version) => {
  test.skipIf(skip)(`find what is wrong and keep to their budget${why}`, async () => {
    const stand = await startStand(version);
    const { lab } = stand;
    const exporter = await startExporter(lab, [`--canary.file-dir=${stand.canary}`]);
    const grows = async (family: string, result: string, by = 2) => {
      const before = count(await exporter.scrape(), family, result);
      const what = `${family}{result="${result}"} to grow by ${by}`;
      const holds = (metrics: Exposition) => count(metrics, family, result) >= before + by;
      return exporter.scrapeUntil(what, holds, shown);
    };

    // All is well.
    await grows(PINGS, 'ok', 4);
    const well = await grows(FILES, 'ok', 4);
    for (const result of ['wrong_content', 'missing', 'timeout', 'error'])
      expect(count(well, FILES, result), result).toBe(0);
    expect([count(well, PINGS, 'timeout'), count(well, PINGS, 'error')]).toEqual([0, 0]);
    const pinged = well.all('salt_minion_ping_last_success_timestamp_seconds');
    expect(pinged.map(({ labels }) => labels.minion).sort()).toEqual(['m1', 'm2']);
    expect(well.value('salt_canary_round_seconds')).toBe(2);
    const answered = well.value('salt_canary_ping_seconds_count') ?? 0;
    const took = (well.value('salt_canary_ping_seconds_sum') ?? 0) / answered;
    expect(took).toBeGreaterThan(0.001);
    console.log(`  Salt ${version}: a canary ping takes ${took.toFixed(3)} s on average`);
    // They are nobody's jobs.
    expect(well.value('salt_jobs_total', { outcome: 'complete' })).toBe(0);
    expect(well.all('salt_new_job_total', { function: 'test.ping' })).toEqual([]);
    expect(well.all('salt_new_job_total', { function: 'cp.get_file_str' })).toEqual([]);
    expect(well.value('salt_ghost_jobs_total', { confidence: 'likely' })).toBe(0);

    // Another root has files of the same names.
    for (const name of names)
      await writeFile(join(stand.shadow, `brinescope-canary-${name}`), 'x'.repeat(512));
    await grows(FILES, 'wrong_content');
    await rm(stand.shadow, { recursive: true });
    await grows(FILES, 'ok');

    // Somebody takes the files away before a minion comes for them.
    const thief = watch(stand.canary, (_event, name) => {
      if (name?.startsWith('brinescope-')) unlink(join(stand.canary, name)).catch(() => undefined);
    });
    await grows(FILES, 'missing');
    thief.close();
    await grows(FILES, 'ok');

    // m1 gets no new connection, as its file client makes; its returns go on. m2 is stopped.
    await blockNewConnections(lab, 'm1');
    lab.minion('m2').daemon.freeze();
    const [pings] = await Promise.all([grows(PINGS, 'timeout', 1), grows(FILES, 'timeout', 1)]);
    expect(count(pings, PINGS, 'error')).toBe(0);
    lab.minion('m2').daemon.thaw();
    await run(onHost(lab.minion('m1').host.namespace, ['nft', 'flush', 'ruleset']));
    await grows(PINGS, 'ok');
    await grows(FILES, 'ok');

    expect(await mostInAMinute(lab)).toBeLessThanOrEqual(BUDGET);
    const cached = await readdir(join(lab.directory, 'm1/cache/files/base/canary'));
    console.log(`  Salt ${version}: m1 keeps ${cached.length} files in its cache`);
    expect(cached.length).toBeLessThanOrEqual(FILE_NAMES);

    // A key of another master; the restart writes a new one.
    await writeFile(join(lab.configDir, 'cache/.root_key'), `${'A'.repeat(75)}=`);
    const refused = (metrics: Exposition) => reason(metrics, 'refused_authentication') > 0;
    const wrongKey = await exporter.scrapeUntil('a wrong key to be refused', refused, shown);
    expect(wrongKey.value('brinescope_source_up', { source: 'job_canary' })).toBe(0);
    expect(wrongKey.value('salt_publishes_lost_total', { reason: 'authentication' })).toBe(0);
    await lab.restartMaster();
    await lab.awaitAnswers(['m1', 'm2']);
    const again = await grows(PINGS, 'ok');
    expect(again.value('brinescope_source_up', { source: 'job_canary' })).toBe(1);
    await exporter.stop();
    expect(await readdir(stand.canary), 'nothing is left behind').toEqual([]);

    // Without the rights, and without a key at all: said, counted, and few.
    const bare = await startExporter(lab, ['--canary.jobs-user=nobody']);
    const denied = (metrics: Exposition) => reason(metrics, 'refused_authorization') > 0;
    const without = await bare.scrapeUntil('the ACL to refuse', denied, shown);
    expect(count(without, PINGS, 'ok')).toBe(0);
    expect(without.value('brinescope_source_up', { source: 'job_canary' })).toBe(0);
    expect(bare.output).toMatch(/publisher_acl/);
    await bare.stop();
    const keyless = await startExporter(lab, ['--canary.jobs-user=somebody']);
    const missing = (metrics: Exposition) => reason(metrics, 'key_missing') > 0;
    const none = await keyless.scrapeUntil('the key to be missing', missing, shown);
    expect(count(none, PINGS, 'error')).toBeLessThanOrEqual(3);
    expect(keyless.output).toMatch(/somebody_key does not exist/);
    const key = await readFile(join(lab.configDir, 'cache/.root_key'), 'utf8');
    for (const output of [exporter.output, bare.output, keyless.output])
      expect(output).not.toContain(key.slice(0, 20));
  });
});

interface Stand {
  readonly lab: Lab;
  /** The directory that the operator made, and one of the same name in a root before it. */
  readonly canary: string;
  readonly shadow: string;
}

async function startStand(version: SaltVersion): Promise<Stand> {
  const name = 'cj';
  const lab = await startLab({
    version,
    name,
    minions: 2,
    nat: 0,
    master: { publisher_acl: '{nobody: [test.echo]}' },
  });
  undo.push(() => lab.stop());
  const first = join(lab.directory, 'first');
  const canary = join(lab.directory, 'files/canary');
  const shadow = join(first, 'canary');
  for (const directory of [canary, shadow]) await mkdir(directory, { recursive: true });
  await lab.configureMaster({ file_roots: `{base: [${first}, ${join(lab.directory, 'files')}]}` });
  await lab.restartMaster();
  await lab.awaitAnswers(['m1', 'm2']);
  return { lab, canary, shadow };
}

async function startExporter(lab: Lab, flags: readonly string[]): Promise<WatchedExporter> {
  const exporter = new WatchedExporter(lab, [...ON, ...flags]);
  undo.push(() => exporter.stop());
  await exporter.ready();
  return exporter;
}

/** Packets that begin a connection vanish; those of open ones pass. */
async function blockNewConnections(lab: Lab, id: string): Promise<void> {
  const { namespace } = lab.minion(id).host;
  const rules = [
    'add table inet block',
    'add chain inet block out { type filter hook output priority 0; }',
    'add rule inet block out tcp dport 4506 tcp flags & (syn|ack) == syn drop',
  ];
  await run(onHost(namespace, ['nft', rules.join('; ')]));
}

/** By the jids that the master's job cache keeps: the master's own witness. */
async function mostInAMinute(lab: Lab): Promise<number> {
  const jobs = join(lab.configDir, 'cache/jobs');
  const files = await readdir(jobs, { recursive: true });
  const jids = await Promise.all(
    files.filter((path) => path.endsWith('/jid')).map((path) => readFile(join(jobs, path), 'utf8')),
  );
  const sent = jids.filter((jid) => jid.endsWith('_04507')).map(instantOf);
  sent.sort((a, b) => a - b);
  expect(sent.length).toBeGreaterThan(10);
  return Math.max(
    ...sent.map((from) => sent.filter((at) => at >= from && at < from + 60_000).length),
  );
}

function instantOf(jid: string): number {
  const [, day = '', time = '', ms = ''] = /^(\d{8})(\d{6})(\d{3})/.exec(jid) ?? [];
  const date = day.replace(/(....)(..)(..)/, '$1-$2-$3');
  return Date.parse(`${date}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}.${ms}Z`);
}
