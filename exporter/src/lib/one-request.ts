/**
 * One request on a connection of its own: sent once, never again, and watched until it is answered or
 * its connection ends.
 */
import { Request } from 'zeromq';
import { type SocketEvent, watchSocket } from './zmq-monitor.js';

/**
 * How a request ended. `reply`: answered. `refused`: no connection came about. `stranger`: connected,
 * but no ZeroMQ handshake. `ended`: the connection ended before an answer. `failed`: our own socket
 * did.
 */
export type RequestEnd =
  | { readonly kind: 'reply'; readonly frames: readonly Uint8Array[] }
  | { readonly kind: 'refused' | 'stranger' | 'ended' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface RequestEvents {
  /** Told once at most; not told after `close`. */
  readonly onEnd: (end: RequestEnd) => void;
  /**
   * A monitor event of the socket, `undefined` without a name; `peerOpen` says whether it had a peer
   * before the event.
   */
  readonly onEvent: (event: SocketEvent | undefined, peerOpen: boolean) => void;
}

/** A stranger must not make us allocate what it claims to send; Salt's longest answer lists one id. */
const REPLY_MAX_BYTES = 64 * 1024;

export class OneRequest {
  readonly #socket: Request;
  readonly #events: RequestEvents;
  readonly #finished: Promise<unknown>;
  #peerOpen = false;
  #handshaken = false;
  #told = false;

  /** Connects and sends. Throws when libzmq refuses the endpoint or has no socket left. */
  constructor(
    target: { readonly endpoint: string; readonly ipv6: boolean },
    request: Buffer,
    events: RequestEvents,
  ) {
    this.#events = events;
    this.#socket = new Request({
      linger: 0,
      ipv6: target.ipv6,
      // Never: one that connected again would ask a second time.
      reconnectInterval: -1,
      maxMessageSize: REPLY_MAX_BYTES,
    });
    const watched = watchSocket(this.#socket, (event) => this.#onEvent(event));
    const fail = (error: unknown) => this.#end({ kind: 'failed', error });
    this.#finished = watched.catch(fail);
    try {
      this.#socket.connect(target.endpoint);
    } catch (error) {
      this.#told = true;
      this.#socket.close();
      throw error;
    }
    this.#exchange(request).catch(fail);
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

  async #exchange(request: Buffer): Promise<void> {
    await this.#socket.send(request);
    for await (const frames of this.#socket) {
      this.#end({ kind: 'reply', frames });
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
        this.#end({ kind: this.#handshaken ? 'ended' : 'stranger' });
        return;
      case 'closed':
        this.#end({ kind: 'refused' });
        return;
      default:
        return;
    }
  }

  #end(end: RequestEnd): void {
    if (this.#told) return;
    this.#told = true;
    this.#events.onEnd(end);
  }
}
