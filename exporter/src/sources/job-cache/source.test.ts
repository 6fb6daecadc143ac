/** The job cache as the master lays it out, on a real disk: what is found, what is no find, what never is opened. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../config/load.js';
import type { JobCacheAnswer } from '../../domain/job-cache-answer.js';
import type { Observation } from '../../domain/observations.js';
import { systemClock } from '../../lib/clock.js';
import { silentLogger } from '../../lib/log.js';
import type { JobCacheFacts, MasterFacts } from '../source.js';
import { digestOf, isWholeJid, jobDirectory } from './layout.js';
import { QUESTIONS_MAX } from './options.js';
import { readJob } from './read-job.js';
import { JobCacheSource } from './source.js';

const JID = '20261122100000123456';
const SHA256: JobCacheFacts = { hashType: 'sha256', obstacle: undefined };

let cacheDir: string;
let seen: Observation[];

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'brinescope-jobs-'));
  seen = [];
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

function sourceOf(jobCache: JobCacheFacts | undefined = SHA256): JobCacheSource {
  return new JobCacheSource({
    settings: defaultSettings(),
    master: factsOf(jobCache),
    clock: systemClock,
    log: silentLogger,
    emit: (observation) => seen.push(observation),
  });
}

function factsOf(jobCache: JobCacheFacts | undefined): MasterFacts {
  return { cacheDir, ...(jobCache === undefined ? {} : { jobCache }) } as MasterFacts;
}

/** As salt.utils.jid.jid_dir has it, written out here once more. */
function pathOf(jid: string, hashType = 'sha256'): string {
  const digest = createHash(hashType).update(jid).digest('hex');
  return join(cacheDir, 'jobs', digest.slice(0, 2), digest.slice(2));
}

/** A job of which the master heard these minions. */
async function makeJob(jid: string, minions: readonly string[], hashType = 'sha256') {
  const path = pathOf(jid, hashType);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'jid'), jid);
  await writeFile(join(path, '.load.p'), 'load');
  await writeFile(join(path, '.minions.p'), 'minions');
  await writeFile(join(path, '.minions.syndic1.p'), 'minions');
  for (const minion of minions) {
    await mkdir(join(path, minion));
    await writeFile(join(path, minion, 'return.p'), 'return');
    await writeFile(join(path, minion, 'out.p'), 'out');
  }
  return path;
}

async function ask(source: JobCacheSource, jid = JID, minions: readonly string[] = []) {
  source.lookUp([{ jid, minions }]);
  await source.idle();
  return answers().findLast((answer) => answer.jid === jid);
}

function answers(): readonly JobCacheAnswer[] {
  return seen.filter((o) => o.kind === 'job_cache');
}

function health(): string | undefined {
  const last = seen.findLast((o) => o.kind === 'source_health');
  return last === undefined ? undefined : `${last.up ? 'up' : 'down'}: ${last.detail}`;
}

function errors(): readonly string[] {
  return seen.filter((o) => o.kind === 'source_error').map(({ reason }) => reason);
}

