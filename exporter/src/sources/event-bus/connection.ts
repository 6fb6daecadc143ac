/**
 * One reader's connection to the bus, made again whenever it ends. It only ever reads: what is sent
 * to the bus would be parsed and complained of.
 */
import type { Stats } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { errorCode } from '../../lib/regular-file.js';
import { type BusAddress, connectProblem, lookAtPath } from './address.js';
import { PATH_CHECK_MS, RETRY_MS, STRANGER_RETRY_MS } from './options.js';

export interface ConnectionEvents {
  readonly onOpen: () => void;
  /** Where the next read may write; asked for once before each read. */
  readonly space: () => Buffer;
  /** So many bytes were read into the space: to be taken, for the socket is never paused. */
  readonly onRead: (bytes: number) => void;
  /** A connection that was open has ended. `replaced`: its path leads to another socket now. */
  readonly onClose: (why: 'ended' | 'left' | 'replaced') => void;
  /** Not connected, and why; tried again. */
  readonly onProblem: (problem: string) => void;
}

export class BusConnection {
  readonly #address: BusAddress;
  readonly #events: ConnectionEvents;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #checkTimer: NodeJS.Timeout | undefined;
  #leaving: 'ended' | 'left' | 'replaced' = 'ended';
  #isClosed = false;

  constructor(address: BusAddress, events: ConnectionEvents) {
    this.#address = address;
    this.#events = events;
    this.#tryAgain(0);
  }

  /** For good; nothing is told afterwards. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#checkTimer);
    this.#socket?.destroy();
  }

  /** What answers is no event bus: it is left alone for a while. */
  leave(): void {
    this.#leaving = 'left';
    this.#socket?.destroy();
  }

  #tryAgain(afterMs: number): void {
    this.#timer = setTimeout(() => {
      // Never rejects: what can fail in it is told.
      void this.#attempt();
    }, afterMs);
  }

  async #attempt(): Promise<void> {
    if (this.#address.kind === 'tcp') {
      this.#connect({ host: this.#address.host, port: this.#address.port });
      return;
    }
    const look = await lookAtPath(this.#address.path);
    if (this.#isClosed) return;
    if (look.ok) {
      const { identity, stats } = look;
      this.#connect({ path: this.#address.path }, { identity, stats });
      return;
    }
    this.#events.onProblem(look.problem);
    this.#tryAgain(RETRY_MS);
  }

  #connect(
    target: { host: string; port: number } | { path: string },
    file?: { identity: string; stats: Stats },
  ): void {
    let isOpen = false;
    const onread = {
      buffer: () => this.#events.space(),
      callback: (bytes: number) => {
        if (!this.#isClosed && this.#leaving === 'ended') this.#events.onRead(bytes);
        return true;
      },
    };
    const socket = connect({ ...target, onread });
    this.#socket = socket;
    this.#leaving = 'ended';
    socket.on('connect', () => {
      isOpen = true;
      this.#events.onOpen();
      if (file !== undefined) this.#checkLater(file.identity);
    });
    socket.on('error', (error) => {
      if (!isOpen && !this.#isClosed)
        this.#events.onProblem(connectProblem(errorCode(error), file?.stats));
    });
    socket.on('close', () => {
      clearTimeout(this.#checkTimer);
      if (this.#isClosed) return;
      if (isOpen) this.#events.onClose(this.#leaving);
      this.#tryAgain(this.#leaving === 'left' ? STRANGER_RETRY_MS : RETRY_MS);
    });
  }

  /** A publisher that was left behind by a restart would keep us, silent, for ever. */
  #checkLater(identity: string): void {
    if (this.#address.kind !== 'unix') return;
    const { path } = this.#address;
    this.#checkTimer = setTimeout(() => {
      void lookAtPath(path).then((look) => {
        if (this.#isClosed || this.#socket?.destroyed === true) return;
        if (look.ok && look.identity !== identity) {
          this.#leaving = 'replaced';
          this.#socket?.destroy();
        } else this.#checkLater(identity);
      });
    }, PATH_CHECK_MS);
  }
}
