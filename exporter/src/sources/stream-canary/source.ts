/**
 * The stream canary: our own subscription to the publish port, which counts what the master puts on
 * the wire.
 */
import type { Settings } from '../../config/settings.js';
import { errorText } from '../../lib/errors.js';
import { connectEndpoint } from '../../lib/zmq-endpoint.js';
import type { SocketEvent } from '../../lib/zmq-monitor.js';
import { messageWireBytes } from '../../lib/zmtp.js';
import { createHealthReporter, type HealthReporter } from '../health.js';
import type { MasterFacts, Source, SourceContext, SourceDefinition } from '../source.js';
import { applyEvent, type LinkState, stateDetail } from './link-state.js';
import { MessageBatch } from './message-batch.js';
import { BATCH_MS, GREETING_MAX_MS, REOPEN_MS } from './options.js';
import { Subscription } from './subscription.js';
import { topicOf } from './topic.js';

/** One message of the publish stream as our subscription received it. */
export interface StreamMessage {
  /** CLOCK_MONOTONIC when it was read. */
  readonly arrivedMonoMs: number;
  /** Bytes on the wire, all frames with their headers. */
  readonly wireBytes: number;
}

export interface StreamCanaryHooks {
  /** Called for each message, in order, before it is counted; must return at once. */
  readonly onMessage?: (message: StreamMessage) => void;
}

const STREAM_ERROR_REASONS = [
  'connect_failed',
  'receive_failed',
  /** Bytes of a program that is no ZeroMQ publisher. */
  'message_without_handshake',
  'unknown_monitor_event',
] as const;

/**
 * `hooks` is how the program learns of each message: to have the kernel scanned after a publish.
 */
export function defineStreamCanary(hooks: StreamCanaryHooks = {}): SourceDefinition {
  return {
    name: 'stream_canary',
    errorReasons: STREAM_ERROR_REASONS,
    enabled: () => true,
    create: (context) => new StreamCanary(context, hooks),
  };
}

/** What a subscription is made from; a change of any of it makes a new one. */
interface Target {
  readonly transport: string;
  readonly host: string;
  readonly port: number;
  readonly sourceAddress: string;
}

class StreamCanary implements Source {
  readonly name = 'stream_canary';
  readonly #context: SourceContext;
  readonly #hooks: StreamCanaryHooks;
  readonly #health: HealthReporter;
  #target: Target;
  #subscription: Subscription | undefined;
  /** Settles when the socket of the last subscription that was given up is closed. */
  #leaving: Promise<void> | undefined;
  #state: LinkState = 'connecting';
  #reopenTimer: NodeJS.Timeout | undefined;
  #greetingTimer: NodeJS.Timeout | undefined;
  #batchTimer: NodeJS.Timeout | undefined;
  readonly #batch = new MessageBatch();
  #unsolicited = 0;
  /**
   * The connection now open has had its handshake; libzmq reports no end of it when we close it
   * ourselves.
   */
  #peerOpen = false;

  constructor(context: SourceContext, hooks: StreamCanaryHooks) {
    this.#context = context;
    this.#hooks = hooks;
    this.#health = createHealthReporter(this.name, context.emit);
    this.#target = targetOf(context.settings, context.master);
  }

  async start(): Promise<void> {
    this.#open('connecting');
  }

