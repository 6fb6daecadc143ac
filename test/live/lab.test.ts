/** The lab itself: it must leave nothing behind, whoever ends it and how. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { hireUndertaker, labNames, sweepStaleLabs } from '../lab/cleanup.js';
import { run } from '../lab/run.js';
import { labGate } from './gate.js';

const { skip, why } = await labGate();

async function spaces(): Promise<string> {
  return (await run(['ip', 'netns', 'list'])).stdout;
}

/** A process on a host of that name that ends only by a signal. */
async function sleeperOn(namespace: string) {
  await run(['ip', 'netns', 'add', namespace]);
  const argv = ['netns', 'exec', namespace, 'sh', '-c', 'echo up; exec sleep 600'];
  const child = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return child;
}

test.skipIf(skip)(
  `a buried lab leaves no process, namespace or directory, and no other lab is touched${why}`,
  async () => {
    const names = labNames('bury');
    const undertaker = hireUndertaker(names);
    await mkdir(names.directory, { recursive: true });
    const [master, minion, other] = await Promise.all([
      sleeperOn(names.namespace),
      sleeperOn(`${names.namespace}-m1`),
      sleeperOn(`${names.namespace}2`),
    ]);
    const ended = Promise.all([once(master, 'exit'), once(minion, 'exit')]);
    await undertaker.bury();
    await ended;
    expect(await spaces()).not.toMatch(new RegExp(`^${names.namespace}(-m1)?( |$)`, 'm'));
    expect(existsSync(names.directory)).toBe(false);
    expect(other.exitCode).toBeNull();
    await hireUndertaker(labNames('bury2')).bury();
    expect(await spaces()).not.toContain(`${names.namespace}2`);
  },
);

test.skipIf(skip)(
  `labs of dead owners are swept away, labs of living ones stay${why}`,
  async () => {
    const owner = spawn('true');
    await once(owner, 'exit');
    const living = labNames('sweep').namespace;
    const stale = living.replace(String(process.pid), String(owner.pid));
    const [left, kept] = await Promise.all([sleeperOn(stale), sleeperOn(living)]);
    const ended = once(left, 'exit');
    await sweepStaleLabs();
    await ended;
    expect(await spaces()).not.toContain(stale);
    expect(await spaces()).toContain(living);
    expect(kept.exitCode).toBeNull();
    await hireUndertaker(labNames('sweep')).bury();
  },
);
