/**
 * Canary jobs: test.ping, and file pulls, of one minion after the other, within a budget and only
 * while the master is well. Published as Salt's own client does; what returns comes over the bus.
 */
import type { Settings } from '../../config/settings.js';
import { type CanaryPlan, canaryJid } from '../../domain/canary-job.js';
import { errorText } from '../../lib/errors.js';
import { OneRequest, type RequestEnd } from '../../lib/one-request.js';
import { connectEndpoint } from '../../lib/zmq-endpoint.js';
import { createHealthReporter, type HealthReporter } from '../health.js';
import { emitRequestEvent } from '../request-event.js';
import type { MasterFacts, Source, SourceContext, SourceDefinition } from '../source.js';
import { JobBudget } from './budget.js';
import { FileSlots } from './file-slots.js';
import { readKey } from './key-file.js';
import { publishRequest } from './load.js';
import { CANARY_LIMITS, type CanaryLimits } from './options.js';
import type { PullFile } from './pull-files.js';
import { REPLY_PROBLEMS, readReply } from './reply.js';
import { Rotation, type Turn } from './rotation.js';
import { PUBLISH_PROBLEMS, type PublishProblem, planOf } from './stance.js';

export const jobCanary: SourceDefinition = defineJobCanary(CANARY_LIMITS);

/** Limits other than `CANARY_LIMITS` are for tests. */
export function defineJobCanary(limits: CanaryLimits): SourceDefinition {
  return {
    name: 'job_canary',
    errorReasons: [
      ...PUBLISH_PROBLEMS,
      ...REPLY_PROBLEMS,
      /** The bus was not heard while a return was due. */
      'bus_gap',
      'file_not_written',
      'file_not_removed',
      'unknown_monitor_event',
    ],
    enabled: (settings) => settings.canary.jobs,
    create: (context) => new JobCanary(context, limits),
  };
}

/** A publish that is on its way; there is one at most. */
interface OpenPublish {
  readonly request: OneRequest;
  readonly jid: string;
  readonly turn: Turn;
  readonly file: PullFile | undefined;
  /** Runs to the timeout first, then to the expiry. */
  timer: NodeJS.Timeout;
  timedOut: boolean;
}

const MICROSECONDS = 1_000;

class JobCanary implements Source {
  readonly name = 'job_canary';
  readonly #context: SourceContext;
  readonly #limits: CanaryLimits;
  readonly #health: HealthReporter;
  readonly #rotation = new Rotation(Math.random);
  readonly #budget: JobBudget;
  readonly #files = new FileSlots((error) => this.#countFile('file_not_removed', error));
  readonly #closing = new Set<Promise<unknown>>();
  #settings: Settings;
  #master: MasterFacts;
  #open: OpenPublish | undefined;
  #ticker: NodeJS.Timeout | undefined;
  /** A job is being prepared: its key is read, its file written. */
  #isPreparing = false;
  #failures = 0;
  #nextTryMonoMs = Number.NEGATIVE_INFINITY;
  #problem: { readonly kind: PublishProblem; readonly detail: string } | undefined;
  #troubleMonoMs = Number.NEGATIVE_INFINITY;
  #trouble: string | undefined;
  #told = '';
  #isStopped = false;

  constructor(context: SourceContext, limits: CanaryLimits) {
    this.#context = context;
    this.#limits = limits;
    this.#health = createHealthReporter(this.name, context.emit);
    this.#settings = context.settings;
    this.#master = context.master;
    const { monoMs } = context.clock.now();
    this.#budget = new JobBudget(context.settings.canary.jobsPerMinute, monoMs);
  }

  async start(): Promise<void> {
    await this.#files.find(this.#settings.canary.fileDir, this.#master.canary);
    this.#ticker = setInterval(() => this.#step(), this.#limits.stepMs);
    this.#tellPlan();
  }

