/**
 * The short form of the ground truth runs: a few plans that hold every feature, against the built
 * exporter. `npm run truth -- --runs 100` is the long one.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../patience.js';
import type { Verdict } from './truth-run.js';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('run.mjs', import.meta.url));

/** Switches of one run; those that are not given are drawn from the seed. */
async function verdictOf(switches: string): Promise<Verdict> {
  const common = ['--runs', '1', '--json', '--patience', String(PATIENCE_MS / 1_000)];
  const args = [PROGRAM, ...common, ...switches.split(' ')];
  // An exit status of 1 means a wrong figure: the verdict names it.
  const { stdout } = await run(process.execPath, args).catch((error: unknown) => {
    if (error instanceof Error && 'stdout' in error) return { stdout: String(error.stdout) };
    throw error;
  });
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  // `as`: what --json of our own program prints.
  return JSON.parse(line ?? '{}') as Verdict;
}

describe('what the exporter claims is what publisher and subscribers wrote down', () => {
  it.each([
    ['of calm and of links that are made anew', '--seed 1 --acts steady,reconnect --subscribers 6'],
    ['of stopped processes', '--seed 4 --acts stopped --hwm 40 --subscribers 6 --bus plain'],
    ['of slow readers', '--seed 5 --acts slow --hwm 20 --subscribers 5 --bus prefixed'],
    ['of bursts that every link loses from', '--seed 6 --acts burst --hwm 12 --bus plain'],
    ['of killed processes', '--seed 7 --acts kill --hwm 60 --subscribers 6 --bus plain'],
    ['of links that heartbeats give up', '--seed 8 --acts leave --heartbeat 300 --subscribers 4'],
    ['with zmq_filtering', '--seed 9 --acts stopped --filtering yes --hwm 200 --subscribers 6'],
    ['of faults older than the exporter', '--seed 10 --acts stopped,steady --exporter during'],
  ])('%s', async (_, switches) => {
    const { problems, figures } = await verdictOf(switches);
    expect(problems).toEqual([]);
    expect(figures.settlements).toBeGreaterThan(0);
    expect(figures.exactLinks + figures.boundedLinks + figures.gaveUp).toBeGreaterThan(0);
    expect(figures.reported).toBe(figures.lost);
  });

  it('while the publisher stands still in the middle of sending', async () => {
    const switches = '--seed 11 --acts freeze,freeze,freeze --heartbeat 200 --subscribers 12';
    const { problems, figures } = await verdictOf(switches);
    expect(problems).toEqual([]);
    expect(figures.freezes).toBe(3);
    expect(figures.lost).toBe(0);
  });
});
