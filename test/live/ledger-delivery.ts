/**
 * The delivery ledger on a live master: what a minion that stood still lost, by our figures, by
 * Salt's job cache and by the kernels of the minions' hosts.
 */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { onHost } from '../lab/hosts.js';
import { JobCache } from '../lab/job-cache.js';
import type { Lab } from '../lab/lab.js';
import { type Burst, JobPublisher } from '../lab/publisher.js';
import { run as runProgram, until } from '../lab/run.js';
import type { Exposition } from './exposition.js';
import type { Run } from './scenario.js';

/** A queue of 20 overflows at once; and a burst may take as long as a slow machine needs for it. */
export const LEDGER_MASTER = {
  pub_hwm: '20',
  zmq_heartbeat_timeout: '900000',
  peer_run: "{'.*': ['test.*']}",
} as const;
const HWM = 20;

/** 60 kB each; a minion answers with 32 characters. */
const BURST: Omit<Burst, 'minions'> = {
  count: 400,
  function: 'hashutil.md5_digest',
  arguments: ['x'.repeat(60_000)],
};

export interface Losses {
  /** Jobs of the burst that a stopped minion never returned, by its id. */
  readonly lost: ReadonlyMap<string, number>;
  readonly before: Exposition;
  /** While they stood still, the whole burst published. */
  readonly stopped: Exposition;
  readonly after: Exposition;
}

/** Publishes the burst to these minions while their processes stand still, and lets them run on. */
export async function loseBurst(run: Run, stopped: readonly string[]): Promise<Losses> {
  const { lab, exporter } = run;
  const logged = await publishedLines(lab);
  const before = await exporter.scrape();
  const publisher = new JobPublisher(lab);
  for (const id of stopped) lab.minion(id).daemon.freeze();
  const asked = Date.now();
  const jids = await publisher.publish({ ...BURST, minions: stopped });
  const started = Date.now();
  expect(new Set(jids).size).toBe(BURST.count);
  const standing = await exporter.scrapeUntil(
    'the whole burst on our subscription',
    (body) => messages(body) - messages(before) >= BURST.count,
    (body) => [messages(before), messages(body)],
  );
  for (const id of stopped) lab.minion(id).daemon.thaw();
  await lab.awaitAnswers(lab.minions.map(({ id }) => id));
  await allReturned(lab, stopped);
  const cache = new JobCache(lab);
  const lost = new Map<string, number>();
  for (const id of stopped) {
    const returned = await cache.returned(id);
    lost.set(id, jids.filter((jid) => !returned.has(jid)).length);
  }
  run.note(`${BURST.count} publishes took ${((started - asked) / 1000).toFixed(1)} s`);
  const settled = (body: Exposition) => dropped(body) - dropped(before) >= sum(lost.values());
  const after = await exporter.scrapeUntil('as many drops as losses', settled, (body) => [
    body.all('salt_dropped_messages_total'),
    body.all('salt_minion_ledger_known'),
    body.all('salt_minion_lag_messages'),
    [...lost],
  ]);
  await publisher.close();
  // everything that was published since `before`, jobs of Salt's own included, and nothing else
  const published = (await publishedLines(lab)) - logged;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  run.note(
    `${published} jobs published; lost ${[...lost].map((each) => each.join(' ')).join(', ')};` +
      ` agreed ${seconds} s after the burst`,
  );
  return { lost, before, stopped: standing, after };
}

/** Waits until these ledgers are known; a new link's base needs a quiet moment. */
export async function ledgersKnown(run: Run, ids: readonly string[]): Promise<void> {
  await run.exporter.scrapeUntil(
    `a known ledger of ${ids}`,
    (body) => ids.every((minion) => body.value('salt_minion_ledger_known', { minion }) === 1),
    (body) => body.all('salt_minion_ledger_known'),
  );
}

/** A gap of our own, a death: reasons that must not appear. */
export function expectOnlyHwm({ before, after }: Losses): void {
  for (const peer of ['minion', 'unknown']) {
    for (const reason of ['disconnect', 'all_links']) {
      const of = (body: Exposition) => body.value('salt_dropped_messages_total', { reason, peer });
      expect(of(after), `${reason} ${peer}`).toBe(of(before));
    }
  }
  const gap = (body: Exposition) => body.value('salt_publish_gap_messages_total');
  expect(gap(after)).toBe(gap(before));
}

/** Drops by the mark, of one minion or of nobody known. */
export function hwmDrops({ before, after }: Losses, minion?: string): number {
  const of = (body: Exposition) =>
    minion === undefined
      ? body.value('salt_dropped_messages_total', { reason: 'hwm', peer: 'unknown' })
      : body.value('salt_minion_dropped_messages_total', { minion, reason: 'hwm' });
  return (of(after) ?? Number.NaN) - (of(before) ?? Number.NaN);
}

/** Queue and lag of a minion that stood still, beside the bytes that its own kernel had. */
export function expectFullQueue({ stopped }: Losses, minion: string): void {
  const of = (name: string) => stopped.value(`salt_minion_${name}`, { minion }) ?? Number.NaN;
  expect(of('queue_pressure_ratio'), 'pressure').toBe(1);
  expect(of('queue_messages'), 'queue').toBeGreaterThanOrEqual(HWM);
  expect(of('lag_messages'), 'lag').toBeGreaterThan(of('queue_messages'));
  expect(of('send_queue_bytes'), 'send queue').toBeGreaterThan(0);
}

export function messages(body: Exposition): number {
  return body.value('salt_publish_messages_total') ?? Number.NaN;
}

/** What the master itself wrote down of each publish, find_job included. */
export async function publishedLines(lab: Lab): Promise<number> {
  const text = await readFile(lab.master.logFile, 'utf8');
  return text.split('Published command').length - 1;
}

/** Bytes that the host of a minion received on its connection to 4505, by its own kernel. */
export async function bytesAtHost(lab: Lab, id: string): Promise<number> {
  const argv = ['ss', '-tinH', 'state', 'established', 'dport', '=', ':4505'];
  const { stdout } = await runProgram(onHost(lab.minion(id).host.namespace, argv));
  const found = [...stdout.matchAll(/bytes_received:(\d+)/g)].map(([, bytes]) => Number(bytes));
  const [bytes = Number.NaN, second] = found;
  if (second !== undefined) throw new Error(`several connections of ${id}: ${stdout}`);
  return bytes;
}

/** No job runs on these minions any more: each of theirs has been returned. */
async function allReturned(lab: Lab, ids: readonly string[]): Promise<void> {
  const idle = async () => {
    const answers = await lab.salt('-L', ids.join(','), 'saltutil.running');
    const isIdle = (answer: unknown) => Array.isArray(answer) && answer.length === 0;
    return ids.every((id) => isIdle(answers[id])) ? true : undefined;
  };
  await until('an end of all jobs', idle, { everyMs: 500 });
}

function dropped(body: Exposition): number {
  const series = body.all('salt_dropped_messages_total', { reason: 'hwm' });
  return sum(series.map(({ value }) => value));
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}
