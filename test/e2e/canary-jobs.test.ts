/**
 * Canary jobs against a request port that does what a real master cannot be made to do: never
 * answers, answers late, answers for others, or is no master at all.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack, unpack } from 'msgpackr';
import { beforeEach, describe, expect, it } from 'vitest';
import { Router } from 'zeromq';
import type { CanaryJob } from '../../exporter/src/domain/canary-job.js';
import type { Observation } from '../../exporter/src/domain/observations.js';
import type { CanaryLimits } from '../../exporter/src/sources/job-canary/options.js';
import { defineJobCanary } from '../../exporter/src/sources/job-canary/source.js';
import type { CanarySight } from '../../exporter/src/sources/source.js';
import { until } from '../lab/run.js';
import { PATIENCE_MS } from '../patience.js';
import { health, master, portOf, settings, startOnStand } from './canary-context.js';
import { undoneAfterEach } from './undo.js';

const KEY = 'kBkMVRnC5tjNbCLDDOxNJ5NQnE3c0PN2JVhQhEpJ9ov0gk8yLV5Z6Lf1eJzqsWvVQcE2Wm3sJVw=';
/** A job a second, and nothing that waits for long. */
const QUICK: CanaryLimits = {
  stepMs: 20,
  publishTimeoutMs: PATIENCE_MS,
  unansweredExpiryMs: 2 * PATIENCE_MS,
  backoffMs: 100,
  backoffMaxMs: 400,
  calmMs: 300,
};
const undo = undoneAfterEach();

interface Publish {
  readonly load: {
    readonly tgt: readonly string[];
    readonly fun: string;
    readonly arg: readonly string[];
    readonly jid: string;
    readonly key: string;
  };
}
type Answer = (publish: Publish) => unknown;

let directory = '';
let trouble: string | undefined;
/** How often the source looked whether a job may be sent: every 20 ms. */
let looks = 0;
const sight: CanarySight = {
  fleet: () => ['m1', 'm2', '"><b>\n'],
  isMinion: () => true,
  trouble: () => {
    looks += 1;
    return trouble;
  },
};

beforeEach(() => {
  trouble = undefined;
  directory = mkdtempSync(join(tmpdir(), 'canary-jobs-'));
  undo.push(async () => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, '.root_key'), KEY);
});

const accepted: Answer = ({ load }) => ({
  enc: 'clear',
  load: { jid: load.jid, minions: load.tgt, missing: [] },
});

/** undefined as an answer: it keeps silent. */
async function startMaster(answer: Answer) {
  const router = new Router();
  await router.bind('tcp://127.0.0.1:*');
  undo.push(async () => router.close());
  const published: Publish[] = [];
  const serve = async () => {
    for await (const [peer, empty, payload] of router) {
      if (peer === undefined || empty === undefined || payload === undefined) continue;
      const publish: Publish = unpack(payload);
      published.push(publish);
      const said = answer(publish);
      if (said !== undefined) await router.send([peer, empty, pack(said)]);
    }
  };
  serve().catch(() => undefined);
  return { port: portOf(router.lastEndpoint), published };
}

function startCanary(port: number, limits: Partial<CanaryLimits> = {}) {
  return startOnStand(defineJobCanary({ ...QUICK, ...limits }), undo, {
    settings: settings({ jobsPerMinute: 60, fileDir: join(directory, 'srv/canary') }),
    master: master({
      requestPort: port,
      cacheDir: directory,
      canary: {
        user: 'root',
        isFiltering: false,
        fileRoots: new Map([['base', [join(directory, 'srv')]]]),
      },
    }),
    canarySight: sight,
  });
}

/** The source goes on for so many steps. */
function looked(times: number): Promise<unknown> {
  const from = looks;
  return until('more looks', () => (looks >= from + times ? true : undefined));
}

/** So many publishes came. */
const came = (published: readonly Publish[], least: number) =>
  until(`${least} publishes`, () => (published.length >= least ? true : undefined));

const withKey = (published: readonly Publish[], key: string) =>
  until('a publish with the key', () => (published.at(-1)?.load.key === key ? true : undefined));

const jobs = (seen: readonly Observation[]) =>
  seen.filter((o): o is CanaryJob => o.kind === 'canary_job');
const failures = (seen: readonly Observation[]) =>
  seen.flatMap((o) => (o.kind === 'canary_failure' ? [o.reason] : []));

