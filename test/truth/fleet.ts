/** Publisher and subscribers of one run: makes the faults happen and keeps what they wrote down. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CrewChild, PublisherChild } from './children.js';
import { type Connection, livingConnection, readConnections } from './kernel-ends.js';
import type { LinkEnd, Oracle } from './oracle.js';
import type { Plan, Publishing } from './plan.js';
import type { CrewSetup } from './protocol.js';
import type { Scratch } from './scratch.js';
import { HANDSHAKE_WIRE_BYTES, PING_WIRE_BYTES } from './wire.js';

const LOOK_MS = 20;
const ROW_BYTES = 8;
/** What a subscriber has sent when its subscriptions are there: greeting, READY, and a command for each prefix. */
const SUBSCRIBED_BYTES = HANDSHAKE_WIRE_BYTES + 12;
const FILTERED_BYTES = SUBSCRIBED_BYTES + 60;

/** What a connection had carried at the last settlement. */
export interface Base {
  readonly peer: string;
  readonly bytesReceived: number;
  readonly monoMs: number;
}

interface Crew {
  child: CrewChild;
  recordPath: string;
  readBytes: number;
  stopped: boolean;
  /** Runs on over links that were reset, which libzmq may not survive. */
  mayAbort: boolean;
  readonly members: readonly number[];
}

/** A busy machine: the publisher gave it up before anybody looked. Its kernel may have had anything. */
const UNSEEN_END: LinkEnd = {
  how: 'given_up',
  bytes: 0,
  queued: Number.MAX_SAFE_INTEGER,
  pingsMost: 0,
};

export class Fleet {
  readonly #plan: Plan;
  readonly #scratch: Scratch;
  readonly #oracle: Oracle;
  readonly #publisher = new PublisherChild();
  readonly #crews: Crew[] = [];
  readonly #addresses: readonly string[];
  /** By subscriber; undefined before its link was looked at. */
  readonly bases: (Base | undefined)[] = [];
  /** The same, of the settlement before. */
  basesBefore: readonly (Base | undefined)[] = [];
  #generation = 0;

  constructor(plan: Plan, scratch: Scratch, oracle: Oracle) {
    this.#plan = plan;
    this.#scratch = scratch;
    this.#oracle = oracle;
    this.#addresses = plan.crews.flat().map(({ address }) => address);
  }

  get subscribers(): readonly number[] {
    return this.#addresses.map((_, index) => index);
  }

  async open(): Promise<void> {
    const {
      seed,
      hwm,
      heartbeatMs,
      heartbeatTimeoutMs,
      filtering,
      sendBufferBytes,
      bus,
      busLateMs,
    } = this.#plan;
    const ids = this.#plan.crews.flat().map(({ id }) => id);
    const setup = {
      ...{
        seed,
        hwm,
        heartbeatMs,
        heartbeatTimeoutMs,
        filtering,
        sendBufferBytes,
        bus,
        busLateMs,
        ids,
      },
      port: this.#scratch.publishPort,
      busPath: this.#scratch.busPath,
    };
    await this.#publisher.ask({ do: 'open', setup });
    let first = 0;
    for (const members of this.#plan.crews) {
      const numbers = members.map((_, index) => first + index);
      first += members.length;
      this.#crews.push(await this.#openCrew(numbers));
    }
  }

  async close(): Promise<void> {
    const children = [this.#publisher, ...this.#crews.map(({ child }) => child)];
    await Promise.all(children.map((child) => child.kill()));
  }

  async connect(): Promise<void> {
    for (const { child } of this.#crews) await child.ask({ do: 'connect' });
    await this.#joined(this.subscribers, new Set());
  }

  async publish(publishing: Publishing): Promise<void> {
    const report = await this.#publisher.ask({ do: 'publish', publishing });
    if (report.tell === 'published') this.#oracle.addPublished(report.messages);
  }

  /** Publishes, and returns when the publisher has stopped itself; the function that is returned sets it going again. */
  async freeze(publishing: Publishing, spinMicros: number): Promise<() => Promise<void>> {
    const reported = this.#publisher.ask({
      do: 'publish',
      publishing,
      freezeAfterMicros: spinMicros,
    });
    await this.#publisher.stopped();
    return async () => {
      this.#publisher.continue();
      const report = await reported;
      if (report.tell === 'published') this.#oracle.addPublished(report.messages);
    };
  }

  async stop(crews: readonly number[]): Promise<void> {
    for (const crew of this.#chosen(crews)) {
      crew.stopped = true;
      await crew.child.stop();
    }
  }

  continue(crews: readonly number[]): void {
    for (const crew of this.#chosen(crews)) {
      crew.child.continue();
      crew.stopped = false;
    }
  }