describe('the job cache', () => {
  it('names the minions whose returns the master wrote down', async () => {
    await makeJob(JID, ['m1', 'web-01.example.org', 'Ünïcode']);
    const source = sourceOf();
    await source.start();
    expect(health()).toBe(`up: Looks up single jobs in ${cacheDir}/jobs.`);
    const before = systemClock.now().monoMs;
    const answer = await ask(source);
    expect({ ...answer, minions: [...(answer?.minions ?? [])].sort() }).toEqual({
      kind: 'job_cache',
      jid: JID,
      state: 'present',
      loadWritten: true,
      nocache: false,
      minions: ['m1', 'web-01.example.org', 'Ünïcode'],
      truncated: false,
      readMonoMs: expect.any(Number),
    });
    expect(answer?.readMonoMs).toBeGreaterThanOrEqual(before);
    expect(errors()).toEqual([]);
  });

  it.each(['md5', 'sha1', 'sha512'])('finds jobs under digests of %s', async (hashType) => {
    await makeJob(JID, ['m1'], hashType);
    expect((await ask(sourceOf({ hashType, obstacle: undefined })))?.minions).toEqual(['m1']);
  });

  it('finds a job where a real master of Salt keeps it', () => {
    // hashlib.sha256(b"20261122100000123456").hexdigest() and blake2s of Python 3.11.
    expect(jobDirectory('/jobs', 'sha256', JID)).toBe(
      '/jobs/1c/33306a60edd8bfd2adccbeb1b92c6efab261434e5a61bc92595b7a745f4d50',
    );
    expect(jobDirectory('/jobs', digestOf('blake2s') ?? '', JID)).toBe(
      '/jobs/68/688834df987eaec54efbe4bd3fda695a901d59d2f88a7867934553da7cc78e',
    );
  });

  it('tells a job of which only the id is written, and one that asked for no cache', async () => {
    const path = pathOf(JID);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'jid'), JID);
    const source = sourceOf();
    expect(await ask(source)).toMatchObject({ state: 'present', loadWritten: false, minions: [] });
    await writeFile(join(path, 'nocache'), '');
    expect(await ask(source)).toMatchObject({ state: 'present', nocache: true });
  });

  it('does not take a directory for a return that is not written yet', async () => {
    const path = await makeJob(JID, ['m1']);
    await mkdir(join(path, 'm2'));
    await writeFile(join(path, 'm2', '.___atomic_write1a2b'), 'half a return');
    expect((await ask(sourceOf()))?.minions).toEqual(['m1']);
  });

  it('follows no links, neither to a job nor to a minion nor to a return', async () => {
    const elsewhere = join(cacheDir, 'elsewhere');
    await mkdir(join(elsewhere, 'm1'), { recursive: true });
    await writeFile(join(elsewhere, 'm1', 'return.p'), 'return');
    const path = await makeJob(JID, []);
    await symlink(join(elsewhere, 'm1'), join(path, 'm1'));
    await mkdir(join(path, 'm2'));
    await symlink(join(elsewhere, 'm1', 'return.p'), join(path, 'm2', 'return.p'));
    const source = sourceOf();
    expect((await ask(source))?.minions).toEqual([]);
    const other = pathOf('20261122100000999999');
    await mkdir(join(other, '..'), { recursive: true });
    await symlink(path, other);
    expect((await ask(source, '20261122100000999999'))?.state).toBe('unreadable');
    expect(errors()).toEqual(['job_unreadable']);
  });

  it('does not call a job absent where no job can be seen', async () => {
    const source = sourceOf();
    await source.start();
    expect(health()).toBe(
      `down: ${cacheDir}/jobs does not exist: the master has kept no job yet, or its cachedir is another one.`,
    );
    expect((await ask(source))?.state).toBe('unreadable');
    await mkdir(join(cacheDir, 'jobs'));
    expect((await ask(source))?.state).toBe('absent');
    expect(health()).toBe(`up: Looks up single jobs in ${cacheDir}/jobs.`);
  });

  it('says that a job cannot be read instead of naming nobody', async () => {
    const path = await makeJob(JID, ['m1']);
    await rm(path, { recursive: true });
    await writeFile(path, 'a file in the place of a directory');
    expect((await ask(sourceOf()))?.state).toBe('unreadable');
    expect(errors()).toEqual(['job_unreadable']);
  });

  it('says why nothing can be read', async () => {
    const loop = join(cacheDir, 'jobs');
    await symlink(loop, loop);
    const source = sourceOf();
    await source.start();
    expect(health()).toBe(
      `down: ${loop} cannot be read (ELOOP): run the exporter as a user or in a group that may.`,
    );
    expect((await ask(source))?.state).toBe('unreadable');
  });

  it('never makes a path of a jid, and looks up whole ones only', async () => {
    await makeJob(JID, ['m1']);
    const source = sourceOf();
    const hostile = ['../../../../etc/passwd', '..', '/etc', 'a\0b', 'req', '<script>', '💥'];
    for (const jid of hostile) expect((await ask(source, jid))?.state).toBe('absent');
    expect(errors()).toEqual([]);
    for (const jid of ['', 'x'.repeat(128), 'a\u{fffd}b']) {
      expect((await ask(source, jid))?.state).toBe('unreadable');
      expect(isWholeJid(jid)).toBe(false);
    }
    expect(errors()).toEqual(['jid_invalid', 'jid_invalid', 'jid_invalid']);
  });

  it('says when a job has more entries than are read', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `m${i}`);
    const path = await makeJob(JID, names);
    const reading = await readJob({ path, minions: [], entriesMax: 20 });
    expect(reading).toMatchObject({ state: 'present', loadWritten: true, truncated: true });
    expect(reading.minions.length).toBeLessThanOrEqual(20);
    expect((await readJob({ path, minions: [], entriesMax: 44 })).truncated).toBe(false);
  });

  it('looks at the files of those it is asked for first, and takes the word of the rest', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `m${i}`);
    const path = await makeJob(JID, names);
    for (const name of ['m3', 'm29']) await rm(join(path, name, 'return.p'));
    const all = await readJob({ path, minions: [] });
    expect(all.minions).toHaveLength(28);
    const few = await readJob({ path, minions: ['m29'], filesMax: 1 });
    expect(few.minions).toHaveLength(29);
    expect(few.minions).not.toContain('m29');
  });

  it('leaves out names that are no text, and says so', async () => {
    const path = await makeJob(JID, ['m1']);
    await mkdir(Buffer.concat([Buffer.from(`${path}/bad`), Buffer.from([0xff])]));
    expect(await ask(sourceOf())).toMatchObject({ minions: ['m1'], truncated: true });
    expect(errors()).toEqual(['job_truncated']);
  });

  it('answers each job once and drops the oldest questions of too many, counted', async () => {
    await makeJob(JID, ['m1']);
    const source = sourceOf();
    const jids = Array.from({ length: QUESTIONS_MAX + 3 }, (_, i) => `2026112210000012${1000 + i}`);
    source.lookUp([...jids, ...jids.slice(-2)].map((jid) => ({ jid, minions: [] })));
    await source.idle();
    expect(errors()).toEqual(['question_dropped', 'question_dropped', 'question_dropped']);
    expect(answers().map(({ jid }) => jid)).toEqual(jids.slice(3));
  });

  it.each(['job_cache: False', 'ext_job_cache: redis', 'master_job_cache: mysql'])(
    'says that there is no local cache and answers nothing with %s',
    async (obstacle) => {
      await makeJob(JID, ['m1']);
      const source = sourceOf({ hashType: 'sha256', obstacle });
      await source.start();
      expect(health()).toBe(
        `down: There is no local job cache (${obstacle}): whether the master wrote a return down is not known.`,
      );
      expect(await ask(source)).toBeUndefined();
      await source.reconfigure(defaultSettings(), factsOf(SHA256));
      expect(health()).toBe(`up: Looks up single jobs in ${cacheDir}/jobs.`);
      expect((await ask(source))?.minions).toEqual(['m1']);
    },
  );

  it('says so when digests are of a kind that is not known here', async () => {
    const source = sourceOf({ hashType: 'crc32', obstacle: undefined });
    await source.start();
    expect(health()).toMatch(/^down: .*hash_type: crc32/);
    expect(await ask(source)).toBeUndefined();
  });

  it('tells nothing after it was stopped', async () => {
    await makeJob(JID, ['m1']);
    const source = sourceOf();
    source.lookUp([{ jid: JID, minions: [] }]);
    await source.stop();
    await source.idle();
    expect(answers()).toEqual([]);
    expect(await ask(source)).toBeUndefined();
  });
});