describe('canary jobs', () => {
  it('are told before they are published, one minion each, and each minion once a round', async () => {
    mkdirSync(join(directory, 'srv/canary'), { recursive: true });
    const { port, published } = await startMaster(accepted);
    const canary = await startCanary(port);
    await canary.until('a round', (seen) => jobs(seen).length >= 3);
    await came(published, 3);
    const told = jobs(canary.seen).slice(0, 3);
    expect(told.map(({ minion }) => minion).sort()).toEqual([...sight.fleet()].sort());
    expect(published.slice(0, 3).map(({ load }) => load.jid)).toEqual(told.map(({ jid }) => jid));
    for (const [index, { load }] of published.slice(0, 3).entries()) {
      expect(load.tgt).toEqual([told[index]?.minion]);
      expect(load.key).toBe(KEY);
      const isFile = told[index]?.probe === 'file';
      expect(load.fun).toBe(isFile ? 'cp.get_file_str' : 'test.ping');
      if (isFile)
        expect(load.arg[0]).toMatch(/^salt:\/\/canary\/brinescope-canary-\d\d\?saltenv=base$/);
    }
    expect(failures(canary.seen)).toEqual([]);
    expect(health(canary.seen)).toBe(
      'up: a round of 3 minions takes 3 s at 60 a minute; pings and file pulls in turn',
    );
    expect(JSON.stringify(canary.seen), 'the key').not.toContain(KEY.slice(0, 12));
    await canary.source.stop();
    expect(readdirSync(join(directory, 'srv/canary'))).toEqual([]);
  });

  it('wait for the answer to a publish: one may be unanswered, and none is sent beside it', async () => {
    const { port, published } = await startMaster(() => undefined);
    const canary = await startCanary(port, {
      publishTimeoutMs: 2_000,
      unansweredExpiryMs: PATIENCE_MS,
    });
    await canary.until('a failure', (seen) => failures(seen).includes('publish_timeout'));
    expect(health(canary.seen)).toMatch(/^down: a publish was not answered: 127.0.0.1:\d+; tried/);
    // Three more were due: a job a second.
    await looked(160);
    expect(published).toHaveLength(1);
    expect(failures(canary.seen)).toEqual(['publish_timeout']);
    expect(canary.seen.filter(({ kind }) => kind === 'canary_job')).toHaveLength(1);
  });

  it('go on when an unanswered publish is given up', async () => {
    const { port, published } = await startMaster(() => undefined);
    await startCanary(port, { publishTimeoutMs: 100, unansweredExpiryMs: 200 });
    await came(published, 2);
    expect(published.length).toBeGreaterThanOrEqual(2);
  });

  it('pause while the master is in trouble, say why, and go on when it is over', async () => {
    trouble = 'a worker of the master does not answer';
    const { port, published } = await startMaster(accepted);
    const canary = await startCanary(port);
    await canary.until('a pause', (seen) => health(seen).includes('pause while a worker'));
    await looked(75);
    expect(published).toEqual([]);
    trouble = undefined;
    await came(published, 1);
    expect(health(canary.seen)).toMatch(/^up: a round of 3 minions/);
  });

  it.each<[string, Answer, string]>([
    ['a wrong key', () => ({ error: { name: 'AuthenticationError' } }), 'refused_authentication'],
    ['no right', () => ({ error: { name: 'AuthorizationError' } }), 'refused_authorization'],
    ['an exception', () => 'Some exception handling minion payload', 'handler_failed'],
    ['no job cache', () => ({ load: { error: 'no jid' } }), 'no_jid'],
    [
      'another minion',
      ({ load }) => ({ load: { jid: load.jid, minions: ['m9'] } }),
      'unexpected_reply',
    ],
    [
      'all minions',
      ({ load }) => ({ load: { jid: load.jid, minions: ['m1', 'm2'] } }),
      'unexpected_reply',
    ],
    ['another job', ({ load }) => ({ load: { jid: '1', minions: load.tgt } }), 'unexpected_reply'],
  ])('are refused: %s', async (_what, answer, reason) => {
    const { port } = await startMaster(answer);
    const canary = await startCanary(port);
    await canary.until('two failures', (seen) => failures(seen).length >= 2);
    expect(new Set(failures(canary.seen))).toEqual(new Set([reason]));
    expect(health(canary.seen)).toMatch(/^down: .*; tried again after a pause$/);
  });

  it('need no pause for a minion whose key just went', async () => {
    const { port, published } = await startMaster(() => ({
      load: { jid: null, minions: [], error: 'Master could not resolve minions' },
    }));
    const canary = await startCanary(port, { backoffMs: PATIENCE_MS });
    await came(published, 2);
    expect(failures(canary.seen)).toContain('no_target');
  });

  it('read the key anew for each job', async () => {
    const { port, published } = await startMaster(accepted);
    const canary = await startCanary(port);
    await came(published, 1);
    const another = `${'B'.repeat(75)}=`;
    writeFileSync(join(directory, '.root_key'), another);
    await withKey(published, another);
    rmSync(join(directory, '.root_key'));
    await canary.until('its absence', (seen) => failures(seen).includes('key_missing'));
    expect(health(canary.seen)).toMatch(
      /^down: the key file of the master is not there: .*\.root_key/,
    );
    writeFileSync(join(directory, '.root_key'), KEY);
    await withKey(published, KEY);
  });

  it('count what cannot be reached, and are off without settings', async () => {
    const canary = await startCanary(1);
    await canary.until('a failure', (seen) => failures(seen).includes('not_reached'));
    await canary.source.reconfigure(settings({}), master({ requestPort: 1, cacheDir: directory }));
    expect(health(canary.seen)).toBe('down: no canary jobs: canary.jobs is off');
    const before = jobs(canary.seen).length;
    await looked(75);
    expect(jobs(canary.seen)).toHaveLength(before);
  });
});
