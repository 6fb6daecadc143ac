/** Starts the demo's children so that none outlives it. */
import { type ChildProcess, fork, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LIFELINE = new URL('./lifeline.js', import.meta.url).href;
/** Small young generations and one helper thread: a process of the fleet needs 30 MB then, not 45. */
const LEAN = ['--max-semi-space-size=2', '--v8-pool-size=1'];
const STOP_GRACE_MS = 3_000;

function childEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, DEMO_PARENT_PID: String(process.pid) };
}

/** A process of the fleet, with a channel. */
export function forkChild(name: 'crew-process' | 'master-process'): ChildProcess {
  return fork(fileURLToPath(new URL(`./${name}.js`, import.meta.url)), [], {
    execArgv: ['--import', LIFELINE, ...LEAN],
    env: childEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Any program of ours, run as a user would run it. */
export function spawnNode(
  file: URL,
  args: readonly string[],
  stdio: SpawnOptions['stdio'],
): ChildProcess {
  return spawn(process.execPath, ['--import', LIFELINE, fileURLToPath(file), ...args], {
    env: childEnvironment(),
    stdio,
  });
}

/** Waits for the end; SIGKILL after a grace. A stopped process is killed as well. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const forced = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  await once(child, 'exit');
  clearTimeout(forced);
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended(child);
}
