/** The demo from start to Ctrl-C: what the exporter says about its fleet against what really happened there, and what is left. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canPullCables } from '../../exporter/src/demo/cable.js';
import type { Role } from '../../exporter/src/demo/plan.js';
import type { MinionTruth } from '../../exporter/src/demo/truth.js';
import type { JobDetailView } from '../../exporter/src/http/job-api-types.js';
import { DemoProcess, eventually, parseSamples, readTruth } from './demo-fleet.js';

const PORTS = { publish: 14_805, request: 14_806, web: 14_807 };
const ARGS = [
  ...['--minions', '72', '--publish-port', String(PORTS.publish)],
  ...['--request-port', String(PORTS.request), '--web-port', String(PORTS.web)],
];
const URL_BASE = `http://127.0.0.1:${PORTS.web}`;
/** Roles whose publish link the exporter can name by its address alone. */
const NAMED: readonly Role[] = ['steady', 'flapping', 'unplugged', 'stopped', 'vanishing', 'slow'];

async function metrics(): Promise<Map<string, number>> {
  const answer = await fetch(`${URL_BASE}/metrics`);
  return parseSamples(await answer.text());
}

/** Verdicts on the returns that this job lacks. */
async function lossesOf(jid: string): Promise<JobDetailView['losses']> {
  const answer = await fetch(`${URL_BASE}/api/v1/jobs/${jid}`);
  if (!answer.ok) return [];
  const job: JobDetailView = await answer.json();
  return job.losses;
}

/** Ids of the minions that have this status now. */
function withStatus(samples: ReadonlyMap<string, number>, status: string): string[] {
  const ids: string[] = [];
  for (const [series, value] of samples) {
    if (!series.startsWith('salt_minion_status{') || value !== 1) continue;
    if (!series.includes(`status="${status}"`)) continue;
    ids.push(/minion="([^"]*)"/.exec(series)?.[1] ?? '');
  }
  return ids.sort();
}

/** All descendants that live, by scanning /proc; zombies are dead. */
function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = readStat(Number(name));
    if (stat && stat.state !== 'Z') parents.set(Number(name), stat.parent);
  }
  const found = [root];
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child);
  }
  return found.slice(1);
}

function readStat(pid: number): { state: string; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent = '0'] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}

const isAlive = (pid: number) => (readStat(pid)?.state ?? 'Z') !== 'Z';

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen({ host: '127.0.0.1', port }, () => probe.close(() => done(true)));
  });
}

/** From the line that says where the record is. */
async function truthOf(demo: DemoProcess): Promise<string> {
  const line = await demo.line(/truth +\S+truth\.json/);
  return /(\/\S+truth\.json)/.exec(line)?.[1] ?? '';
}

async function expectNothingLeft(pids: readonly number[], truthPath: string): Promise<void> {
  await eventually(
    'all processes gone',
    () => pids.filter(isAlive),
    (alive) => alive.length === 0,
  );
  for (const port of Object.values(PORTS)) expect(await isFree(port)).toBe(true);
  expect(existsSync(truthPath)).toBe(false);
}

