/**
 * Leaves no namespace, process or directory of a lab behind, however the process that started it
 * ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause, run } from './run.js';

/**
 * Names of namespaces and directories: `brinelab-<pid of the owner>-<name>`, hosts add `-m1`,
 * `-nat`.
 */
const STEM = 'brinelab';

export interface LabNames {
  /** The master's namespace and the stem of all others. */
  readonly namespace: string;
  readonly directory: string;
}

export function labNames(name: string): LabNames {
  const namespace = `${STEM}-${process.pid}-${name}`;
  return { namespace, directory: join(tmpdir(), namespace) };
}

/**
 * A shell in a session of its own that waits for the end of its standard input, that is for the end
 * of this process by whatever signal, and then ends everything in the lab's namespaces and removes
 * them and the directory.
 */
const UNDERTAKER = `
cat >/dev/null
spaces() { ip netns list | cut -d' ' -f1 | grep -E "^$1(-|\\$)"; }
for round in 1 2 3; do
  for s in $(spaces "$1"); do ip netns pids "$s" | xargs -r kill -KILL 2>/dev/null; done
  sleep 0.1
done
for s in $(spaces "$1"); do ip netns del "$s"; done
if [ -z "$SALT_LAB_KEEP" ]; then rm -rf "$2"; fi
`;

export interface Undertaker {
  /** Resolves when everything is gone. */
  bury(): Promise<void>;
}

export function hireUndertaker(names: LabNames): Undertaker {
  const argv = ['-c', UNDERTAKER, 'undertaker', names.namespace, names.directory];
  const shell = spawn('sh', argv, {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  shell.unref();
  return {
    async bury(): Promise<void> {
      shell.stdin?.end();
      shell.ref();
      await gone;
    },
  };
}

/** Removes labs whose owner is dead: only those a killed undertaker (or a full disk) left. */
export async function sweepStaleLabs(): Promise<void> {
  const { stdout } = await run(['ip', 'netns', 'list']);
  for (const namespace of stdout.split('\n').map((line) => line.split(' ')[0] ?? '')) {
    if (isStale(namespace)) {
      const pids = (await run(['ip', 'netns', 'pids', namespace])).stdout
        .split('\n')
        .filter(Boolean);
      for (const pid of pids) killQuietly(Number(pid), 'SIGKILL');
      await run(['ip', 'netns', 'del', namespace], { allow: [0, 1] });
    }
  }
  if (process.env.SALT_LAB_KEEP) return;
  for (const entry of await readdir(tmpdir())) {
    if (isStale(entry)) await rm(join(tmpdir(), entry), { recursive: true, force: true });
  }
}

function isStale(name: string): boolean {
  const owner = new RegExp(`^${STEM}-(\\d+)-`).exec(name)?.[1];
  return owner !== undefined && !killQuietly(Number(owner), 0);
}

/** Signals a process, or a group when negative; false when there is none. */
export function killQuietly(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Ends a process that leads its own group, with everything in the group: asked first, then killed.
 */
export async function endGroup(child: ChildProcess, patienceMs: number): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.exitCode === null && child.signalCode === null) {
    killQuietly(-pid, 'SIGCONT');
    killQuietly(-pid, 'SIGTERM');
    const timer = setTimeout(() => killQuietly(-pid, 'SIGKILL'), patienceMs);
    await gone;
    clearTimeout(timer);
  }
  killQuietly(-pid, 'SIGKILL');
  await groupGone(pid);
}

/** Killed processes take a moment, and orphans stay until init has collected them: no longer than this. */
const GROUP_GONE_MS = 5_000;

/** Resolves when no process of the group is left. */
export async function groupGone(leader: number): Promise<void> {
  const end = Date.now() + GROUP_GONE_MS;
  while (killQuietly(-leader, 0) && Date.now() < end) await pause(20);
}
