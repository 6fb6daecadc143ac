/**
 * The monitor tap: other ZeroMQ programs of this host push the monitor events of their own sockets
 * to it.
 */
import { endianness } from 'node:os';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { Pull } from 'zeromq';
import type { Settings } from '../../config/settings.js';
import type { MonitorReject } from '../../domain/vocabulary.js';
import { errorText } from '../../lib/errors.js';
import { localBindEndpoint } from '../../lib/zmq-endpoint.js';
import { createHealthReporter, type HealthReporter } from '../health.js';
import type { MasterFacts, Source, SourceContext, SourceDefinition } from '../source.js';
import { decode } from './decode.js';
import { ipcPathProblem } from './ipc-path.js';
import {
  FRAME_MAX_BYTES,
  READ_BATCH_MESSAGES,
  READ_SLICE_MS,
  REBIND_MS,
  RECEIVE_HIGH_WATER_MARK_MESSAGES,
  RELEASE_MS,
} from './options.js';
import { SourceTable } from './source-table.js';

export const monitorTap: SourceDefinition = {
  name: 'monitor_tap',
  errorReasons: ['bind_failed', 'receive_failed'],
  enabled: (settings) => settings.monitor.tap !== undefined,
  create: (context) => new MonitorTap(context),
};

const LITTLE_ENDIAN = endianness() === 'LE';
/** Stands for a source whose name cannot be told, or has no place any more. */
const UNKNOWN_SOURCE = 'unknown';

class MonitorTap implements Source {
  readonly name = 'monitor_tap';
  readonly #context: SourceContext;
  readonly #health: HealthReporter;
  readonly #sources = new SourceTable();
  #endpoint: string | undefined;
  #socket: Pull | undefined;
  #draining: Promise<void> | undefined;
  #released: Promise<void> | undefined;
  #rebindTimer: NodeJS.Timeout | undefined;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#health = createHealthReporter(this.name, context.emit);
    this.#endpoint = context.settings.monitor.tap;
  }

  async start(): Promise<void> {
    await this.#open();
  }

  async reconfigure(settings: Settings, _master: MasterFacts): Promise<void> {
    if (settings.monitor.tap === this.#endpoint) return;
    await this.#close();
    this.#endpoint = settings.monitor.tap;
    await this.#open();
  }

  async stop(): Promise<void> {
    await this.#close();
  }

  async #open(): Promise<void> {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) {
      this.#health.report(false, 'off: monitor.tap is not set');
      return;
    }
    const checked = localBindEndpoint(endpoint);
    if (!checked.ok) {
      this.#health.report(false, `not listening: ${endpoint} ${checked.problem}`);
      return;
    }
    const problem =
      checked.ipcPath === undefined ? undefined : await ipcPathProblem(checked.ipcPath);
    if (problem !== undefined) {
      this.#openLater('bind_failed', problem);
      return;
    }
    await this.#bind(endpoint);
  }

  async #bind(endpoint: string): Promise<void> {
    let socket: Pull | undefined;
    try {
      socket = new Pull({
        linger: 0,
        ipv6: endpoint.includes('['),
        receiveHighWaterMark: RECEIVE_HIGH_WATER_MARK_MESSAGES,
        maxMessageSize: FRAME_MAX_BYTES,
      });
      this.#socket = socket;
      this.#released = released(socket);
      await socket.bind(endpoint);
    } catch (error) {
      socket?.close();
      // Stopped, or told another endpoint, while it was binding.
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#openLater('bind_failed', errorText(error));
      return;
    }
    if (this.#socket !== socket) return;
    this.#health.report(true, `listening on ${socket.lastEndpoint ?? endpoint}`);
    this.#draining = this.#drain(socket).catch((error: unknown) => {
      // Closed by us: a read that was under way may fail of it.
      if (this.#socket !== socket) return;
      socket.close();
      this.#socket = undefined;
      this.#openLater('receive_failed', errorText(error));
    });
  }

  async #close(): Promise<void> {
    clearTimeout(this.#rebindTimer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket?.lastEndpoint) {
      // libzmq closes the listener in a thread of its own, after `close` returned: whoever binds
      // the endpoint next would find it in use.
      await socket.unbind(socket.lastEndpoint).catch(() => undefined);
      await Promise.race([this.#released, delay(RELEASE_MS, undefined, { ref: false })]);
    }
    socket?.close();
    await this.#draining;
  }

  #openLater(reason: 'bind_failed' | 'receive_failed', problem: string): void {
    this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
    this.#context.log.warn('The monitor tap is not listening.', { reason, problem });
    this.#health.report(
      false,
      `not listening on ${this.#endpoint}: ${problem}; tried again every ${REBIND_MS / 1000} s`,
    );
    clearTimeout(this.#rebindTimer);
    this.#rebindTimer = setTimeout(() => {
      // Never rejects: what can fail in it is caught and counted there.
      void this.#open();
    }, REBIND_MS);
  }

  /** Reads until the socket is closed, never faster than READ_BATCH_MESSAGES in READ_SLICE_MS. */
  async #drain(socket: Pull): Promise<void> {
    let sliceMonoMs = this.#context.clock.now().monoMs;
    let read = 0;
    for await (const frames of socket) {
      this.#apply(frames);
      read += 1;
      if (read < READ_BATCH_MESSAGES) continue;
      const restMs = sliceMonoMs + READ_SLICE_MS - this.#context.clock.now().monoMs;
      if (restMs > 0) await delay(restMs);
      else await nextTurn();
      sliceMonoMs = this.#context.clock.now().monoMs;
      read = 0;
    }
  }

  #apply(frames: readonly Uint8Array[]): void {
    const message = decode(frames, LITTLE_ENDIAN);
    const nowMonoMs = this.#context.clock.now().monoMs;
    if (!message.ok) {
      this.#reject(message.source, message.reason, nowMonoMs);
      return;
    }
    const { source, socket, event, value } = message;
    if (!this.#sources.admitSocket(source, socket, nowMonoMs)) {
      this.#reject(source, 'source', nowMonoMs);
      return;
    }
    this.#context.emit({ kind: 'monitor_event', source, socket, event, value });
  }

  #reject(source: string | undefined, reason: MonitorReject, nowMonoMs: number): void {
    const named = source !== undefined && this.#sources.admitSource(source, nowMonoMs);
    this.#context.emit({
      kind: 'monitor_rejected',
      source: named ? source : UNKNOWN_SOURCE,
      reason,
    });
  }
}

/** Resolves when the listener of the socket is closed; asked before it is bound, or it is missed. */
function released(socket: Pull): Promise<void> {
  return new Promise((resolve) => {
    socket.events.on('close', () => resolve());
  });
}
