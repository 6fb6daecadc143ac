/** Salt's processes on one host, found by their titles as `ps` shows them. */
import { readFile } from 'node:fs/promises';
import { killQuietly } from './cleanup.js';
import { run } from './run.js';

/** Pids on the host whose command line matches, in the order of their numbers. */
export async function processesTitled(namespace: string, title: RegExp): Promise<number[]> {
  const { stdout } = await run(['ip', 'netns', 'pids', namespace]);
  const pids = stdout.split('\n').filter(Boolean).map(Number);
  const titles = await Promise.all(pids.map(titleOf));
  return pids.filter((_, i) => title.test(titles[i] ?? '')).sort((a, b) => a - b);
}

export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) killQuietly(pid, signal);
}

/** Empty for a process that has ended meanwhile. */
async function titleOf(pid: number): Promise<string> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return words.replaceAll('\0', ' ');
}
