/** Files of a minion's jobs on a real disk: what runs, what waits, what came and went between two looks. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../config/load.js';
import type { LocalEvent } from '../../domain/local-told.js';
import type { Observation } from '../../domain/observations.js';
import { systemClock } from '../../lib/clock.js';
import { silentLogger } from '../../lib/log.js';
import type { MasterFacts } from '../source.js';
import { processJid, queuedJid } from './names.js';
import { MinionJobs } from './source.js';

const JID = '20261122100000123456';

let cacheDir: string;
let seen: Observation[];
let source: MinionJobs;

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'brinescope-proc-'));
  seen = [];
  source = new MinionJobs({
    settings: defaultSettings(),
    master: { cacheDir } as MasterFacts,
    clock: systemClock,
    log: silentLogger,
    emit: (observation) => seen.push(observation),
  });
});
afterEach(async () => {
  await source.stop();
  await rm(cacheDir, { recursive: true, force: true });
});

const proc = (name: string) => join(cacheDir, 'proc', name);

function told(): readonly string[] {
  const events = seen.flatMap((o): readonly LocalEvent[] =>
    o.kind === 'local_events' ? o.events : [],
  );
  return events.map((event) => `${event.what} ${'jid' in event ? event.jid : ''}`);
}

function watched(): readonly boolean[] {
  return seen.flatMap((o) => (o.kind === 'local_watch' ? [o.watched] : []));
}

function health(): string | undefined {
  const last = seen.findLast((o) => o.kind === 'source_health');
  return last === undefined ? undefined : `${last.up ? 'up' : 'down'}: ${last.detail}`;
}

describe('jobs of a minion by their files', () => {
  it('run while their file is there', async () => {
    await mkdir(join(cacheDir, 'proc'));
    await writeFile(proc(JID), 'arguments and all');
    await source.start();
    expect(told()).toEqual([`started ${JID}`]);
    expect(watched()).toEqual([true]);
    await rm(proc(JID));
    await source.look();
    expect(told()).toEqual([`started ${JID}`, `ended ${JID}`]);
    expect(health()).toBe(`up: Processes and waiting jobs in ${cacheDir}.`);
  });

  it('are seen also when their file is gone again at once', async () => {
    await mkdir(join(cacheDir, 'proc'));
    await source.start();
    await writeFile(proc(JID), '');
    await rm(proc(JID));
    await expect.poll(() => told()[0]).toBe(`started ${JID}`);
    await source.look();
    expect(told()).toEqual([`started ${JID}`, `ended ${JID}`]);
  });

  it('wait in the queue of their master until they leave it', async () => {
    await mkdir(join(cacheDir, 'proc'));
    await source.start();
    const queue = join(cacheDir, 'queues', '10.0.0.1', 'job_queue');
    await mkdir(queue, { recursive: true });
    const path = join(queue, `queued_1792752310123456_${JID}.p`);
    await writeFile(`${path}.tmp`, 'arguments and all');
    await source.look();
    expect(told()).toEqual([]);
    await rename(`${path}.tmp`, path);
    await source.look();
    expect(told()).toEqual([`queued ${JID}`]);
    await rename(path, path.replace('queued_', 'running_'));
    await source.look();
    expect(told()).toEqual([`queued ${JID}`, `released ${JID}`]);
  });

  it('are not known where the directory is not, or no more', async () => {
    await source.start();
    expect(watched()).toEqual([]);
    expect(health()).toBe(
      `down: ${cacheDir}/proc does not exist: which jobs reached the minion is not known.`,
    );
    await mkdir(join(cacheDir, 'proc'));
    await source.look();
    expect(watched()).toEqual([true]);
    await rm(join(cacheDir, 'proc'), { recursive: true });
    await source.look();
    expect(watched()).toEqual([true, false]);
  });

  it.each(['1', 'x'.repeat(20), `${JID}.tmp`, '../passwd', '<b>', ''])(
    'have no file of the name %j',
    (name) => expect([processJid(name), queuedJid(name)]).toEqual([undefined, undefined]),
  );

  it('may carry the number of a process in their id', () => {
    expect(processJid(`${JID}_4711`)).toBe(`${JID}_4711`);
    expect(queuedJid(`queued_1_${JID}_4711.p`)).toBe(`${JID}_4711`);
  });
});