  async reconfigure(settings: Settings, master: MasterFacts): Promise<void> {
    const target = targetOf(settings, master);
    if (sameTarget(target, this.#target)) return;
    await this.#close();
    this.#target = target;
    this.#open('connecting');
  }

  async stop(): Promise<void> {
    await this.#close();
  }

  #open(state: LinkState): void {
    const { transport, host, port, sourceAddress } = this.#target;
    this.#state = state;
    if (transport !== 'zeromq') {
      this.#health.report(
        false,
        `the master publishes over ${transport}, not zeromq: publishes are not counted`,
      );
      return;
    }
    const target = connectEndpoint({ host, port, sourceAddress });
    if (!target.ok) {
      this.#health.report(false, `no subscription, publishes are not counted: ${target.problem}`);
      return;
    }
    this.#reportState();
    try {
      this.#subscription = new Subscription(target, {
        onMessage: (frames) => this.#countMessage(frames),
        onUnsolicited: () => this.#countUnsolicited(),
        onEvent: (event) => this.#applyEvent(event),
        onFailure: (error) => this.#reopenLater('receive_failed', error),
      });
    } catch (error) {
      this.#reopenLater('connect_failed', error);
    }
  }

  async #close(): Promise<void> {
    clearTimeout(this.#reopenTimer);
    clearTimeout(this.#greetingTimer);
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await Promise.all([subscription?.close(), this.#leaving]);
    this.flush();
  }

  /**
   * Something that speaks without ZMTP's signature: libzmq would stay connected to it for ever, as
   * to a peer of ZMTP 1.0.
   */
  #leaveStranger(): void {
    const subscription = this.#subscription;
    if (subscription === undefined) return;
    this.#subscription = undefined;
    clearTimeout(this.#greetingTimer);
    this.#leaving = subscription.close();
    this.#state = 'stranger';
    this.#reportState();
    this.#reopenTimer = setTimeout(() => this.#open('stranger'), REOPEN_MS);
  }

  #reopenLater(reason: 'receive_failed' | 'connect_failed', error: unknown): void {
    this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
    this.#context.log.warn('The subscription to the publish port failed.', {
      reason,
      error: errorText(error),
    });
    this.#health.report(
      false,
      `the subscription to ${this.#where()} failed (${errorText(error)}); ` +
        `made anew every ${REOPEN_MS / 1000} s`,
    );
    this.#subscription = undefined;
    clearTimeout(this.#reopenTimer);
    clearTimeout(this.#greetingTimer);
    this.#reopenTimer = setTimeout(() => this.#open('connecting'), REOPEN_MS);
  }

  #countMessage(frames: readonly Uint8Array[]): void {
    const { monoMs: arrivedMonoMs } = this.#context.clock.now();
    const message = { arrivedMonoMs, wireBytes: messageWireBytes(frames) };
    this.#hooks.onMessage?.(message);
    this.#batch.add(message, topicOf(frames));
    if (this.#batch.isFull) this.flush();
    else this.#flushSoon();
  }

  #countUnsolicited(): void {
    this.#unsolicited += 1;
    this.#flushSoon();
    this.#leaveStranger();
  }

  /** Tells what was read and not told yet. */
  flush(): void {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    const messages = this.#batch.take();
    if (messages !== undefined) this.#context.emit(messages);
    if (this.#unsolicited > 0) {
      const count = this.#unsolicited;
      this.#unsolicited = 0;
      this.#context.emit({
        kind: 'source_error',
        source: this.name,
        reason: 'message_without_handshake',
        count,
      });
    }
  }

  #flushSoon(): void {
    this.#batchTimer ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  #applyEvent(event: SocketEvent | undefined): void {
    if (event === undefined) {
      const reason = 'unknown_monitor_event';
      this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
      return;
    }
    const ends = event.name === 'disconnected' || event.name === 'monitor_stopped';
    const endedPeers = ends && this.#peerOpen ? 1 : 0;
    if (event.name === 'handshake_succeeded') this.#tellLink(true);
    if (ends && this.#peerOpen) this.#tellLink(false);
    this.#context.emit({
      kind: 'monitor_event',
      source: 'exporter',
      socket: 'publish',
      event: event.name,
      value: event.value,
      endedPeers,
    });
    if (this.#subscription === undefined) return;
    if (event.name === 'connected') {
      this.#greetingTimer = setTimeout(() => this.#leaveStranger(), GREETING_MAX_MS);
    } else if (event.name === 'handshake_succeeded' || ends) {
      clearTimeout(this.#greetingTimer);
    }
    this.#state = applyEvent(this.#state, event.name);
    this.#reportState();
  }

  /** What was read before stands before it. */
  #tellLink(subscribed: boolean): void {
    this.#peerOpen = subscribed;
    this.flush();
    const { monoMs } = this.#context.clock.now();
    this.#context.emit({ kind: 'stream_link', subscribed, monoMs });
  }

  #reportState(): void {
    this.#health.report(this.#state === 'subscribed', stateDetail(this.#state, this.#where()));
  }

  #where(): string {
    const { host, port, sourceAddress } = this.#target;
    return `${host}:${port} from ${sourceAddress}`;
  }
}

function targetOf(settings: Settings, master: MasterFacts): Target {
  return {
    transport: master.transport,
    host: master.connectHost,
    port: master.publishPort,
    sourceAddress: settings.canary.sourceAddress,
  };
}

function sameTarget(a: Target, b: Target): boolean {
  return (
    a.transport === b.transport &&
    a.host === b.host &&
    a.port === b.port &&
    a.sourceAddress === b.sourceAddress
  );
}
