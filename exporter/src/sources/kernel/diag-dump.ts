/** One dump of both ports and both address families through sock_diag. */
import { monotonicMs } from '../../lib/clock.js';
import type { Libc } from '../../lib/libc.js';
import { EAGAIN, EINTR, ENOBUFS, NETLINK_SOCK_DIAG, NetlinkSocket } from '../../lib/netlink.js';
import { type DiagSink, decodeAnswer } from './decode.js';
import type { ReasonCounts } from './reasons.js';
import { AF_INET, AF_INET6, dumpRequest, type WatchedPorts } from './request.js';
import type { SocketTable } from './socket-table.js';

/** The kernel answers at once; if it does not, the thread must go on to its destroy events. */
const ANSWER_TIMEOUT_MS = 1_000;
const ENOENT = 2;
const ENOMEM = 12;
/** Failures of the moment; any other errno means that this kernel refuses sock_diag. */
const TRANSIENT: ReadonlySet<number> = new Set([EINTR, EAGAIN, ENOMEM, ENOBUFS]);

export type DumpResult =
  | { readonly kind: 'dumped'; readonly complete: boolean }
  | { readonly kind: 'refused'; readonly errno: number };

interface Dump {
  readonly socket: NetlinkSocket;
  readonly sink: DiagSink;
  readonly betweenParts: BetweenParts | undefined;
}

/** Called between two parts of a dump with CLOCK_MONOTONIC; the kernel waits meanwhile. */
export type BetweenParts = (nowMs: number) => void;

/**
 * Opens its socket when it needs one, and drops it after a failure so that no late answer is taken
 * for a new one.
 */
export class DiagDump {
  readonly #libc: Libc;
  readonly #reasons: ReasonCounts;
  readonly #rowsMaximum: number;
  #socket: NetlinkSocket | undefined;
  #sink: DiagSink | undefined;

  constructor(libc: Libc, reasons: ReasonCounts, rowsMaximum: number) {
    this.#libc = libc;
    this.#reasons = reasons;
    this.#rowsMaximum = rowsMaximum;
  }

  /**
   * Fills the table from its start; `scan` is then read from `table` and `listeners` of the sink
   * that is returned.
   */
  dump(
    ports: WatchedPorts,
    table: SocketTable,
    betweenParts: BetweenParts | undefined = undefined,
  ): { result: DumpResult; sink: DiagSink | undefined } {
    const opened = this.#open(table);
    if ('errno' in opened)
      return { result: { kind: 'refused', errno: opened.errno }, sink: undefined };
    const { socket, sink } = opened;
    table.count = 0;
    sink.table = table;
    sink.ports = ports;
    sink.listeners = [];
    sink.torn = false;
    for (const family of [AF_INET, AF_INET6]) {
      sink.sequence = (sink.sequence + 1) >>> 0;
      const errno = this.#dumpFamily({ socket, sink, betweenParts }, family);
      if (errno === 0 || (family === AF_INET6 && errno === ENOENT)) continue; // a kernel without IPv6
      this.close();
      if (!TRANSIENT.has(errno)) return { result: { kind: 'refused', errno }, sink };
      this.#reasons.add(errno === EAGAIN ? 'dump_timeout' : 'dump_failed');
      return { result: { kind: 'dumped', complete: false }, sink };
    }
    return { result: { kind: 'dumped', complete: !sink.torn }, sink };
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#sink = undefined;
  }

  #open(table: SocketTable): { socket: NetlinkSocket; sink: DiagSink } | { errno: number } {
    if (this.#socket !== undefined && this.#sink !== undefined)
      return { socket: this.#socket, sink: this.#sink };
    const opened = NetlinkSocket.open(this.#libc, NETLINK_SOCK_DIAG, 0);
    if (!opened.ok) return { errno: opened.errno };
    const { socket } = opened;
    socket.setReceiveTimeout(ANSWER_TIMEOUT_MS);
    const sink: DiagSink = {
      received: socket.received,
      content: 'dump',
      ports: { publish: 0, request: 0 },
      sequence: 0,
      rowMonoMs: 0,
      table,
      rowsMaximum: this.#rowsMaximum,
      listeners: [],
      reasons: this.#reasons,
      torn: false,
    };
    this.#socket = socket;
    this.#sink = sink;
    return { socket, sink };
  }

  /** 0, or the errno that ended it. */
  #dumpFamily({ socket, sink, betweenParts }: Dump, family: number): number {
    const refused = socket.send(dumpRequest(family, sink.ports, sink.sequence));
    if (refused !== 0) return refused;
    // netlink_dump() of af_netlink.c writes the first part within send, each other one at the end
    // of the recv before: a part is as old as the end of the call before the one that fetches it.
    let writtenMonoMs = monotonicMs();
    for (;;) {
      const length = socket.receive(true);
      if (length === -EINTR) continue;
      if (length < 0) return -length;
      sink.rowMonoMs = writtenMonoMs;
      writtenMonoMs = monotonicMs();
      const answer = decodeAnswer(sink, length);
      if (answer.kind === 'done') return 0;
      if (answer.kind === 'error') return answer.errno;
      betweenParts?.(writtenMonoMs);
    }
  }
}
