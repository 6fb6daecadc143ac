/**
 * The request ledger on a live master: workers that stand still, clients that give up, handlers that
 * raise and that take their time, beside what clients print and what Salt keeps.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { JobCache } from '../lab/job-cache.js';
import { processesTitled, signalAll } from '../lab/processes.js';
import { until } from '../lab/run.js';
import type { Exposition } from './exposition.js';
import type { Run } from './scenario.js';

/** 3006, 3007: `MWorker-0`; 3008: `MWorker-default-0`; a replaced one may have no number. */
const WORKER = / MWorker(-\S+)? *$/;
const WORKERS = 3;
/** Salt's client asks so often. */
const TRIES = 3;
/** The runner takes so long, the ledger knows it to an eighth; a bucket of the histogram ends below. */
const RUNNER_SECONDS = 8;
const SLOW_BUCKET_LE = '4.096';

/** All workers stand still: a client asks three times, gives up, and its jobs run when it has gone. */
export async function clientGivesUp(run: Run): Promise<void> {
  const { lab, exporter } = run;
  const cache = new JobCache(lab);
  const workers = await workersOf(run);
  const before = await exporter.scrape();
  const kept = await cache.published();
  await standing(workers, async () => {
    const argv = [`${lab.bin}/salt`, '-c', lab.configDir, 'm1', 'test.ping'];
    const client = lab.exec(argv, { allow: [0, 1] });
    await exporter.scrapeUntil('a waiting request', (body) => waiting(body) > 0, seen);
    const { stdout, stderr } = await client;
    expect(`${stdout}${stderr}`).toContain('Salt request timed out');
    const wedged = await exporter.scrapeUntil(
      'three abandoned requests, and all workers wedged',
      (body) =>
        grown(before, body)('salt_requests_abandoned_total', { peer: 'local' }) === TRIES &&
        body.value('salt_wedged_workers') === WORKERS,
      seen,
    );
    expect(grown(before, wedged)('salt_requests_abandoned_total', { peer: 'minion' })).toBe(0);
    expect(ghosts(wedged)).toBe(ghosts(before));
  });
  const jobs = async () => [...(await cache.published())].filter((jid) => !kept.has(jid));
  await until('three jobs that nobody waits for', async () =>
    (await jobs()).length === TRIES ? true : undefined,
  );
  const after = await exporter.scrapeUntil(
    'three ghosts, no waiting request and no wedged worker',
    (body) =>
      ghosts(body) - ghosts(before) === TRIES &&
      waiting(body) === 0 &&
      body.value('salt_wedged_workers') === 0,
    seen,
  );
  const proven = grown(before, after)('salt_ghost_jobs_total', { confidence: 'proven' });
  run.note(`a client gave up: 3 abandoned, 3 jobs ran without it, ${proven} proven ghosts`);
}

/** One worker of three: every third ping of ours hangs. */
export async function oneWorkerStands(run: Run): Promise<void> {
  const [worker = 0] = await workersOf(run);
  const wedged = (count: number) =>
    run.exporter.scrapeUntil(
      `${count} wedged workers`,
      (body) => body.value('salt_wedged_workers') === count,
      seen,
    );
  await wedged(0);
  await standing([worker], async () => {
    const before = await wedged(1);
    // it stays one while as many pings hang as there are workers
    const after = await run.exporter.scrapeUntil(
      'three unanswered pings',
      (body) => timeouts(body) - timeouts(before) >= WORKERS - 1,
      seen,
    );
    expect(after.value('salt_wedged_workers')).toBe(1);
  });
  await wedged(0);
  run.note('one of three workers stood still: 1 wedged, then 0');
}

/** An `_auth` without its fields: an exception leaves the worker waiting to send, for good. */
const HALF_A_REQUEST = [
  'import msgpack, zmq',
  's = zmq.Context().socket(zmq.REQ)',
  's.connect("tcp://10.77.0.1:4506")',
  's.send(msgpack.packb({"enc": "clear", "load": {"cmd": "_auth"}, "version": 3}))',
  'print("answered" if s.poll(5000) else "silence")',
  's.close(0)',
].join('\n');