describe('the demo', () => {
  let demo: DemoProcess;
  let truthPath: string;
  const minions = () => readTruth(truthPath).minions;
  const jobs = () => readTruth(truthPath).jobs;
  const ids = (...roles: readonly Role[]) =>
    minions()
      .filter(({ role }) => roles.includes(role))
      .map(({ id }) => id)
      .sort();

  /** Waits until exactly these minions have this status, and answers with the figures of that moment. */
  const statusIs = (status: string, expected: readonly string[]) =>
    eventually(
      `${status}: ${expected.join(' ')}`,
      metrics,
      (samples) => withStatus(samples, status).join() === [...expected].sort().join(),
    );

  beforeAll(async () => {
    demo = new DemoProcess([...ARGS, '--faults', 'none', '--commands']);
    truthPath = await truthOf(demo);
  });

  afterAll(async () => {
    await demo?.end('SIGKILL');
  });

  it('has a link of each kind from every minion that runs, and the exporter names those it can', async () => {
    const running = await eventually(
      'the fleet is complete',
      minions,
      (all) => all.filter(({ connected }) => connected).length === 72 - ids('gone').length,
    );
    const named = running.filter(({ role }) => NAMED.includes(role));
    await statusIs(
      'ok',
      named.map(({ id }) => id),
    );
    const samples = await metrics();
    for (const { id } of named) {
      expect(samples.get(`salt_minion_links{minion="${id}",port="publish"}`)).toBe(1);
      expect(samples.get(`salt_minion_links{minion="${id}",port="request"}`)).toBe(1);
    }
    const unnamed = ids('nat', 'fresh').length;
    expect(samples.get('salt_links{port="publish",peer="unknown"}')).toBe(unnamed);
    expect(samples.get('salt_links{port="request",peer="unknown"}')).toBe(
      unnamed + ids('pending').length,
    );
  });

  it('says ambiguous of those whom an unnamed link could be, and counts keys by state', async () => {
    const samples = await statusIs('ambiguous', ids('nat', 'fresh', 'gone'));
    expect(samples.get('salt_keys{state="accepted"}')).toBe(72);
    expect(samples.get('salt_keys{state="pending"}')).toBe(ids('pending').length);
    expect(samples.get('salt_keys{state="rejected"}')).toBe(1);
    expect(samples.get('salt_keys{state="denied"}')).toBe(1);
  });

  it('names a link once its grains are cached, and the decommissioned are stale', async () => {
    await demo.order({ do: 'cache_grains', minions: ids('fresh') });
    await statusIs('ok', ids(...NAMED, 'fresh'));
    await statusIs('stale', ids('gone'));
    await statusIs('ambiguous', ids('nat'));
  });

  it('publishes jobs that everybody returns who can, and the stream has no gap', async () => {
    const before = await metrics();
    await demo.order({ do: 'publish' });
    const gone = ids('gone');
    const running = ids(...NAMED, 'fresh', 'nat');
    const returnsOf = (id: string) => `salt_responses_total{minion="${id}",success="true"}`;
    const delta = (samples: ReadonlyMap<string, number>, series: string) =>
      (samples.get(series) ?? 0) - (before.get(series) ?? 0);
    const missing = 'salt_missing_returns_total';
    const after = await eventually(
      'the job is closed',
      metrics,
      (samples) =>
        delta(samples, missing) >= gone.length &&
        running.every((id) => delta(samples, returnsOf(id)) >= 1),
    );
    const [expected, returned] = ['salt_expected_returns_total', 'salt_returned_total'];
    expect(after.get(expected)).toBe((after.get(returned) ?? 0) + (after.get(missing) ?? 0));
    expect(after.get('salt_events_total{kind="suspect"}')).toBe(0);
    expect(after.get('salt_duplicate_returns_total')).toBe(0);
    expect(after.get('salt_publish_gap_messages_total')).toBe(0);
  });

  it('counts each flap of each minion, and every connect and disconnect, no more and no less', async () => {
    const before = await metrics();
    const chosen = minions()
      .filter(({ role }) => role === 'steady')
      .slice(0, 6);
    const cycles = [4, 3, 3, 2, 1, 1];
    const start = new Map(chosen.map(({ id, connects }) => [id, connects]));
    const up = (flapping: readonly string[], connected: boolean) =>
      eventually(`links ${connected ? 'up' : 'down'}`, minions, (all) =>
        all.every((one) => !flapping.includes(one.id) || one.connected === connected),
      );
    for (let round = 0; round < 4; round += 1) {
      const flapping = chosen.filter((_, n) => (cycles[n] ?? 0) > round).map(({ id }) => id);
      await demo.order({ do: 'disconnect', minions: flapping });
      await up(flapping, false);
      await demo.order({ do: 'connect', minions: flapping });
      await up(flapping, true);
    }
    const total = cycles.reduce((sum, count) => sum + count, 0);
    const delta = (samples: ReadonlyMap<string, number>, series: string) =>
      (samples.get(series) ?? 0) - (before.get(series) ?? 0);
    const after = await eventually(
      'all flaps counted',
      metrics,
      (samples) => delta(samples, 'salt_flaps_total') >= total,
    );
    expect(delta(after, 'salt_flaps_total')).toBe(total);
    const truth = new Map(minions().map((minion) => [minion.id, minion]));
    for (const [n, { id }] of chosen.entries()) {
      const made = (truth.get(id)?.connects ?? 0) - (start.get(id) ?? 0);
      expect(made).toBe(cycles[n]);
      expect(delta(after, `salt_minion_flaps_total{minion="${id}"}`)).toBe(made);
      expect(delta(after, `salt_minion_connects_total{minion="${id}"}`)).toBe(made);
      expect(delta(after, `salt_minion_disconnects_total{minion="${id}"}`)).toBe(made);
    }
    expect(delta(after, 'salt_disconnects_total{port="publish",peer="minion"}')).toBe(total);
  });

  it('shows those whose process was killed as absent, and no one else', async () => {
    const killed = ids('vanishing');
    await demo.order({ do: 'kill', crew: 'mortal' });
    await statusIs('absent', killed);
    expect(
      minions()
        .filter(lost)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(killed);
    // A job while they are dead: the exporter says where each of its returns was lost. Before cables are
    // pulled, whose late returns make it wait longer for others.
    const sinceMs = Date.now();
    await demo.order({ do: 'publish' });
    const job = await eventually(
      'the job in the record of what happened',
      () => jobs().find((each) => each.publishedMs >= sinceMs && each.expected.length > 1),
      (found) => found !== undefined,
    );
    const jid = job?.jid ?? '';
    const verdicts = await eventually(
      'a verdict on each of them',
      () => lossesOf(jid),
      (losses) => killed.every((id) => losses.some(({ minion }) => minion === id)),
    );
    const noLink = verdicts.filter(
      ({ link, confidence }) => link === '2' && confidence === 'proven',
    );
    expect(noLink.map(({ minion }) => minion).sort()).toEqual(killed);
    const returned = await eventually(
      'everybody who lives to return it',
      () => jobs().find((each) => each.jid === jid)?.returned ?? [],
      (those) => ids('steady').every((id) => those.includes(id)),
    );
    expect(killed.filter((id) => returned.includes(id))).toEqual([]);
    const series = 'salt_lost_returns_total{link="2",reason="no_link",confidence="proven"}';
    expect((await metrics()).get(series)).toBeGreaterThanOrEqual(killed.length);
    await demo.order({ do: 'revive', crew: 'mortal' });
    await statusIs('absent', []);
  });

  it.runIf(canPullCables())(
    'shows a pulled cable as half_open, of exactly those minions, and as ok when it is back',
    async () => {
      const unplugged = ids('unplugged');
      await demo.order({ do: 'unplug', minions: unplugged });
      const stop = keepPublishing(demo);
      await statusIs('half_open', unplugged);
      await demo.order({ do: 'plug', minions: unplugged });
      await statusIs('half_open', []);
      await stop();
      expect(withStatus(await metrics(), 'ok')).toEqual(expect.arrayContaining(unplugged));
    },
  );

  it('counts a restart of the publish daemon and of the master, and nobody flapped', async () => {
    const before = await metrics();
    const back = () =>
      eventually(
        'everybody is back',
        metrics,
        (samples) => withStatus(samples, 'ok').length === ids(...NAMED, 'fresh').length,
      );
    await demo.order({ do: 'restart_publisher' });
    const once = await eventually(
      'the publish daemon’s end is counted',
      metrics,
      (samples) => samples.get('salt_listener_restarts_total{port="publish"}') === 1,
    );
    expect(once.get('salt_listener_restarts_total{port="request"}')).toBe(0);
    expect(once.get('salt_master_restarts_total')).toBe(0);
    await back();
    await demo.order({ do: 'restart_master', downMs: 500 });
    const twice = await eventually(
      'the master’s restart is counted',
      metrics,
      (samples) => samples.get('salt_master_restarts_total') === 1,
    );
    expect(twice.get('salt_listener_restarts_total{port="request"}')).toBe(1);
    const after = await back();
    expect(after.get('salt_flaps_total')).toBe(before.get('salt_flaps_total'));
  });

  it('refuses an order it does not understand and goes on', async () => {
    await expect(demo.order({ do: 'explode' })).rejects.toThrow(/"do" must be/);
    await expect(demo.order({ do: 'kill', crew: 'ghosts' })).rejects.toThrow(/no crew ghosts/);
  });

  it('ends on Ctrl-C with status 0 and leaves no process, port or file', async () => {
    const pids = descendants(demo.child.pid ?? 0);
    expect(pids.length).toBeGreaterThanOrEqual(5);
    expect(await demo.end('SIGINT')).toBe(0);
    await expectNothingLeft(pids, truthPath);
  });
});

/** A minion that ran and has no link now. */
function lost(minion: MinionTruth): boolean {
  return minion.connects > 0 && !minion.connected && minion.role !== 'stranger';
}

/** Jobs every half second until told to stop: silence shows only where something is to be acknowledged. */
function keepPublishing(demo: DemoProcess): () => Promise<void> {
  let going = true;
  const loop = (async () => {
    while (going) {
      await demo.order({ do: 'publish' });
      await new Promise((wake) => setTimeout(wake, 500));
    }
  })();
  return async () => {
    going = false;
    await loop;
  };
}

describe('a demo that meets trouble', () => {
  it('says so and ends with status 1 when the exporter dies', async () => {
    const demo = new DemoProcess([...ARGS, '--faults', 'none']);
    const truthPath = await truthOf(demo);
    const pids = descendants(demo.child.pid ?? 0);
    const exporter = pids.find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--salt.config-dir'),
    );
    expect(exporter).toBeDefined();
    process.kill(exporter ?? 0, 'SIGKILL');
    await demo.line(/the exporter ended by itself \(SIGKILL\)/);
    await eventually(
      'the demo ends',
      () => demo.child.exitCode,
      (status) => status !== null,
    );
    expect(demo.child.exitCode).toBe(1);
    await expectNothingLeft(pids, truthPath);
  });

  it('takes its children with it when it is killed (-9), even one that is stopped', async () => {
    const demo = new DemoProcess([...ARGS, '--faults', 'none', '--fleet-only', '--commands']);
    const { truth, directory } = await demo.ready();
    await demo.order({ do: 'freeze', crew: 'frozen' });
    const pids = descendants(demo.child.pid ?? 0);
    await demo.end('SIGKILL');
    await eventually(
      'all children gone',
      () => pids.filter(isAlive),
      (alive) => alive.length === 0,
    );
    // What it could not remove any more goes when the next demo starts.
    expect(existsSync(directory)).toBe(true);
    const next = new DemoProcess([...ARGS, '--faults', 'none', '--fleet-only', '--commands']);
    await next.ready();
    expect(existsSync(truth)).toBe(false);
    expect(await next.end('SIGTERM')).toBe(0);
  });

  it('names the switch when a port it was told to use is taken', async () => {
    const holder = createServer();
    await new Promise<void>((done) => holder.listen(PORTS.publish, '127.0.0.1', done));
    const demo = new DemoProcess([...ARGS, '--fleet-only']);
    const line = await demo.line(/brinescope demo: /);
    expect(line).toMatch(new RegExp(`port ${PORTS.publish} for publishing is in use`));
    await eventually(
      'the demo ends',
      () => demo.child.exitCode,
      (status) => status === 1,
    );
    await new Promise((done) => holder.close(done));
  });
});
