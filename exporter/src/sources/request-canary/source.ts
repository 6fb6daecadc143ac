/**
 * The request canary: pings the request port at a fixed interval and counts how its workers answer.
 */
import type { Settings } from '../../config/settings.js';
import type { PingResult } from '../../domain/vocabulary.js';
import { errorText } from '../../lib/errors.js';
import { OneRequest } from '../../lib/one-request.js';
import { connectEndpoint } from '../../lib/zmq-endpoint.js';
import { createHealthReporter, type HealthReporter } from '../health.js';
import { emitRequestEvent } from '../request-event.js';
import type { MasterFacts, Source, SourceContext, SourceDefinition } from '../source.js';
import { describeCondition, type LastPing } from './condition.js';
import { PING_LIMITS, type PingLimits, UNANSWERED_MAX } from './options.js';
import { pingRequest } from './ping.js';
import { type ProbeEnd, probeEnd } from './probe.js';

export const requestCanary: SourceDefinition = defineRequestCanary(PING_LIMITS);

/** Limits other than `PING_LIMITS` are for tests, which cannot wait ten minutes. */
export function defineRequestCanary(limits: PingLimits): SourceDefinition {
  return {
    name: 'request_canary',
    errorReasons: ['socket_failed', 'unknown_monitor_event'],
    enabled: (settings) => settings.canary.requestIntervalSeconds > 0,
    create: (context) => new RequestCanary(context, limits),
  };
}

/** What pings are made from; those that are open end when the port that they were sent to changes. */
interface Target {
  readonly transport: string;
  readonly host: string;
  readonly port: number;
  readonly sourceAddress: string;
  readonly intervalSeconds: number;
  /** Pings that may be unanswered at once: one per worker. */
  readonly unansweredLimit: number;
}

interface OpenProbe {
  readonly probe: OneRequest;
  readonly sentMonoMs: number;
  readonly sequence: number;
  /** Runs to the timeout first, then to the expiry. */
  timer: NodeJS.Timeout;
  timedOut: boolean;
}

class RequestCanary implements Source {
  readonly name = 'request_canary';
  readonly #context: SourceContext;
  readonly #limits: PingLimits;
  readonly #health: HealthReporter;
  readonly #open = new Set<OpenProbe>();
  /** Sockets that libzmq is still closing: their last event is yet to come. */
  readonly #closing = new Set<Promise<unknown>>();
  #target: Target;
  #last: LastPing | undefined;
  #interval: NodeJS.Timeout | undefined;
  #sequence = 0;

  constructor(context: SourceContext, limits: PingLimits) {
    this.#context = context;
    this.#limits = limits;
    this.#health = createHealthReporter(this.name, context.emit);
    this.#target = targetOf(context.settings, context.master);
  }

  async start(): Promise<void> {
    this.#begin();
  }