  async pace(subscribers: readonly number[], perSecond: number | undefined): Promise<void> {
    for (const subscriber of subscribers) {
      const crew = this.#crews.find(({ members }) => members.includes(subscriber));
      await crew?.child.ask({ do: 'pace', subscriber, perSecond });
    }
  }

  /** The subscribers of crews that were killed; new processes have their place when this returns. */
  async kill(crews: readonly number[]): Promise<void> {
    const chosen = this.#chosen(crews);
    const ended = chosen.flatMap(({ members }) => [...members]);
    const last = await this.#standingStill(ended);
    for (const subscriber of ended) this.#noteEnd(subscriber, 'killed', last.get(subscriber));
    for (const crew of chosen) {
      this.#drain(crew);
      await crew.child.kill();
      this.#drain(crew);
    }
    const old = new Set([...last.values()].map(({ peer }) => peer));
    await this.#gone(old);
    for (const crew of chosen) Object.assign(crew, await this.#openCrew(crew.members));
    for (const crew of chosen) await crew.child.ask({ do: 'connect' });
    await this.#joined(ended, old);
  }

  /** Stopped crews whose links the publisher gives up; they run on then and connect again. */
  async leave(crews: readonly number[]): Promise<void> {
    const chosen = this.#chosen(crews);
    const ended = chosen.flatMap(({ members }) => [...members]);
    const last = await this.#standingStill(ended);
    const old = new Set([...last.values()].map(({ peer }) => peer));
    await this.#look((connections) =>
      connections.every(({ peer, publisher }) => !old.has(peer) || publisher?.state !== 'ESTAB'),
    );
    // Probes of a closed window brought some more since then.
    const left = [...(await this.connections()).values()].flat();
    for (const [subscriber, { peer }] of last) {
      const link = left.find((connection) => connection.peer === peer);
      this.#noteEnd(subscriber, 'given_up', link);
    }
    for (const subscriber of ended) {
      if (!last.has(subscriber)) this.#oracle.linkEnded(subscriber, UNSEEN_END);
    }
    for (const crew of chosen) crew.mayAbort = true;
    this.continue(crews);
    await this.#gone(old);
    await this.#joined(ended, old);
    for (const crew of chosen) crew.mayAbort = false;
  }

  async reconnect(subscribers: readonly number[]): Promise<void> {
    const last = await this.#standingStill(subscribers);
    const old = new Set([...last.values()].map(({ peer }) => peer));
    for (const subscriber of subscribers) {
      this.#oracle.linkEnded(subscriber, { how: 'idle' });
      const crew = this.#crews.find(({ members }) => members.includes(subscriber));
      await crew?.child.ask({ do: 'reconnect', subscriber });
    }
    await this.#gone(old);
    await this.#joined(subscribers, old);
  }

  /** The last number that each subscriber has received by now; the oracle is told all of them. */
  async collect(): Promise<Map<number, number>> {
    const latest = new Map<number, number>();
    for (const crew of this.#crews) {
      const report = await crew.child.ask({ do: 'latest' });
      if (report.tell === 'latest')
        for (const [index, number] of report.numbers) latest.set(index, number);
      this.#drain(crew);
    }
    return latest;
  }

