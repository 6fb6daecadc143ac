/** Wires the parts: notifications → policy → one command at a time, each step in the audit log first. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../lib/clock.js';
import { AppError, errorText } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import { type AuditFields, AuditLog } from './audit.js';
import { argumentsFor, runCommand } from './command.js';
import { type Decision, Policy, type Task } from './policy.js';
import { createReceiver } from './receiver.js';
import type { RemediateSettings } from './settings.js';

export interface RemediateDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly token: string;
  readonly home: string;
}

export class RemediateService {
  readonly #settings: RemediateSettings;
  readonly #deps: RemediateDeps;
  readonly #audit: AuditLog;
  readonly #policy: Policy;
  readonly #server: Server;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(settings: RemediateSettings, deps: RemediateDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#audit = new AuditLog(settings.auditFile);
    this.#policy = new Policy(settings.rules);
    this.#server = createReceiver({
      token: deps.token,
      take: (notification) => {
        const decisions = this.#policy.apply(notification, deps.clock.now().monoMs);
        const unwritten = decisions.filter((decision) => !this.#tell(decision));
        // Alertmanager sends it again, and it is decided again.
        for (const decision of unwritten)
          if (decision.kind === 'queued') this.#policy.withdraw(decision.task);
        this.#schedule();
        if (unwritten.length > 0)
          throw new AppError('config_unreadable', 'the audit log cannot be written');
      },
      turnedAway: (reason) => this.#refusal({ reason }),
    });
  }

  /** Rejects with `listen_failed`, or `config_unreadable` when the audit log cannot be used. Returns the port. */
  async start(): Promise<number> {
    const { monoMs, wallMs } = this.#deps.clock.now();
    try {
      for (const { minion, wallMs: then } of this.#audit.pastRuns())
        this.#policy.remember(minion, monoMs - Math.max(0, wallMs - then));
      this.#audit.write('started', { mode: this.#settings.mode }, wallMs);
    } catch (error) {
      const { auditFile } = this.#settings;
      const message = `The audit log ${auditFile} cannot be used: ${errorText(error)}`;
      throw new AppError('config_unreadable', message, { cause: error });
    }
    return this.#listen();
  }

  /** Commands that wait are dropped; the one that runs is waited for. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#server.closeAllConnections();
    await new Promise<void>((done) => this.#server.close(() => done()));
    await this.#running;
  }

  #listen(): Promise<number> {
    const { host, port } = this.#settings.listen;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        reject(new AppError('listen_failed', `Cannot listen on ${host}:${port}: ${error.message}`));
      });
      this.#server.listen(port, host, () => {
        const address: AddressInfo | string | null = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** One command at a time: what settles meanwhile waits, and a storm can still drop it. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped || this.#running !== undefined) return;
    const waitMs = this.#policy.waitMs(this.#deps.clock.now().monoMs);
    if (waitMs === undefined) return;
    this.#timer = setTimeout(() => this.#next(), Math.ceil(waitMs));
  }

  #next(): void {
    const taken = this.#policy.take(this.#deps.clock.now().monoMs);
    if (taken?.kind === 'run') {
      this.#running = this.#run(taken.task).finally(() => {
        this.#running = undefined;
        this.#schedule();
      });
      return;
    }
    if (taken !== undefined) this.#tell(taken);
    this.#schedule();
  }

  async #run(task: Task): Promise<void> {
    const { command, mode, timeoutMs } = this.#settings;
    const argv = argumentsFor(command, task);
    const isDry = mode === 'dry-run';
    // Nothing is run that is not in the log.
    if (!this.#write(isDry ? 'dry_run' : 'run', { ...task, argv })) return;
    this.#deps.log.info(isDry ? 'A command would run' : 'A command runs', { ...task });
    if (isDry) return;
    const begun = this.#deps.clock.now().monoMs;
    const outcome = await runCommand(argv, { timeoutMs, home: this.#deps.home });
    const seconds = Math.round(this.#deps.clock.now().monoMs - begun) / 1000;
    this.#write('done', { ...task, ...outcome, seconds });
    const { result } = outcome;
    this.#deps.log[result === 'ok' ? 'info' : 'warn']('A command ended', { ...task, result });
  }

  /** False when the audit log cannot be written. */
  #tell(decision: Decision): boolean {
    if (decision.kind === 'refused')
      return this.#refusal({ reason: decision.reason, ...decision.task });
    if (decision.kind !== 'storm') return this.#write(decision.kind, { ...decision.task });
    const { master, because } = decision;
    this.#deps.log.warn('A storm: nothing is done for this master', { master, because });
    return this.#write('storm', { master, because });
  }

  #refusal(fields: AuditFields): boolean {
    return this.#attempt((wallMs) => this.#audit.writeRefusal(fields, wallMs));
  }

  #write(event: string, fields: AuditFields): boolean {
    return this.#attempt((wallMs) => this.#audit.write(event, fields, wallMs));
  }

  #attempt(write: (wallMs: number) => void): boolean {
    try {
      write(this.#deps.clock.now().wallMs);
      return true;
    } catch (error) {
      const fields = { error: errorText(error) };
      this.#deps.log.error('The audit log cannot be written; nothing is run without it', fields);
      return false;
    }
  }
}