  async reconfigure(settings: Settings, master: MasterFacts): Promise<void> {
    this.#settings = settings;
    this.#master = master;
    this.#budget.jobsPerMinute = settings.canary.jobsPerMinute;
    this.#nextTryMonoMs = Number.NEGATIVE_INFINITY;
    await this.#files.find(settings.canary.fileDir, master.canary);
    this.#tellPlan();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#ticker);
    if (this.#open !== undefined) this.#release(this.#open);
    await this.#files.clear();
    await Promise.all(this.#closing);
  }

  /** Sends a job if one is due, the master is well, and the last publish was answered. */
  #step(): void {
    const { monoMs } = this.#context.clock.now();
    this.#files.release(monoMs);
    this.#lookForTrouble(monoMs);
    this.#tellPlan();
    if (this.#obstacle() !== undefined || this.#trouble !== undefined) return;
    if (this.#isPreparing || this.#open !== undefined) return;
    if (monoMs < this.#nextTryMonoMs || !this.#budget.isDue(monoMs)) return;
    const sight = this.#context.canarySight;
    if (sight === undefined) return;
    const turn = this.#rotation.next(sight.fleet, sight.isMinion);
    if (turn === undefined) return;
    this.#budget.spend(monoMs);
    this.#isPreparing = true;
    void this.#ask(turn).finally(() => {
      this.#isPreparing = false;
    });
  }

  #lookForTrouble(monoMs: number): void {
    const trouble = this.#context.canarySight?.trouble();
    if (trouble !== undefined) {
      this.#trouble = trouble;
      this.#troubleMonoMs = monoMs;
    } else if (monoMs - this.#troubleMonoMs >= this.#limits.calmMs) this.#trouble = undefined;
  }

  async #ask(turn: Turn): Promise<void> {
    const { canary, cacheDir } = this.#master;
    const user = this.#settings.canary.jobsUser ?? canary?.user ?? 'root';
    const read = await readKey(cacheDir, user);
    if (!read.ok) {
      this.#fail(turn, undefined, { kind: read.reason, detail: read.detail });
      return;
    }
    const file = turn.isFileTurn ? await this.#newFile() : undefined;
    if (this.#isStopped) return;
    this.#publish({ ...turn, isFileTurn: file !== undefined }, { key: read.key, user, file });
  }

  /** undefined: no file is pulled, so that minion is pinged. */
  async #newFile(): Promise<PullFile | undefined> {
    const { monoMs } = this.#context.clock.now();
    try {
      return await this.#files.write(monoMs);
    } catch (error) {
      this.#countFile('file_not_written', error);
      return undefined;
    }
  }

  #countFile(reason: 'file_not_written' | 'file_not_removed', error: unknown): void {
    this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
    this.#context.log.warn('A file for canary jobs', { reason, error: errorText(error) });
  }

