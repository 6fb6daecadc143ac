/**
 * The exporter beside a real minion: its links, its settings, a job that is executed, one that waits
 * for a process limit, returns that do not get through, publishes that are not read. And the master's
 * job cache beside it, which must agree.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jobDirectory } from '../../exporter/src/sources/job-cache/layout.js';
import { readJob } from '../../exporter/src/sources/job-cache/read-job.js';
import { undoneAfterEach } from '../e2e/undo.js';
import { MASTER_ADDRESS, onHost } from '../lab/hosts.js';
import { type Lab, type LabMinion, startLab } from '../lab/lab.js';
import { run } from '../lab/run.js';
import type { Exposition } from './exposition.js';
import { labGate, longReleases } from './gate.js';
import { type JobAnswer, MinionExporter } from './minion-exporter.js';

const { skip, why } = await labGate();
const undo = undoneAfterEach();

const MASTER = { master: MASTER_ADDRESS };
const SOURCES = ['kernel', 'minion_config', 'minion_bus', 'minion_jobs', 'logs'];

/** Its jid, at once. */
async function publish(lab: Lab, ...args: readonly string[]): Promise<string> {
  const argv = [join(lab.bin, 'salt'), '-c', lab.configDir, '--async', ...args];
  const { stdout } = await lab.exec(argv);
  const jid = /\d{20}/.exec(stdout)?.[0];
  if (jid === undefined) throw new Error(`no jid: ${stdout}`);
  return jid;
}

/** Packets of the minion to the request port meet this verdict until it is lifted. */
async function block(minion: LabMinion, verdict: string): Promise<() => Promise<unknown>> {
  const nft = (rules: string) => run(onHost(minion.host.namespace, ['nft', rules]));
  const chain = `type filter hook output priority 0; tcp dport 4506 ${verdict};`;
  await nft(`table inet role {\nchain out { ${chain} }\n}`);
  return () => nft('delete table inet role');
}

