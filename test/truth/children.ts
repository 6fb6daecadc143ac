/** The processes of a truth run and the conversation with them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CrewOrder, CrewReport, PublisherOrder, PublisherReport } from './protocol.js';

const LOOK_MS = 5;

/** A child that answers each order with one report, in order. */
class Correspondent<Order extends object, Report extends { readonly tell: string }> {
  readonly process: ChildProcess;
  readonly #waiting: ((report: Report | undefined) => void)[] = [];
  #isKilled = false;

  constructor(name: 'publisher-process' | 'crew-process') {
    this.process = fork(fileURLToPath(new URL(`./${name}.js`, import.meta.url)), [], {
      execArgv: ['--max-semi-space-size=2', '--v8-pool-size=1'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    // `as`: only our own child writes to this channel.
    this.process.on('message', (report) => this.#waiting.shift()?.(report as Report));
    this.process.on('exit', () => {
      for (const answer of this.#waiting.splice(0)) answer(undefined);
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** It ended, and nobody here made it. */
  get hasFailed(): boolean {
    const { exitCode, signalCode } = this.process;
    return !this.#isKilled && (exitCode !== null || signalCode !== null);
  }

  /** libzmq ended it by one of its assertions. */
  get hasAborted(): boolean {
    return this.process.signalCode === 'SIGABRT';
  }

  async ask(order: Order): Promise<Report> {
    const answered = new Promise<Report | undefined>((resolve) => this.#waiting.push(resolve));
    this.process.send(order);
    const report = await answered;
    if (report === undefined)
      throw new Error(`a child ended before it answered ${JSON.stringify(order)}`);
    if (report.tell === 'failed') throw new Error(JSON.stringify(report));
    return report;
  }

  /** Resolves when every thread of it stands still. */
  async stop(): Promise<void> {
    this.process.kill('SIGSTOP');
    await this.stopped();
  }

  async stopped(): Promise<void> {
    while (!isStopped(this.pid)) await sleep(LOOK_MS);
  }

  continue(): void {
    this.process.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.#isKilled = true;
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }
}

export class PublisherChild extends Correspondent<PublisherOrder, PublisherReport> {
  constructor() {
    super('publisher-process');
  }
}

export class CrewChild extends Correspondent<CrewOrder, CrewReport> {
  constructor() {
    super('crew-process');
  }
}

/** State letter behind the last bracket of /proc/PID/stat. */
function isStopped(pid: number): boolean {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2)[0] === 'T';
}
