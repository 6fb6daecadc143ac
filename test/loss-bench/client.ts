/** Salt's own client on the master's host: publishes jobs, and asks after them as the command line does. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endGroup } from '../lab/cleanup.js';
import type { Lab } from '../lab/lab.js';
import { until } from '../lab/run.js';

const PROGRAM = fileURLToPath(new URL('salt/publish.py', import.meta.url));

export interface Order {
  /** Jobs, one after the other, by one client. */
  readonly count: number;
  readonly minions: readonly string[];
  readonly function: string;
  readonly arguments: readonly unknown[];
  /** The client stays and asks with `find_job`, as `salt` does; else it goes, as `salt --async`. */
  readonly ask?: boolean;
  /** A job id of one's own instead of the master's. */
  readonly jid?: string;
  /** Seconds that the client waits before it asks. */
  readonly timeout?: number;
}

/** What became of one order. */
export interface Told {
  readonly jids: string[];
  /** What the client raised instead. */
  readonly errors: string[];
  /** Who answered, by job, once the client has stopped asking. */
  readonly answered: Map<string, readonly string[]>;
}

const TIMEOUT_SECONDS = 5;

export class SaltClient {
  readonly #process: ChildProcess;
  readonly #orders = new Map<number, Told>();
  #ready = false;
  #ordered = 0;

  constructor(lab: Lab) {
    const argv = [`${lab.bin}/python`, PROGRAM, `${lab.configDir}/master`];
    this.#process = lab.spawn(argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('the client has no output');
    createInterface({ input: stdout }).on('line', (line) => this.#hear(line));
  }

  /** Resolves when every job was accepted or refused; who answered is filled in later. */
  async publish(order: Order, timeoutMs?: number): Promise<Told> {
    await until('the client to start', () => this.#ready || undefined, { everyMs: 50 });
    this.#ordered += 1;
    const number = this.#ordered;
    const told: Told = { jids: [], errors: [], answered: new Map() };
    this.#orders.set(number, told);
    const words = { ask: false, timeout: TIMEOUT_SECONDS, ...order, order: number };
    this.#process.stdin?.write(`${JSON.stringify(words)}\n`);
    const done = () => told.jids.length + told.errors.length >= order.count || undefined;
    const hint = () => told;
    const patience = timeoutMs === undefined ? {} : { timeoutMs };
    await until(`${order.count} jobs to be published`, done, { everyMs: 20, hint, ...patience });
    return told;
  }

  async close(): Promise<void> {
    await endGroup(this.#process, 5_000);
  }

  #hear(line: string): void {
    // `as`: what publish.py beside this file says
    const said = JSON.parse(line) as {
      order: number;
      jid?: string;
      error?: string;
      asked?: string;
      answered?: string[];
    };
    if (said.order === 0) this.#ready = true;
    const told = this.#orders.get(said.order);
    if (said.jid !== undefined) told?.jids.push(said.jid);
    if (said.error !== undefined) told?.errors.push(said.error);
    if (said.asked !== undefined) told?.answered.set(said.asked, said.answered ?? []);
  }
}
