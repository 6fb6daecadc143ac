/**
 * One scan of /proc/net/tcp and tcp6: fewer facts than sock_diag, but readable where netlink is
 * refused.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { monotonicMs } from '../../lib/clock.js';
import { decodeProcLines, type ProcSink } from './decode-proc.js';
import type { ReasonCounts } from './reasons.js';
import type { WatchedPorts } from './request.js';
import type { SocketTable } from './socket-table.js';

/** Longer than any line (150 bytes), so that a full buffer always holds a whole one. */
const READ_BYTES = 1 << 16;

export class ProcScan {
  readonly #sink: Omit<ProcSink, 'table' | 'ports' | 'rowMonoMs'>;
  readonly #bytes = new Uint8Array(READ_BYTES);

  constructor(reasons: ReasonCounts, rowsMaximum: number) {
    this.#sink = { reasons, rowsMaximum, listeners: [], torn: false };
  }

  /** `complete` is false when a file broke off or held what we do not know. */
  scan(ports: WatchedPorts, table: SocketTable): { complete: boolean; sink: ProcSink } {
    table.count = 0;
    const start = { listeners: [], torn: false, rowMonoMs: 0, ports, table };
    const sink: ProcSink = { ...this.#sink, ...start };
    const ipv4 = this.#readFile('/proc/net/tcp', sink);
    const ipv6 = this.#readFile('/proc/net/tcp6', sink); // absent without IPv6
    const isRead = ipv4 === 'read' && ipv6 !== 'broken';
    if (!isRead) sink.reasons.add('proc_unreadable');
    return { complete: isRead && !sink.torn, sink };
  }

  #readFile(path: string, sink: ProcSink): 'read' | 'absent' | 'broken' {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, 'r');
      let kept = 0;
      for (;;) {
        const room = READ_BYTES - kept;
        const length = kept + readSync(descriptor, this.#bytes, kept, room, null);
        if (length === kept) break;
        sink.rowMonoMs = monotonicMs();
        const rest = decodeProcLines(this.#bytes, length, sink);
        this.#bytes.copyWithin(0, rest, length);
        kept = length - rest;
      }
      return kept === 0 ? 'read' : 'broken';
    } catch {
      return descriptor === undefined ? 'absent' : 'broken'; // the caller counts it
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}
