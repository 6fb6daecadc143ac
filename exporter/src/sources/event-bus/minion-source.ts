/** The event bus of a minion: which returns were handed over to be sent, and what became of them. */
import type { Settings } from '../../config/settings.js';
import { createHealthReporter, type HealthReporter } from '../health.js';
import type { MasterFacts, Source, SourceContext, SourceDefinition } from '../source.js';
import { addressText, type BusAddress } from './address.js';
import { BusConnection } from './connection.js';
import { FrameReader } from './framing.js';
import { decodeMinionEvent } from './minion-decode.js';
import { createSegment, type Segment } from './segments.js';

/** A minion fires a few events a second at most: what a read brings is decoded at once. */
const SEGMENT_BYTES = 64 * 1024;

const ERROR_REASONS = [
  'connection_ended',
  'stranger',
  'socket_replaced',
  /** A frame that was too large, or had no body. */
  'frame_skipped',
] as const;
const ERROR_OF = {
  ended: 'connection_ended',
  left: 'stranger',
  replaced: 'socket_replaced',
} as const;

export const minionBus: SourceDefinition = {
  name: 'minion_bus',
  errorReasons: ERROR_REASONS,
  enabled: (settings) => settings.role === 'minion',
  create: (context) => new MinionBus(context),
};

class MinionBus implements Source {
  readonly name = 'minion_bus';
  readonly #context: SourceContext;
  readonly #health: HealthReporter;
  #address: BusAddress | undefined;
  #connection: BusConnection | undefined;
  #reader = new FrameReader();
  /** Two, taken in turns: the beginning of a frame may still stand in the one that was read last. */
  readonly #segments: readonly [Segment, Segment] = [
    createSegment(SEGMENT_BYTES),
    createSegment(SEGMENT_BYTES),
  ];
  #turn = 0;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#health = createHealthReporter(this.name, context.emit);
    this.#address = addressOf(context.master);
  }

  async start(): Promise<void> {
    this.#open();
  }

  async reconfigure(_settings: Settings, master: MasterFacts): Promise<void> {
    const address = addressOf(master);
    if (JSON.stringify(address) === JSON.stringify(this.#address)) return;
    this.#close();
    this.#address = address;
    this.#open();
  }

  async stop(): Promise<void> {
    this.#close();
  }

  #open(): void {
    const address = this.#address;
    if (address === undefined) {
      this.#health.report(
        false,
        'No event bus: the id of the minion is not known, and its socket is named after it.',
      );
      return;
    }
    const where = addressText(address);
    this.#connection = new BusConnection(address, {
      onOpen: () => {
        this.#reader = new FrameReader();
        this.#watch(true);
        this.#health.report(true, `events are read from ${where}`);
      },
      space: () => this.#filling.bytes,
      onRead: (bytes) => this.#taken(bytes),
      onClose: (why) => {
        this.#watch(false);
        this.#count(ERROR_OF[why]);
        this.#health.report(
          false,
          `the connection to ${where} ended: events are missed until it is made again`,
        );
      },
      // The sentences are those of a master's bus.
      onProblem: (problem) =>
        this.#health.report(
          false,
          `no event bus at ${where}: ${problem.replaceAll('master', 'minion')}`,
        ),
    });
  }

  #close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#watch(false);
  }

  get #filling(): Segment {
    return this.#segments[this.#turn === 0 ? 0 : 1];
  }

  #taken(bytes: number): void {
    const { monoMs } = this.#context.clock.now();
    this.#reader.feed({ segment: this.#filling, from: 0, to: bytes });
    this.#turn = 1 - this.#turn;
    const events = [];
    for (;;) {
      const found = this.#reader.next();
      if (found === undefined) break;
      if (found === 'lost') {
        this.#connection?.leave();
        break;
      }
      if (found !== 'frame') {
        this.#count('frame_skipped');
        continue;
      }
      const { bytes: source, start, end } = this.#reader.frame;
      const event = decodeMinionEvent(source.subarray(start, end), monoMs);
      if (event !== undefined) events.push(event);
    }
    if (events.length > 0) this.#context.emit({ kind: 'local_events', events });
  }

  #watch(watched: boolean): void {
    const { monoMs } = this.#context.clock.now();
    this.#context.emit({ kind: 'local_watch', part: 'bus', watched, monoMs });
  }

  #count(reason: (typeof ERROR_REASONS)[number]): void {
    this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
  }
}

function addressOf({ ipcMode, minion }: MasterFacts): BusAddress | undefined {
  if (minion === undefined) return undefined;
  if (ipcMode === 'tcp') return { kind: 'tcp', host: '127.0.0.1', port: minion.tcpPubPort };
  return minion.busSocket === undefined ? undefined : { kind: 'unix', path: minion.busSocket };
}