  #publish(
    turn: Turn,
    { key, user, file }: { key: string; user: string; file: PullFile | undefined },
  ): void {
    const { clock, emit } = this.#context;
    const { connectHost: host, requestPort: port } = this.#master;
    const { sourceAddress } = this.#settings.canary;
    const target = connectEndpoint({ host, port, sourceAddress });
    const { wallMs, monoMs } = clock.now();
    const jid = canaryJid(wallMs, Math.floor(Math.random() * MICROSECONDS));
    const { minion } = turn;
    const isFiltering = this.#master.canary?.isFiltering === true;
    const load = { jid, minion, key, user, isFiltering, file };
    const probe = turn.isFileTurn ? 'file' : 'ping';
    emit({ kind: 'canary_job', jid, probe, minion, sentMonoMs: monoMs });
    if (!target.ok) {
      this.#fail(turn, jid, { kind: 'not_reached', detail: target.problem });
      return;
    }
    try {
      const request = new OneRequest(target, publishRequest(load), {
        onEnd: (end) => this.#ended(open, end),
        onEvent: (event, peerOpen) =>
          emitRequestEvent(this.#context, this.name, { event, peerOpen }),
      });
      const timer = setTimeout(() => this.#timeOut(open), this.#limits.publishTimeoutMs);
      const open: OpenPublish = { request, jid, turn, file, timer, timedOut: false };
      this.#open = open;
    } catch (error) {
      this.#fail(turn, jid, { kind: 'socket_failed', detail: errorText(error) });
    }
  }

  #ended(open: OpenPublish, end: RequestEnd): void {
    this.#release(open);
    // After its timeout an end makes room for the next and is no result any more.
    if (open.timedOut) return;
    const { jid, turn } = open;
    if (end.kind === 'reply') {
      const reply = readReply(end.frames);
      const isOurs = reply.kind === 'accepted' && reply.jid === jid;
      if (isOurs && reply.minions.length === 1 && reply.minions[0] === turn.minion) {
        this.#failures = 0;
        this.#problem = undefined;
        this.#tellPlan();
      } else if (reply.kind === 'accepted') {
        this.#fail(turn, jid, { kind: 'unexpected_reply', detail: '' });
      } else this.#fail(turn, jid, { kind: reply.kind, detail: '' });
      return;
    }
    if (end.kind === 'failed') {
      this.#fail(turn, jid, { kind: 'socket_failed', detail: errorText(end.error) });
    } else this.#fail(turn, jid, { kind: 'not_reached', detail: this.#where() });
  }

  /** A worker may still have it: nothing more is asked until it is answered, gone, or long ago. */
  #timeOut(open: OpenPublish): void {
    open.timedOut = true;
    const { request, jid, turn } = open;
    this.#fail(turn, jid, { kind: 'publish_timeout', detail: this.#where() });
    if (!request.delivered) {
      this.#release(open);
      return;
    }
    const rest = this.#limits.unansweredExpiryMs - this.#limits.publishTimeoutMs;
    open.timer = setTimeout(() => this.#release(open), Math.max(0, rest));
  }

  #release(open: OpenPublish): void {
    clearTimeout(open.timer);
    if (this.#open === open) this.#open = undefined;
    const closed: Promise<unknown> = open.request.close().then(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  /** Counts it and waits longer each time; a minion whose key just went is no reason to wait. */
  #fail(
    turn: Turn,
    jid: string | undefined,
    problem: { readonly kind: PublishProblem; readonly detail: string },
  ): void {
    const probe = turn.isFileTurn ? 'file' : 'ping';
    this.#context.emit({ kind: 'canary_failure', jid, probe, reason: problem.kind });
    if (problem.kind === 'no_target') return;
    const { backoffMs, backoffMaxMs } = this.#limits;
    const pauseMs = Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(this.#failures, 16));
    this.#failures += 1;
    this.#nextTryMonoMs = this.#context.clock.now().monoMs + pauseMs;
    this.#problem = problem;
    this.#tellPlan();
  }

  #where(): string {
    return `${this.#master.connectHost}:${this.#master.requestPort}`;
  }

  /** Why no job can be sent, whatever the master does. */
  #obstacle(): string | undefined {
    const { canary } = this.#settings;
    if (!canary.jobs) return 'canary.jobs is off';
    const { transport } = this.#master;
    if (transport !== 'zeromq') return `the master takes requests over ${transport}, not zeromq`;
    return undefined;
  }

  #tellPlan(): void {
    const plan: CanaryPlan = planOf({
      jobsPerMinute: this.#settings.canary.jobsPerMinute,
      minions: this.#rotation.size,
      filesOff: this.#files.problem,
      obstacle: this.#obstacle(),
      problem: this.#problem,
      trouble: this.#trouble,
    });
    const said = JSON.stringify(plan);
    if (said === this.#told) return;
    this.#told = said;
    this.#context.emit(plan);
    this.#health.report(plan.stance === 'running', plan.detail);
    if (plan.stance === 'running') this.#context.log.info('Canary jobs', { plan: plan.detail });
  }
}
