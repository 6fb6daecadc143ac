/**
 * One anonymous subscription to everything: always drained, its messages measured, its connection
 * watched.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Subscriber } from 'zeromq';
import { type SocketEvent, watchSocket } from '../../lib/zmq-monitor.js';
import {
  HANDSHAKE_INTERVAL_MS,
  MESSAGE_MAX_BYTES,
  READ_BATCH_MESSAGES,
  RECEIVE_HIGH_WATER_MARK_MESSAGES,
  RECONNECT_INTERVAL_MAX_MS,
  RECONNECT_INTERVAL_MS,
} from './options.js';

export interface SubscriptionEvents {
  /** A message was read, all its frames. */
  readonly onMessage: (frames: readonly Uint8Array[]) => void;
  /** A message came from a peer that never completed a handshake, and was thrown away. */
  readonly onUnsolicited: () => void;
  /** `undefined`: an event without a name. */
  readonly onEvent: (event: SocketEvent | undefined) => void;
  /** Reading failed although nobody closed the subscription; it is closed now. */
  readonly onFailure: (error: unknown) => void;
}

export class Subscription {
  readonly #socket: Subscriber;
  readonly #events: SubscriptionEvents;
  readonly #finished: Promise<unknown>;
  #handshaken = false;

  /** Throws when libzmq refuses the endpoint or an option. */
  constructor(target: { endpoint: string; ipv6: boolean }, events: SubscriptionEvents) {
    this.#events = events;
    this.#socket = new Subscriber({
      linger: 0,
      ipv6: target.ipv6,
      receiveHighWaterMark: RECEIVE_HIGH_WATER_MARK_MESSAGES,
      maxMessageSize: MESSAGE_MAX_BYTES,
      reconnectInterval: RECONNECT_INTERVAL_MS,
      reconnectMaxInterval: RECONNECT_INTERVAL_MAX_MS,
      handshakeInterval: HANDSHAKE_INTERVAL_MS,
    });
    // Watched and read before it connects, so that no event is missed.
    const watched = watchSocket(this.#socket, (event) => this.#onEvent(event));
    this.#finished = Promise.all([watched, this.#drain()]).catch((error: unknown) => {
      this.#socket.close();
      events.onFailure(error);
    });
    try {
      this.#socket.subscribe();
      this.#socket.connect(target.endpoint);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  /** Resolves when the socket is closed and its last event was told. */
  async close(): Promise<void> {
    this.#socket.close();
    await this.#finished;
  }

  #onEvent(event: SocketEvent | undefined): void {
    if (event?.name === 'handshake_succeeded') this.#handshaken = true;
    // Not at `disconnected`: what the old connection delivered may still wait to be read.
    if (event?.name === 'connected') this.#handshaken = false;
    this.#events.onEvent(event);
  }

  async #drain(): Promise<void> {
    let untilYield = READ_BATCH_MESSAGES;
    for await (const frames of this.#socket) {
      if (this.#handshaken || (await this.#handshakeWasOnItsWay())) {
        this.#events.onMessage(frames);
      } else {
        this.#events.onUnsolicited();
      }
      untilYield -= 1;
      if (untilYield === 0) {
        untilYield = READ_BATCH_MESSAGES;
        await nextTurn();
      }
    }
  }

  /**
   * libzmq takes whatever greets it without ZMTP's signature for a ZMTP 1.0 peer and passes a
   * banner on as messages. A real publisher's handshake event is queued before its first message
   * but may be read after it: two turns settle which it is.
   */
  async #handshakeWasOnItsWay(): Promise<boolean> {
    await nextTurn();
    await nextTurn();
    return this.#handshaken;
  }
}
