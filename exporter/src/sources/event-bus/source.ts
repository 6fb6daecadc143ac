/** The event bus: every event that the master and its minions fire, read without ever making the master wait. */
import type { Settings } from '../../config/settings.js';
import { createHealthReporter, type HealthReporter } from '../health.js';
import type { MasterFacts, Source, SourceContext, SourceDefinition } from '../source.js';
import { addressText, type BusAddress, busAddress, sameAddress } from './address.js';
import { BusConnection } from './connection.js';
import { EventIntake } from './intake.js';
import { STRANGER_RETRY_MS } from './options.js';

const BUS_ERROR_REASONS = [
  /** The master ended the connection, or it broke; Salt discards a slow reader this way too. */
  'connection_ended',
  /** What answered sent something that no event bus sends. */
  'stranger',
  /** The socket's path leads to another socket than the one that was read. */
  'socket_replaced',
  /** An event stamped later than it arrived: a clock was set, or the stamp is not the master's. */
  'stamp_ahead',
] as const;

export const eventBus: SourceDefinition = {
  name: 'event_bus',
  errorReasons: BUS_ERROR_REASONS,
  enabled: () => true,
  create: (context) => new EventBus(context),
};

const ERROR_OF = {
  ended: 'connection_ended',
  left: 'stranger',
  replaced: 'socket_replaced',
} as const;

class EventBus implements Source {
  readonly name = 'event_bus';
  readonly #context: SourceContext;
  readonly #health: HealthReporter;
  #address: BusAddress;
  #connection: BusConnection | undefined;
  #intake: EventIntake | undefined;
  #isOpen = false;
  /** Since the last stranger nothing that looks like an event was read. */
  #isSuspect = false;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#health = createHealthReporter(this.name, context.emit);
    this.#address = busAddress(context.master);
  }

  async start(): Promise<void> {
    this.#open();
  }

  async reconfigure(_settings: Settings, master: MasterFacts): Promise<void> {
    const address = busAddress(master);
    if (sameAddress(address, this.#address)) return;
    this.#close();
    this.#address = address;
    this.#open();
  }

  async stop(): Promise<void> {
    this.#close();
  }

  #open(): void {
    const { clock, emit } = this.#context;
    const where = addressText(this.#address);
    const intake = new EventIntake({
      clock,
      emit,
      random: Math.random,
      onFrame: () => this.#frameSeen(where),
      onLost: () => this.#connection?.leave(),
    });
    this.#intake = intake;
    // Until it is connected; the bus is not up before.
    emit({ kind: 'bus_link', connected: false, monoMs: clock.now().monoMs });
    this.#connection = new BusConnection(this.#address, {
      onOpen: () => {
        this.#isOpen = true;
        intake.opened();
        if (!this.#isSuspect) this.#health.report(true, `events are read from ${where}`);
      },
      space: () => intake.space,
      onRead: (bytes) => intake.taken(bytes),
      onClose: (why) => {
        this.#isOpen = false;
        intake.closed();
        const reason = ERROR_OF[why];
        emit({ kind: 'source_error', source: this.name, reason, count: 1 });
        if (why === 'left') this.#isSuspect = true;
        this.#health.report(false, this.#closedText(where, why));
      },
      onProblem: (problem) => this.#health.report(false, `no event bus at ${where}: ${problem}`),
    });
  }

  /** What was read and not decoded yet is lost with it: the settings name another bus. */
  #close(): void {
    this.#connection?.close();
    this.#intake?.stop();
    if (this.#isOpen) {
      const { monoMs } = this.#context.clock.now();
      this.#context.emit({ kind: 'bus_link', connected: false, monoMs });
    }
    this.#isOpen = false;
    this.#isSuspect = false;
    this.#connection = undefined;
    this.#intake = undefined;
  }

  #frameSeen(where: string): void {
    if (!this.#isSuspect || !this.#isOpen) return;
    this.#isSuspect = false;
    this.#health.report(true, `events are read from ${where}`);
  }

  #closedText(where: string, why: keyof typeof ERROR_OF): string {
    if (why === 'left')
      return `what answers at ${where} does not speak as an event bus does; tried again every ${STRANGER_RETRY_MS / 1000} s`;
    return `the connection to ${where} ended: events are missed until it is made again`;
  }
}
