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
    ['with links made anew and a slow reader', '--seed 1'],
    ['with drops at the mark, heartbeats, and processes that are stopped', '--seed 6'],
    ['with zmq_filtering, killed processes and links made anew', '--seed 8'],
    ['with bursts that all links lose from, ours too', '--seed 13'],
  ])('%s', async (_, switches) => {
    const { problems, figures } = await verdictOf(switches);
    expect(problems).toEqual([]);
    expect(figures.settlements).toBeGreaterThan(0);
    expect(figures.links).toBeGreaterThan(0);
    expect(figures.reported).toBe(figures.lost);
  });
});
