/** Which socket an event in a log is about: the master's by their ports, a minion's by its id. */
import type { MonitorEvent } from '../../domain/observations.js';
import type { MasterFacts, SaltLog } from '../source.js';
import type { ZmqEvent } from './zmq-event.js';
import { BoundPeers, ConnectingPeers, type PeerCount } from './zmq-peers.js';

type NamedEvent = Pick<MonitorEvent, 'socket' | 'event' | 'value' | 'peersNow'>;

export class MonitorSockets {
  readonly #log: SaltLog;
  readonly #portNames: ReadonlyMap<string, string>;
  /** By socket; at most one a name. */
  readonly #peers = new Map<string, PeerCount>();

  constructor(log: SaltLog, master: MasterFacts) {
    this.#log = log;
    this.#portNames = new Map([
      [String(master.publishPort), 'publish'],
      [String(master.requestPort), 'request'],
    ]);
  }

  name(found: Extract<ZmqEvent, { ok: true }>, pid: string | undefined): NamedEvent {
    const { event, value, endpoint } = found;
    const socket = this.#socketAt(endpoint);
    const peersNow = this.#peersOf(socket).take({ event, endpoint, pid });
    return { socket, event, value, peersNow };
  }

  miss(): void {
    for (const peers of this.#peers.values()) peers.miss();
  }

  /** `publish`, `request`, `workers`, `other`; `minion:<id>` in a minion's log. */
  #socketAt(endpoint: string | undefined): string {
    const { component, minionId } = this.#log;
    if (component === 'minion') return minionId === undefined ? 'minion' : `minion:${minionId}`;
    if (endpoint?.startsWith('ipc://') === true) return 'workers';
    const port = /:(\d+)$/.exec(endpoint ?? '')?.[1];
    return this.#portNames.get(port ?? '') ?? 'other';
  }

  #peersOf(socket: string): PeerCount {
    const known = this.#peers.get(socket);
    if (known !== undefined) return known;
    const isMinions = this.#log.component === 'minion';
    const peers = isMinions ? new ConnectingPeers(this.#log.masters) : new BoundPeers();
    this.#peers.set(socket, peers);
    return peers;
  }
}
