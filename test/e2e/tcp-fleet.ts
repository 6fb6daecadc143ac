/** Drives `tcp-fleet.mjs`: processes that hold many TCP connections and say what they did. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./tcp-fleet.mjs', import.meta.url));

export interface FleetAnswer {
  readonly opened?: number;
  readonly closed?: number;
  /** CLOCK_MONOTONIC at the first close, milliseconds. */
  readonly monoMs?: number;
  readonly error?: string;
}

export interface FleetProcess {
  readonly process: ChildProcess;
  /** Rejects when the process reports an error or dies. */
  ask(command: Readonly<Record<string, unknown>>): Promise<FleetAnswer>;
  /** SIGKILL: all its connections end in one instant. */
  kill(): Promise<void>;
}

export async function startFleetProcess(args: readonly string[]): Promise<FleetProcess> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  const dead = new Promise<void>((resolve) => {
    child.once('exit', () => {
      for (const { reject } of waiting.splice(0)) reject(new Error('the fleet process ended'));
      resolve();
    });
  });
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(line));
  const nextLine = () =>
    new Promise<string>((resolve, reject) => {
      waiting.push({ resolve, reject });
    });
  await nextLine();
  return {
    process: child,
    async ask(command) {
      const line = nextLine();
      child.stdin.write(`${JSON.stringify(command)}\n`);
      // The script's own answers; their shape is stated in its head comment.
      const answer = JSON.parse(await line) as FleetAnswer;
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    },
    async kill() {
      child.kill('SIGKILL');
      await dead;
    },
  };
}