describe.each(longReleases())('the exporter beside a minion of Salt %s', (version) => {
  test.skipIf(skip)(`sees its links, jobs and returns${why}`, async () => {
    // 3007.17 fires what became of a request and delivers it to nobody: its own log complains of each.
    const tells = !version.startsWith('3007');
    const isOver = (job: JobAnswer) =>
      tells ? job.returned === 'answered' : job.executed === true;
    // Its processes live 30 s longer than their jobs, waiting for that: two would hold up everything.
    const processLimit = tells ? 2 : 64;
    const minionOptions = { process_count_max: `${processLimit}`, random_reauth_delay: '60' };
    const lab = await startLab({
      version,
      name: 'role',
      minions: 1,
      nat: 0,
      minion: minionOptions,
    });
    undo.push(() => lab.stop());
    const minion = lab.minion('m1');
    const exporter = new MinionExporter(lab, minion);
    undo.push(() => exporter.stop());

    const first = await exporter.scrapeUntil(
      'its links',
      (metrics) =>
        metrics.value('salt_local_links', { ...MASTER, port: 'publish' }) === 1 &&
        metrics.value('salt_local_links', { ...MASTER, port: 'request' }) === 1 &&
        SOURCES.every((source) => metrics.value('brinescope_source_up', { source }) === 1),
    );
    const option = (name: string) => first.value('salt_local_option', { option: name });
    expect(
      ['recon_max', 'process_count_max', 'random_reauth_delay', 'recon_randomize'].map(option),
    ).toEqual([10_000, processLimit, 60, 1]);
    expect(first.value('salt_local_storm_risk')).toBe(1);
    expect(first.all('salt_minions')).toEqual([]);

    const requests = (metrics: Exposition, result: string) =>
      metrics.value('salt_local_requests_total', { ...MASTER, result }) ?? 0;
    const jobs = (metrics: Exposition, outcome: string) =>
      metrics.value('salt_local_jobs_total', { outcome }) ?? 0;

    // Executed and answered.
    const answeredBefore = requests(first, 'answered');
    const ping = await publish(lab, 'm1', 'test.ping');
    const pinged = await exporter.jobUntil('an answer', ping, isOver);
    expect(pinged).toMatchObject({ received: true, executed: true, queued: false });
    const second = await exporter.scrapeUntil(
      'an answered request',
      (metrics) => requests(metrics, 'answered') > answeredBefore && jobs(metrics, 'executed') >= 1,
    );
    expect([requests(second, 'abandoned'), requests(second, 'refused')]).toEqual([0, 0]);
    expect(jobs(second, 'not_returned')).toBe(0);
    const path = jobDirectory(join(lab.configDir, 'cache/jobs'), 'sha256', ping);
    expect(await readJob({ path, minions: ['m1'] })).toEqual({
      state: 'present',
      loadWritten: true,
      nocache: false,
      minions: ['m1'],
      truncated: false,
    });
    const unheard = await exporter.job('20200101000000000000');
    expect(unheard).toMatchObject({ received: false, executed: false, returned: 'unknown' });

    // Two processes run, the third job waits on the disk of the minion.
    if (tells) {
      const sleepers = [
        await publish(lab, 'm1', 'test.sleep', '12'),
        await publish(lab, 'm1', 'test.sleep', '12'),
      ];
      for (const jid of sleepers)
        await exporter.jobUntil('a process', jid, (job) => job.running === true);
      const waiting = await publish(lab, 'm1', 'test.ping');
      const queued = await exporter.jobUntil(
        'a job that waits',
        waiting,
        (job) => job.queued === true,
      );
      expect(queued).toMatchObject({ received: true, executed: false });
      await exporter.jobUntil('its turn', waiting, isOver);
      await exporter.scrapeUntil('a queued job', (metrics) => jobs(metrics, 'queued') >= 1);
    }

    // The process of the minion stops: what is published stays unread on its host.
    minion.daemon.freeze();
    const unread = await publish(lab, 'm1', 'test.ping');
    await exporter.scrapeUntil(
      'unread publishes',
      (metrics) => (metrics.value('salt_local_publish_receive_queue_bytes', MASTER) ?? 0) > 100,
    );
    expect(await exporter.job(unread)).toMatchObject({ received: false, executed: false });
    minion.daemon.thaw();
    await exporter.jobUntil('its return', unread, (job) => job.executed === true);
    await lab.awaitAnswers(['m1']);

    // Nothing of the minion reaches the request port: executed, and given up.
    const lift = await block(minion, 'drop');
    const lost = await publish(lab, 'm1', 'test.ping');
    const executed = await exporter.jobUntil('its end', lost, (job) => job.executed === true);
    expect(executed.received).toBe(true);
    await exporter.scrapeUntil(
      'a request that waits',
      (metrics) => (metrics.value('salt_local_request_wait_seconds', MASTER) ?? 0) > 0,
    );
    if (tells) {
      await exporter.jobUntil('the end of its tries', lost, (job) => job.returned !== 'unknown');
      expect((await exporter.job(lost)).returned).toMatch(/^(?:abandoned|refused)$/);
    }
    await exporter.scrapeUntil(
      'an abandoned request',
      (metrics) =>
        requests(metrics, 'abandoned') >= 1 && (!tells || jobs(metrics, 'not_returned') >= 1),
    );
    await lift();
    await lab.awaitAnswers(['m1']);
    const lostPath = jobDirectory(join(lab.configDir, 'cache/jobs'), 'sha256', lost);
    // What the kernel still held of the closed connection may have arrived after all.
    const kept = await readJob({ path: lostPath, minions: ['m1'] });
    expect(kept).toMatchObject({ state: 'present', loadWritten: true });

    // The request port refuses connections.
    const refusedBefore = requests(await exporter.scrapeUntil('a scrape', () => true), 'refused');
    const open = await block(minion, 'reject with tcp reset');
    await publish(lab, 'm1', 'test.ping');
    await exporter.scrapeUntil(
      'a refused attempt',
      (metrics) => requests(metrics, 'refused') > refusedBefore,
    );
    await open();
    await lab.awaitAnswers(['m1']);
  });
});