  connections(): Promise<Map<string, Connection[]>> {
    return readConnections(this.#scratch.publishPort);
  }

  /** The link of each subscriber that carries messages now. */
  async links(): Promise<Map<number, Connection>> {
    const connections = await this.connections();
    const links = new Map<number, Connection>();
    this.#addresses.forEach((address, subscriber) => {
      const link = livingConnection(connections.get(address));
      if (link !== undefined) links.set(subscriber, link);
    });
    return links;
  }

  /** Heartbeats that the publisher may have sent on one link since then. */
  pingsSince({ monoMs }: Base): number {
    const { heartbeatMs } = this.#plan;
    return heartbeatMs === 0 ? 0 : Math.ceil((performance.now() - monoMs) / heartbeatMs) + 1;
  }

  #chosen(crews: readonly number[]): Crew[] {
    return crews.flatMap((index) => this.#crews[index] ?? []);
  }

  async #openCrew(members: readonly number[]): Promise<Crew> {
    const child = new CrewChild();
    this.#generation += 1;
    const recordPath = join(this.#scratch.directory, `record-${this.#generation}`);
    const all = this.#plan.crews.flat();
    const setup: CrewSetup = {
      port: this.#scratch.publishPort,
      filtering: this.#plan.filtering,
      members: members.flatMap((index) => {
        const plan = all[index];
        return plan === undefined ? [] : [{ index, ...plan }];
      }),
      recordPath,
    };
    await child.ask({ do: 'open', setup });
    return { child, recordPath, readBytes: 0, stopped: false, mayAbort: false, members };
  }

  /** Tells the oracle what a crew has written down since the last look. */
  #drain(crew: Crew): void {
    if (!existsSync(crew.recordPath)) return;
    const descriptor = openSync(crew.recordPath, 'r');
    const chunk = Buffer.alloc(1_048_576);
    for (;;) {
      const bytes = readSync(descriptor, chunk, 0, chunk.length, crew.readBytes);
      const rows = Math.floor(bytes / ROW_BYTES);
      if (rows === 0) break;
      for (let row = 0; row < rows; row += 1) {
        this.#oracle.addReceived(
          chunk.readUInt32LE(row * ROW_BYTES),
          chunk.readUInt32LE(row * ROW_BYTES + 4),
        );
      }
      crew.readBytes += rows * ROW_BYTES;
    }
    closeSync(descriptor);
  }

  /** Waits until these subscribers have a connection that is not one of the `old` ones, with their subscriptions in it. */
  async #joined(subscribers: readonly number[], old: ReadonlySet<string>): Promise<void> {
    const needed = this.#plan.filtering ? FILTERED_BYTES : SUBSCRIBED_BYTES;
    const addresses = new Set(subscribers.map((index) => this.#addresses[index] ?? ''));
    await this.#look((connections) => {
      const ready = connections.filter(
        ({ peer, address, publisher, subscriber }) =>
          addresses.has(address) &&
          !old.has(peer) &&
          subscriber?.state === 'ESTAB' &&
          (publisher?.bytesReceived ?? 0) >= needed &&
          publisher?.receiveQueue === 0,
      );
      return ready.length === addresses.size;
    });
    for (const subscriber of subscribers) {
      this.bases[subscriber] = undefined;
      this.#oracle.linkBegan(subscriber);
    }
  }

  /**
   * A process that was stopped and runs on over links that were reset may die of libzmq 4.3.5's
   * assertion `!_io_error` (libzmq issue 4841): a new one has its place, as after a kill.
   */
  async #replaceAborted(): Promise<void> {
    const aborted = this.#crews.filter(({ mayAbort, child }) => mayAbort && child.hasAborted);
    for (const crew of aborted) {
      this.#drain(crew);
      Object.assign(crew, await this.#openCrew(crew.members), { mayAbort: true });
      await crew.child.ask({ do: 'connect' });
    }
  }

  #noteEnd(subscriber: number, how: 'killed' | 'given_up', link: Connection | undefined): void {
    const base = this.bases[subscriber];
    if (base === undefined || link?.subscriber === undefined || base.peer !== link.peer) {
      throw new Error(`subscriber ${subscriber} is not the link it was`);
    }
    this.#oracle.linkEnded(subscriber, {
      how,
      bytes: link.subscriber.bytesReceived - base.bytesReceived,
      queued: link.publisher?.sendQueue ?? 0,
      pingsMost: this.pingsSince(base),
    });
  }

  async #gone(old: ReadonlySet<string>): Promise<void> {
    await this.#look((connections) =>
      connections.every(({ peer, publisher }) => !old.has(peer) || publisher === undefined),
    );
  }

  async #look(condition: (connections: readonly Connection[]) => boolean): Promise<void> {
    while (!condition([...(await this.connections()).values()].flat())) {
      await this.#replaceAborted();
      if (this.#crews.some(({ child }) => child.hasFailed)) {
        throw new Error('a process of subscribers ended by itself');
      }
      await sleep(LOOK_MS);
    }
  }

  /** The links of these subscribers when two looks in a row found the same bytes everywhere, heartbeats aside. */
  async #standingStill(subscribers: readonly number[]): Promise<Map<number, Connection>> {
    const pick = async () => {
      const links = await this.links();
      return new Map([...links].filter(([subscriber]) => subscribers.includes(subscriber)));
    };
    let links = await pick();
    for (;;) {
      const before = performance.now();
      await sleep(5 * LOOK_MS);
      const next = await pick();
      const pings = this.pingsSince({ peer: '', bytesReceived: 0, monoMs: before });
      if (movedLittle(links, next, pings * PING_WIRE_BYTES)) return next;
      links = next;
    }
  }
}

function movedLittle(
  before: ReadonlyMap<number, Connection>,
  after: ReadonlyMap<number, Connection>,
  bytes: number,
): boolean {
  return [...after].every(([index, { peer, publisher, subscriber }]) => {
    const old = before.get(index);
    const received = (subscriber?.bytesReceived ?? 0) - (old?.subscriber?.bytesReceived ?? 0);
    const queued = Math.abs((publisher?.sendQueue ?? 0) - (old?.publisher?.sendQueue ?? 0));
    return old?.peer === peer && received <= bytes && queued <= bytes;
  });
}
