/**
 * The kernel's own word that a socket is gone: subscription, port filter, and the exact count of
 * what an overflow lost.
 */
import type { ListenerRow } from '../../domain/observations.js';
import { monotonicMs } from '../../lib/clock.js';
import type { Libc } from '../../lib/libc.js';
import { EAGAIN, EINTR, ENOBUFS, NETLINK_SOCK_DIAG, NetlinkSocket } from '../../lib/netlink.js';
import { type DiagSink, decodeAnswer } from './decode.js';
import type { ReasonCounts } from './reasons.js';
import { DESTROY_GROUPS, destroyFilter, type WatchedPorts } from './request.js';
import { createTable, type SocketTable, shrinkTable } from './socket-table.js';

/**
 * What we ask for at first; the kernel counts about 2.3 KiB for each event (its skb, not only its
 * bytes) against twice this, which is room for 10,000 links that end in one instant. Without
 * CAP_NET_ADMIN net.core.rmem_max caps it.
 */
export const DEATH_BUFFER_BYTES = 12 << 20;
/** Asked for after overflows; a buffer is only memory while events wait in it. */
export const DEATH_BUFFER_MAXIMUM_BYTES = 48 << 20;
/** Rows handed over at once; one drain of a large burst makes several batches. */
export const DEATH_BATCH_ROWS = 4_096;

export interface DeathBatch {
  readonly table: SocketTable;
  readonly listeners: readonly ListenerRow[];
}

export interface DeathLoss {
  readonly overflows: number;
  readonly eventsLost: number;
}

export type DestroyOpen =
  | { readonly ok: true; readonly events: DestroyEvents }
  | { readonly ok: false; readonly errno: number };

export interface DestroyOptions {
  readonly ports: WatchedPorts;
  readonly reasons: ReasonCounts;
  /** Tests force overflows with a small one. */
  readonly bufferBytes?: number;
  /** Benchmarks show what the filter saves. */
  readonly filter?: boolean;
}

export class DestroyEvents {
  readonly #socket: NetlinkSocket;
  readonly #sink: DiagSink;
  readonly #filter: boolean;
  #bufferBytes: number;
  #bufferBytesInForce: number;
  #overflows = 0;
  #dropsSeen = 0;

  private constructor(socket: NetlinkSocket, options: DestroyOptions) {
    this.#socket = socket;
    this.#filter = options.filter ?? true;
    this.#bufferBytes = options.bufferBytes ?? DEATH_BUFFER_BYTES;
    this.#bufferBytesInForce = socket.setReceiveBuffer(this.#bufferBytes);
    this.#sink = {
      received: socket.received,
      content: 'death',
      ports: options.ports,
      sequence: 0, // multicast answers no request
      rowMonoMs: 0,
      table: createTable(DEATH_BATCH_ROWS),
      rowsMaximum: DEATH_BATCH_ROWS,
      listeners: [],
      reasons: options.reasons,
      torn: false,
    };
    this.configure(options.ports);
  }

  static open(libc: Libc, options: DestroyOptions): DestroyOpen {
    const opened = NetlinkSocket.open(libc, NETLINK_SOCK_DIAG, DESTROY_GROUPS);
    if (!opened.ok) return opened;
    return { ok: true, events: new DestroyEvents(opened.socket, options) };
  }

  /** Readable when an event waits. */
  get descriptor(): number {
    return this.#socket.descriptor;
  }

  get bufferBytesInForce(): number {
    return this.#bufferBytesInForce;
  }

  configure(ports: WatchedPorts): void {
    this.#sink.ports = ports;
    if (this.#filter && !this.#socket.attachFilter(destroyFilter(ports)))
      this.#sink.reasons.add('filter_refused');
  }

  /**
   * What waits, up to `most` events; `batch` is undefined when nothing of our ports was among it.
   * Never blocks.
   */
  drain(most = DEATH_BATCH_ROWS): { batch: DeathBatch | undefined; drained: boolean } {
    const sink = this.#sink;
    sink.table.count = 0;
    sink.listeners = [];
    const drained = this.#receiveBatch(sink, Math.min(most, DEATH_BATCH_ROWS));
    if (sink.table.count === 0 && sink.listeners.length === 0) return { batch: undefined, drained };
    return { batch: { table: shrinkTable(sink.table), listeners: sink.listeners }, drained };
  }

  /**
   * To be asked when the queue was drained: an overflowed socket takes nothing in until it is
   * empty, so only then is the count of the lost events final, and the next lost one announces
   * itself by a new ENOBUFS. Raises the buffer for the next burst.
   */
  takeLoss(): DeathLoss | undefined {
    if (this.#overflows === 0) return undefined;
    const overflows = this.#overflows;
    this.#overflows = 0;
    if (this.#bufferBytes < DEATH_BUFFER_MAXIMUM_BYTES) {
      this.#bufferBytes = Math.min(this.#bufferBytes * 2, DEATH_BUFFER_MAXIMUM_BYTES);
      this.#bufferBytesInForce = this.#socket.setReceiveBuffer(this.#bufferBytes);
    }
    const drops = this.#socket.drops();
    if (drops === undefined) {
      this.#sink.reasons.add('drops_unreadable');
      return { overflows, eventsLost: 0 };
    }
    const eventsLost = drops - this.#dropsSeen;
    this.#dropsSeen = drops;
    return { overflows, eventsLost };
  }

  close(): void {
    this.#socket.close();
  }

  /** One event a datagram; true when the queue was found empty. */
  #receiveBatch(sink: DiagSink, most: number): boolean {
    for (let taken = 0; taken < most; taken += 1) {
      const length = this.#socket.receive(false);
      if (length >= 0) {
        sink.rowMonoMs = monotonicMs();
        decodeAnswer(sink, length);
      } else if (length === -ENOBUFS) this.#overflows += 1;
      else if (length !== -EINTR) {
        if (length !== -EAGAIN) sink.reasons.add('deaths_failed');
        return true;
      }
    }
    return false;
  }
}
