/**
 * Which of the kernel's interfaces is read: sock_diag with destroy events, or /proc where that is
 * refused, tried again now and then.
 */
import { getSystemErrorName } from 'node:util';
import type { LinkScan, ListenerRow } from '../../domain/observations.js';
import type { LibcLoad } from '../../lib/libc.js';
import { DestroyEvents } from './destroy-events.js';
import { type BetweenParts, DiagDump } from './diag-dump.js';
import { ProcScan } from './proc-scan.js';
import type { ReasonCounts } from './reasons.js';
import type { WatchedPorts } from './request.js';
import { SOCKET_ROWS_MAXIMUM, type SocketTable } from './socket-table.js';

/**
 * A refusal is a matter of policy or of a missing module: it changes seldom. Who is blind tries at
 * every scan.
 */
export const NETLINK_RETRY_MS = 30_000;

export interface SocketScan {
  readonly origin: LinkScan['origin'];
  readonly complete: boolean;
  /** May be a larger table than the one that was given. */
  readonly table: SocketTable;
  readonly listeners: readonly ListenerRow[];
}

/** What a reader of the page must know about how we see. */
export interface Sight {
  readonly up: boolean;
  readonly detail: string;
}

export interface SocketReaderOptions {
  readonly reasons: ReasonCounts;
  readonly deathBufferBytes: number;
}

export class SocketReader {
  readonly #load: LibcLoad;
  readonly #reasons: ReasonCounts;
  readonly #deathBufferBytes: number;
  readonly #dump: DiagDump | undefined;
  readonly #proc: ProcScan;
  #ports: WatchedPorts;
  #deaths: DestroyEvents | undefined;
  /** Why there are no destroy events; undefined while there are. */
  #deathsRefusal: string | undefined;
  #deathsRetryMs = 0;
  /** Why netlink is not read; undefined while it is. */
  #refusal: string | undefined;
  #retryMs = 0;
  #isProcRead = true;

  constructor(load: LibcLoad, ports: WatchedPorts, options: SocketReaderOptions) {
    const { reasons } = options;
    this.#load = load;
    this.#ports = ports;
    this.#reasons = reasons;
    this.#deathBufferBytes = options.deathBufferBytes;
    this.#proc = new ProcScan(reasons, SOCKET_ROWS_MAXIMUM);
    if (load.ok) this.#dump = new DiagDump(load.libc, reasons, SOCKET_ROWS_MAXIMUM);
    else {
      this.#refusal = `koffi cannot be loaded (${load.reason})`;
      reasons.add('koffi_unavailable');
    }
  }

  /** undefined while the kernel does not tell deaths. */
  get deaths(): DestroyEvents | undefined {
    return this.#deaths;
  }

  get sight(): Sight {
    const { publish, request } = this.#ports;
    const ends = this.#ports.end === 'remote' ? "the masters' ports" : 'ports';
    const ports = `${ends} ${publish} and ${request}`;
    if (this.#refusal === undefined) {
      if (this.#deathsRefusal === undefined)
        return { up: true, detail: `sock_diag and destroy events on ${ports}.` };
      return {
        up: false,
        detail: `sock_diag on ${ports}, but no destroy events (${this.#deathsRefusal}): connections shorter than a scan interval are missed, and final byte counts are not known.`,
      };
    }
    if (!this.#isProcRead)
      return {
        up: false,
        detail: `Blind: ${this.#refusal}, and /proc/net/tcp cannot be read. No connection is seen.`,
      };
    return {
      up: false,
      detail: `Reading /proc/net/tcp on ${ports}, because ${this.#refusal}: no tcp_info (no half-open links, round trips or byte counts), no destroy events (connections shorter than a scan interval are missed), no accept queue limit.`,
    };
  }

  configure(ports: WatchedPorts): void {
    this.#ports = ports;
    this.#deaths?.configure(ports);
  }

  /**
   * Deaths are subscribed before the first dump, so that none can fall between the two.
   * `betweenParts` is not called in that dump: what died before its end is told after it, because
   * nobody could know of which links.
   */
  scan(table: SocketTable, nowMs: number, betweenParts: BetweenParts): SocketScan {
    const isResting = this.#refusal !== undefined && this.#isProcRead && nowMs < this.#retryMs;
    if (this.#dump === undefined || isResting) return this.#scanProc(table);
    const between = this.#deaths === undefined ? undefined : betweenParts;
    this.#openDeaths(nowMs);
    const { result, sink } = this.#dump.dump(this.#ports, table, between);
    if (result.kind === 'refused' || sink === undefined) {
      const errno = result.kind === 'refused' ? result.errno : 0;
      this.#refuse(`netlink was refused (${errnoName(errno)})`, nowMs);
      return this.#scanProc(sink?.table ?? table);
    }
    this.#refusal = undefined;
    return {
      origin: 'netlink',
      complete: result.complete,
      table: sink.table,
      listeners: sink.listeners,
    };
  }

  close(): void {
    this.#dump?.close();
    this.#deaths?.close();
    this.#deaths = undefined;
  }

  #openDeaths(nowMs: number): void {
    if (this.#deaths !== undefined || !this.#load.ok || nowMs < this.#deathsRetryMs) return;
    const options = {
      ports: this.#ports,
      reasons: this.#reasons,
      bufferBytes: this.#deathBufferBytes,
    };
    const opened = DestroyEvents.open(this.#load.libc, options);
    if (opened.ok) {
      this.#deaths = opened.events;
      this.#deathsRefusal = undefined;
      return;
    }
    this.#reasons.add('deaths_refused');
    this.#deathsRefusal = errnoName(opened.errno);
    this.#deathsRetryMs = nowMs + NETLINK_RETRY_MS;
  }

  #refuse(refusal: string, nowMs: number): void {
    this.#reasons.add('netlink_refused');
    this.#refusal = refusal;
    this.#retryMs = nowMs + NETLINK_RETRY_MS;
    this.#deathsRetryMs = 0;
    this.close();
  }

  #scanProc(table: SocketTable): SocketScan {
    const { complete, sink } = this.#proc.scan(this.#ports, table);
    this.#isProcRead = complete || sink.table.count > 0 || sink.listeners.length > 0;
    return { origin: 'proc', complete, table: sink.table, listeners: sink.listeners };
  }
}

function errnoName(errno: number): string {
  return errno > 0 ? getSystemErrorName(-errno) : 'no answer';
}
