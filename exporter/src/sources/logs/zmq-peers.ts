/**
 * How many peers a monitored socket has, from the events in a log that may begin in the middle of
 * its life.
 */
import type { MonitorEventName } from '../../domain/vocabulary.js';
import { ENDPOINTS_MAX } from './options.js';

export interface SocketEvent {
  readonly event: MonitorEventName;
  readonly endpoint: string | undefined;
  /** Process that wrote the line: another one has another socket. */
  readonly pid: string | undefined;
}

export interface PeerCount {
  /** `unknown` while nothing tells with how many it began. */
  take(event: SocketEvent): number | 'unknown';
  /** Lines were missed: what was known is not known any more. */
  miss(): void;
}

/**
 * A bound socket has as many peers as handshakes succeeded and did not end; it begins when it
 * listens, or with another process. It is known from there on.
 */
export class BoundPeers implements PeerCount {
  #pid: string | undefined;
  #peers: number | 'unknown' = 'unknown';

  take({ event, pid }: SocketEvent): number | 'unknown' {
    const isAnother = this.#pid !== undefined && pid !== undefined && pid !== this.#pid;
    if (event === 'listening' || event === 'closed' || isAnother) this.#peers = 0;
    this.#pid = pid ?? this.#pid;
    if (this.#peers === 'unknown') return this.#peers;
    if (event === 'handshake_succeeded') this.#peers += 1;
    // Peers that never shook hands end with a disconnect too: scanners, port checks.
    if (event === 'disconnected') this.#peers = Math.max(0, this.#peers - 1);
    if (event === 'monitor_stopped') this.#peers = 0;
    return this.#peers;
  }

  miss(): void {
    this.#peers = 'unknown';
  }
}

/**
 * A socket that connects has one peer at each endpoint at most, so that the last event of an
 * endpoint says whether it has it. Known from when each of its `masters` had an event. Worked
 * example: two masters, both up, one lost: unknown after the first event, 2 after the second, 1.
 */
export class ConnectingPeers implements PeerCount {
  readonly #masters: number;
  #pid: string | undefined;
  /** Its whole life was seen. */
  #isWhole = false;
  readonly #endpoints = new Map<string, boolean>();

  constructor(masters: number) {
    this.#masters = masters;
  }

  take({ event, endpoint, pid }: SocketEvent): number | 'unknown' {
    const isAnother = this.#pid !== undefined && pid !== undefined && pid !== this.#pid;
    if (isAnother || event === 'monitor_stopped') {
      this.#endpoints.clear();
      this.#isWhole = true;
    }
    this.#pid = pid ?? this.#pid;
    const isRoom = this.#endpoints.size < ENDPOINTS_MAX;
    if (endpoint !== undefined && (isRoom || this.#endpoints.has(endpoint)))
      this.#endpoints.set(endpoint, event === 'handshake_succeeded');
    const isKnown = this.#isWhole || this.#endpoints.size >= this.#masters;
    if (!isKnown) return 'unknown';
    return [...this.#endpoints.values()].filter((isPeer) => isPeer).length;
  }

  miss(): void {
    this.#endpoints.clear();
    this.#isWhole = false;
  }
}