  async reconfigure(settings: Settings, master: MasterFacts): Promise<void> {
    const target = targetOf(settings, master);
    if (JSON.stringify(target) === JSON.stringify(this.#target)) return;
    // A worker may still hold what was sent: only another master gives the places back.
    if (isSamePort(target, this.#target)) await this.#pause();
    else await this.#end();
    this.#target = target;
    this.#begin();
  }

  async stop(): Promise<void> {
    await this.#end();
  }

  #begin(): void {
    const { intervalSeconds, transport } = this.#target;
    this.#last = undefined;
    if (intervalSeconds <= 0) {
      this.#health.report(false, 'off: canary.request.interval is 0');
      return;
    }
    if (transport !== 'zeromq') {
      this.#health.report(
        false,
        `the master takes requests over ${transport}, not zeromq: no pings`,
      );
      return;
    }
    this.#reportCondition();
    this.#ping();
    this.#interval = setInterval(() => this.#ping(), intervalSeconds * 1000);
  }

  async #pause(): Promise<void> {
    clearInterval(this.#interval);
    await Promise.all(this.#closing);
  }

  async #end(): Promise<void> {
    for (const entry of this.#open) this.#release(entry);
    await this.#pause();
  }

  /** Sends one ping, unless as many are open as may be unanswered. */
  #ping(): void {
    const { host, port, sourceAddress, unansweredLimit } = this.#target;
    if (this.#open.size >= unansweredLimit) return;
    const target = connectEndpoint({ host, port, sourceAddress });
    if (!target.ok) {
      this.#health.report(false, `no pings: ${target.problem}`);
      return;
    }
    try {
      this.#send(target);
    } catch (error) {
      this.#countFailure(error);
      this.#count('error', this.#sequence++);
      this.#last = 'failed';
      this.#reportCondition();
    }
  }

  #send(target: { endpoint: string; ipv6: boolean }): void {
    const sentMonoMs = this.#context.clock.now().monoMs;
    const probe = new OneRequest(target, pingRequest(), {
      onEnd: (end) =>
        this.#finish(entry, probeEnd(end), end.kind === 'failed' ? end.error : undefined),
      onEvent: (event, peerOpen) => emitRequestEvent(this.#context, this.name, { event, peerOpen }),
    });
    const entry: OpenProbe = {
      probe,
      sentMonoMs,
      sequence: this.#sequence++,
      timer: setTimeout(() => this.#timeOut(entry), this.#limits.timeoutMs),
      timedOut: false,
    };
    this.#open.add(entry);
  }

  #finish(entry: OpenProbe, end: ProbeEnd, error: unknown): void {
    this.#release(entry);
    if (end === 'failed') this.#countFailure(error);
    // After its timeout an end frees the place and is no result any more.
    if (!entry.timedOut) {
      const seconds = (this.#context.clock.now().monoMs - entry.sentMonoMs) / 1000;
      const { sequence } = entry;
      if (end === 'echo') this.#count('ok', sequence, seconds);
      else this.#count('error', sequence);
      this.#last = end;
    } else if (end === 'echo') {
      this.#context.emit({ kind: 'late_ping', sequence: entry.sequence });
    }
    this.#reportCondition();
  }

  #timeOut(entry: OpenProbe): void {
    entry.timedOut = true;
    // Without a handshake no worker can have it: that says nothing of the workers.
    this.#count('timeout', entry.probe.delivered ? entry.sequence : undefined);
    if (entry.probe.delivered) {
      this.#last = 'unanswered';
      const rest = this.#limits.unansweredExpiryMs - this.#limits.timeoutMs;
      entry.timer = setTimeout(() => {
        this.#release(entry);
        this.#reportCondition();
      }, rest);
    } else {
      // No worker can have it: nothing is outstanding.
      this.#last = 'silent';
      this.#release(entry);
    }
    this.#reportCondition();
  }

  #release(entry: OpenProbe): void {
    clearTimeout(entry.timer);
    this.#open.delete(entry);
    const closed: Promise<unknown> = entry.probe.close().then(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  #count(result: PingResult, sequence: number | undefined, seconds?: number): void {
    const said = { kind: 'request_ping', result, seconds } as const;
    this.#context.emit(sequence === undefined ? said : { ...said, sequence });
  }

  #countFailure(error: unknown): void {
    const reason = 'socket_failed';
    this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
    this.#context.log.warn('A ping could not be sent.', { error: errorText(error) });
  }

  #reportCondition(): void {
    const { host, port, sourceAddress, unansweredLimit } = this.#target;
    let unanswered = 0;
    for (const entry of this.#open) if (entry.timedOut) unanswered += 1;
    const { up, detail } = describeCondition({
      where: `${host}:${port} from ${sourceAddress}`,
      last: this.#last,
      unanswered,
      unansweredLimit,
      timeoutSeconds: this.#limits.timeoutMs / 1000,
      expirySeconds: this.#limits.unansweredExpiryMs / 1000,
    });
    this.#health.report(up, detail);
  }
}

function isSamePort(one: Target, other: Target): boolean {
  const { transport, host, port, sourceAddress } = one;
  return (
    transport === other.transport &&
    host === other.host &&
    port === other.port &&
    sourceAddress === other.sourceAddress
  );
}

function targetOf(settings: Settings, master: MasterFacts): Target {
  return {
    transport: master.transport,
    host: master.connectHost,
    port: master.requestPort,
    sourceAddress: settings.canary.sourceAddress,
    intervalSeconds: settings.canary.requestIntervalSeconds,
    unansweredLimit: Math.max(1, Math.min(master.workerThreads, UNANSWERED_MAX)),
  };
}
