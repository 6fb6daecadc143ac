/**
 * Another program's word on every connection that ends at the master: `ss --events`, the kernel's
 * own announcements.
 */
import { createInterface } from 'node:readline';
import type { Lab } from '../lab/lab.js';

/** Counts ended connections of the publish port by peer address, from the moment it was made. */
export class DisconnectWitness {
  readonly #ended: string[] = [];

  constructor(lab: Lab) {
    // without stdbuf ss keeps its lines until it ends
    const argv = ['stdbuf', '-oL', 'ss', '-E', '-t', '-n', '-H', 'sport = :4505'];
    const child = lab.spawn(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (child.stdout === null) throw new Error('ss has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const peer = line.trim().split(/\s+/)[4];
      if (peer !== undefined) this.#ended.push(peer.replace('::ffff:', ''));
    });
  }

  /** Peers of the ended connections, in order, with their ports. */
  get ended(): readonly string[] {
    return this.#ended;
  }

  /** Addresses are as the master sees them, e.g. `10.77.0.11`. */
  endedFrom(address: string): number {
    return this.#ended.filter((peer) => peer.startsWith(`${address}:`)).length;
  }
}
