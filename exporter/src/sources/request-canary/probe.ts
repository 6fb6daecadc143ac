/**
 * One ping on a connection of its own: sent once, never again, and watched until it is answered or
 * its connection ends.
 */
import { Request } from 'zeromq';
import { type SocketEvent, watchSocket } from '../../lib/zmq-monitor.js';
import { isPingEcho, pingRequest } from './ping.js';

/**
 * How a probe ended. `echo`: answered as Salt answers. `wrong_reply`: answered otherwise.
 * `refused`: no connection came about. `stranger`: connected, but no ZeroMQ handshake. `ended`: the
 * connection ended before an answer. `failed`: our own socket did.
 */
export type ProbeEnd = 'echo' | 'wrong_reply' | 'refused' | 'stranger' | 'ended' | 'failed';

export interface ProbeEvents {
  /** Told once at most; not told after `close`. */
  readonly onEnd: (end: ProbeEnd, error?: unknown) => void;
  /**
   * A monitor event of the probe's socket, `undefined` without a name; `peerOpen` says whether it
   * had a peer before the event.
   */
  readonly onEvent: (event: SocketEvent | undefined, peerOpen: boolean) => void;
}

export class Probe {
  readonly #socket: Request;
  readonly #events: ProbeEvents;
  readonly #finished: Promise<unknown>;
  #peerOpen = false;
  #handshaken = false;
  #told = false;

  /** Connects and sends. Throws when libzmq refuses the endpoint or has no socket left. */
  constructor(target: { endpoint: string; ipv6: boolean }, events: ProbeEvents) {
    this.#events = events;
    this.#socket = new Request({
      linger: 0,
      ipv6: target.ipv6,
      // Never: a probe that connected again would be a second request.
      reconnectInterval: -1,
      // An echo has 10 bytes; a stranger must not make us allocate what it claims to send.
      maxMessageSize: 64 * 1024,
    });
    const watched = watchSocket(this.#socket, (event) => this.#onEvent(event));
    this.#finished = watched.catch((error: unknown) => this.#end('failed', error));
    try {
      this.#socket.connect(target.endpoint);
    } catch (error) {
      this.#told = true;
      this.#socket.close();
      throw error;
    }
    this.#exchange().catch((error: unknown) => this.#end('failed', error));
  }

  /** True once the request went out: some worker may have it. */
  get delivered(): boolean {
    return this.#handshaken;
  }

  /** Resolves when the socket is closed and its last event was told. */
  async close(): Promise<void> {
    this.#told = true;
    this.#socket.close();
    await this.#finished;
  }

  async #exchange(): Promise<void> {
    await this.#socket.send(pingRequest());
    for await (const frames of this.#socket) {
      this.#end(isPingEcho(frames) ? 'echo' : 'wrong_reply');
      return;
    }
  }

  #onEvent(event: SocketEvent | undefined): void {
    this.#events.onEvent(event, this.#peerOpen);
    switch (event?.name) {
      case 'handshake_succeeded':
        this.#handshaken = true;
        this.#peerOpen = true;
        return;
      case 'disconnected':
        this.#peerOpen = false;
        this.#end(this.#handshaken ? 'ended' : 'stranger');
        return;
      case 'closed':
        this.#end('refused');
        return;
      default:
        return;
    }
  }

  #end(end: ProbeEnd, error?: unknown): void {
    if (this.#told) return;
    this.#told = true;
    this.#events.onEnd(end, error);
  }
}
