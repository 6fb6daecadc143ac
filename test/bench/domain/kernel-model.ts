/**
 * A kernel in miniature for property tests: sockets that open, close slowly or at once, scans,
 * destroy events, overflows.
 */
import type { RowSpec } from './kit.js';

export interface ModelSocket {
  readonly cookie: number;
  readonly address: string;
  readonly port: 'publish' | 'request';
  /** 1 ESTABLISHED, 4 FIN_WAIT1, 5 FIN_WAIT2 rest without figures, 0 gone. */
  state: number;
  /** Something that the domain was given told of it. */
  told: boolean;
  /** Told of before or by the first complete scan. */
  old: boolean;
  /**
   * It had left ESTABLISHED when the first complete scan, or one before it, listed it: its end is
   * older than the watch too.
   */
  endIsOld: boolean;
}

export class KernelModel {
  readonly sockets: ModelSocket[] = [];
  /** Destroy events that were not read yet, in order. */
  readonly pending: ModelSocket[] = [];
  /** Until the first complete scan was applied. */
  baseline = true;
  #cookie = 100;

  open(address: string, port: 'publish' | 'request'): void {
    this.#cookie += 1;
    const life = { state: 1, told: false, old: false, endIsOld: false };
    this.sockets.push({ cookie: this.#cookie, address, port, ...life });
  }

  /** The n-th living socket leaves ESTABLISHED and goes on closing. */
  beginClose(n: number): void {
    const socket = this.#pick(n, (each) => each.state === 1);
    if (socket !== undefined) socket.state = 4;
  }

  /** The n-th socket dies; a rest without figures may stay in dumps. */
  die(n: number, leavesRest: boolean): void {
    const socket = this.#pick(n, (each) => each.state === 1 || each.state === 4);
    if (socket === undefined) return;
    socket.state = leavesRest ? 5 : 0;
    this.pending.push(socket);
  }

  /** All rows that a dump lists now; `keep` leaves rows out of a torn one. */
  dump(keep: (index: number) => boolean = () => true): RowSpec[] {
    const listed = this.sockets.filter((socket) => socket.state !== 0).filter((_, i) => keep(i));
    return listed.map((socket) => rowOf(socket));
  }

  /** The rows were applied as a scan. */
  toldByScan(rows: readonly RowSpec[], complete: boolean): void {
    const states = new Map(rows.map((row) => [row.cookie, row.state]));
    for (const socket of this.sockets) {
      const state = states.get(socket.cookie);
      if (state === undefined || state === 5) continue;
      if (!socket.told && this.baseline && state === 4) socket.endIsOld = true;
      this.#tell(socket);
    }
    if (complete) this.baseline = false;
  }

  /** Reads up to `count` destroy events. */
  read(count: number): RowSpec[] {
    const read = this.pending.splice(0, count);
    for (const socket of read) this.#tell(socket);
    return read.map((socket) => ({ ...rowOf(socket), state: 7, hasInfo: true }));
  }

  /** An overflow: the next destroy events are never read. */
  lose(count: number): number {
    return this.pending.splice(0, count).length;
  }

  expected(port: 'publish' | 'request', address?: string) {
    const told = this.sockets.filter(
      (each) =>
        each.told && each.port === port && (address === undefined || each.address === address),
    );
    return {
      connects: told.filter((each) => !each.old).length,
      disconnects: told.filter((each) => each.state !== 1 && !each.endIsOld).length,
    };
  }

  established(port: 'publish' | 'request', address: string): number {
    return this.sockets.filter(
      (each) => each.state === 1 && each.port === port && each.address === address,
    ).length;
  }

  #tell(socket: ModelSocket): void {
    if (!socket.told) socket.old = this.baseline;
    socket.told = true;
  }

  #pick(n: number, fits: (socket: ModelSocket) => boolean): ModelSocket | undefined {
    const fitting = this.sockets.filter(fits);
    return fitting[n % Math.max(1, fitting.length)];
  }
}

function rowOf(socket: ModelSocket): RowSpec {
  const { cookie, address, port, state } = socket;
  return { cookie, address, port, state, hasInfo: state !== 5 };
}
