/** Runs the operator's command: an argument list, never a shell; bounded in time and output, ended with all its children. */
import { spawn } from 'node:child_process';
import { errorText } from '../lib/errors.js';
import type { Task } from './policy.js';

/** After the polite signal. */
const KILL_AFTER_MS = 5_000;
/** Of both outputs together; the end of it, where programs say why they failed. */
export const OUTPUT_MAX_BYTES = 2_048;
/** Nothing of our own environment: it may hold secrets, and LD_PRELOAD is not the operator's command. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Outcome {
  readonly result: 'ok' | 'failed' | 'timed_out' | 'not_started';
  /** Exit status; null after a signal or when it did not start. */
  readonly status: number | null;
  readonly output: string;
}

/** `[ssh, root@{minion}]` → `[ssh, root@web-1]`: one word stays one word. */
export function argumentsFor(command: readonly string[], task: Task): readonly string[] {
  return command.map((word) =>
    word.replaceAll(/\{(minion|alert|master)\}/g, (_, name: keyof Task) => task[name]),
  );
}

export interface RunOptions {
  readonly timeoutMs: number;
  /** For ssh's keys. */
  readonly home: string;
}

/** Never rejects. Resolves when the command has ended, not before. */
export function runCommand(argv: readonly string[], options: RunOptions): Promise<Outcome> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    // A process group of its own, so that what it started ends with it.
    const child = spawn(program, args, {
      shell: false,
      detached: true,
      cwd: '/',
      env: { PATH, HOME: options.home, LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const tail = new Tail();
    child.stdout.on('data', (chunk: Buffer) => tail.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => tail.add(chunk));
    let isTimedOut = false;
    let kill: NodeJS.Timeout | undefined;
    const end = setTimeout(() => {
      isTimedOut = true;
      signalGroup(child.pid, 'SIGTERM');
      kill = setTimeout(() => {
        signalGroup(child.pid, 'SIGKILL');
        // Somebody outside of the group may hold them open.
        child.stdout.destroy();
        child.stderr.destroy();
      }, KILL_AFTER_MS);
    }, options.timeoutMs);
    const finish = (outcome: Outcome) => {
      clearTimeout(end);
      clearTimeout(kill);
      resolve(outcome);
    };
    child.on('error', (error) => {
      finish({ result: 'not_started', status: null, output: errorText(error) });
    });
    child.on('close', (status) => {
      const result = isTimedOut ? 'timed_out' : status === 0 ? 'ok' : 'failed';
      finish({ result, status, output: tail.text() });
    });
  });
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    // The group is gone: that was the aim.
    return false;
  }
}

/** The last bytes of what was said. */
class Tail {
  #bytes = Buffer.alloc(0);

  add(chunk: Buffer): void {
    const all = Buffer.concat([this.#bytes, chunk.subarray(-OUTPUT_MAX_BYTES)]);
    this.#bytes = all.subarray(-OUTPUT_MAX_BYTES);
  }

  text(): string {
    return this.#bytes.toString('utf8');
  }
}