/** A request that wedges the worker that takes it: the process lives, and answers nobody. */
export async function requestWedges(run: Run): Promise<void> {
  const { lab, exporter } = run;
  const workers = await workersOf(run);
  const before = await exporter.scrape();
  const { stdout } = await lab.exec([`${lab.bin}/python`, '-c', HALF_A_REQUEST]);
  expect(stdout.trim()).toBe('silence');
  const wedged = await exporter.scrapeUntil(
    'one wedged worker and one abandoned request',
    (body) =>
      body.value('salt_wedged_workers') === 1 &&
      grown(before, body)('salt_requests_abandoned_total', { peer: 'local' }) === 1,
    seen,
  );
  expect(ghosts(wedged)).toBe(ghosts(before));
  expect(await workersOf(run), 'workers, none of them ended').toEqual(workers);
  // Salt starts others in their place
  signalAll(workers, 'SIGKILL');
  await until('new workers', async () => {
    const now = await processesTitled(lab.namespace, WORKER);
    return now.length === WORKERS && !now.some((pid) => workers.includes(pid)) ? true : undefined;
  });
  const healed = async () => {
    await lab.awaitAnswers(['m1', 'm2', 'm3', 'm4']);
    const body = await exporter.scrape();
    return body.value('salt_wedged_workers') === 0 ? true : undefined;
  };
  await until('no wedged worker once requests are answered', healed);
  run.note('half a request: silence, 1 wedged worker, 1 abandoned; 0 with new workers');
}

/** A publish whose handler raises: no job directory can be made. */
export async function handlerRaises(run: Run): Promise<void> {
  const { lab, exporter } = run;
  const jobs = join(lab.configDir, 'cache/jobs');
  const before = await exporter.scrape();
  await rename(jobs, `${jobs}.away`);
  await writeFile(jobs, '');
  const argv = [`${lab.bin}/salt`, '-c', lab.configDir, 'm1', 'test.ping'];
  const { stdout, stderr } = await lab.exec(argv, { allow: [0, 1, 2] });
  await rm(jobs, { recursive: true });
  await rename(`${jobs}.away`, jobs);
  expect(`${stdout}${stderr}`).toContain('Some exception handling minion payload');
  const after = await exporter.scrapeUntil(
    'one failed request',
    (body) => grown(before, body)('salt_requests_failed_total', { peer: 'local' }) === 1,
    seen,
  );
  expect(grown(before, after)('salt_requests_failed_total', { peer: 'minion' })).toBe(0);
  run.note('a handler raised: the client says so, 1 failed');
}

/** A minion asks for a runner that sleeps: a worker serves that one request all the time. */
export async function slowRunner(run: Run): Promise<void> {
  const { lab, exporter } = run;
  const before = await exporter.scrape();
  const asked = lab.salt('m1', 'publish.runner', 'test.sleep', String(RUNNER_SECONDS), '-t', '60');
  const hanging = await exporter.scrapeUntil(
    'a waiting request of m1',
    (body) => (body.value('salt_minion_request_wait_seconds', { minion: 'm1' }) ?? 0) > 1,
    (body) => [seen(body), body.all('salt_minion_request_wait_seconds')],
  );
  expect(waiting(hanging)).toBeGreaterThan(0);
  expect(await asked).toEqual({ m1: true });
  const name = 'salt_request_service_seconds';
  const slow = (body: Exposition) =>
    (body.value(`${name}_count`) ?? Number.NaN) -
    (body.value(`${name}_bucket`, { le: SLOW_BUCKET_LE }) ?? Number.NaN);
  const after = await exporter.scrapeUntil(
    'one slow request in the histogram',
    (body) => slow(body) - slow(before) >= 1,
    (body) => body.all(`${name}_bucket`),
  );
  const seconds = grown(before, after)(`${name}_sum`);
  expect(seconds).toBeGreaterThan((RUNNER_SECONDS * 7) / 8);
  expect(grown(before, after)('salt_requests_abandoned_total', { peer: 'minion' })).toBe(0);
}

/** These processes stand still while `watch` runs, and run on whatever it finds. */
async function standing(pids: readonly number[], watch: () => Promise<void>): Promise<void> {
  signalAll(pids, 'SIGSTOP');
  try {
    await watch();
  } finally {
    signalAll(pids, 'SIGCONT');
  }
}

async function workersOf({ lab }: Run): Promise<number[]> {
  const workers = await processesTitled(lab.namespace, WORKER);
  expect(workers, 'workers of the master').toHaveLength(WORKERS);
  return workers;
}

function waiting(body: Exposition): number {
  return body.value('salt_requests_waiting') ?? 0;
}

function timeouts(body: Exposition): number {
  return body.value('salt_request_ping_total', { result: 'timeout' }) ?? Number.NaN;
}

function ghosts(body: Exposition): number {
  const series = body.all('salt_ghost_jobs_total');
  return series.reduce((total, { value }) => total + value, 0);
}

function grown(before: Exposition, after: Exposition) {
  return (name: string, labels: Record<string, string> = {}): number =>
    (after.value(name, labels) ?? Number.NaN) - (before.value(name, labels) ?? Number.NaN);
}

function seen(body: Exposition): unknown {
  const names = ['salt_requests_waiting', 'salt_requests_abandoned_total', 'salt_wedged_workers'];
  names.push('salt_requests_failed_total', 'salt_ghost_jobs_total', 'salt_request_ping_total');
  return names.map((name) => body.all(name).map(({ labels, value }) => [name, labels, value]));
}
