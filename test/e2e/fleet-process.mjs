/** Drives `tcp-fleet.mjs`: processes that hold many TCP connections and say what they did. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./tcp-fleet.mjs', import.meta.url));

/** @typedef {{ opened?: number, closed?: number, monoMs?: number, error?: string }} FleetAnswer as tcp-fleet.mjs says in its head */

/**
 * `ask` sends one command; it rejects when the process reports an error or dies. `kill` is SIGKILL: all connections of the
 * process end in one instant.
 * @param {readonly string[]} args
 */
export async function startFleetProcess(args) {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  const dead = new Promise((resolve) => {
    child.once('exit', () => {
      for (const { reject } of waiting.splice(0)) reject(new Error('the fleet process ended'));
      resolve(undefined);
    });
  });
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(line));
  const nextLine = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  await nextLine();
  return {
    process: child,
    /**
     * @param {Readonly<Record<string, unknown>>} command
     * @returns {Promise<FleetAnswer>}
     */
    async ask(command) {
      const line = nextLine();
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const answer = JSON.parse(await line);
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    },
    /** @returns {Promise<void>} */
    async kill() {
      child.kill('SIGKILL');
      await dead;
    },
  };
}
