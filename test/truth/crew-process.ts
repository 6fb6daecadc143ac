/** Some subscribers of a truth run in one process, which can be stopped and killed; they write down every number they receive. */
import { createHash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Subscriber } from 'zeromq';
import type { CrewMember, CrewOrder, CrewReport, CrewSetup } from './protocol.js';

/** Rows kept before they are written; what a killed process had not written yet it never received, as far as anybody knows. */
const ROWS_KEPT = 512;
const WRITE_EVERY_MS = 20;
const READ_BEFORE_TURN = 64;

class RecordFile {
  readonly #descriptor: number;
  #rows: number[] = [];

  constructor(path: string) {
    this.#descriptor = openSync(path, 'a');
    setInterval(() => this.flush(), WRITE_EVERY_MS);
  }

  add(subscriber: number, number: number): void {
    this.#rows.push(subscriber, number);
    if (this.#rows.length >= 2 * ROWS_KEPT) this.flush();
  }

  flush(): void {
    if (this.#rows.length === 0) return;
    writeSync(this.#descriptor, Buffer.from(Uint32Array.from(this.#rows).buffer));
    this.#rows = [];
  }
}

class Member {
  readonly index: number;
  latest = -1;
  readonly #socket: Subscriber;
  readonly #endpoint: string;
  readonly #record: RecordFile;
  readonly #filtering: boolean;
  #perSecond: number | undefined;
  #wake: (() => void) | undefined;

  constructor(plan: CrewMember, setup: CrewSetup, record: RecordFile) {
    this.index = plan.index;
    this.#record = record;
    this.#filtering = setup.filtering;
    this.#endpoint = `tcp://${plan.address}:0;127.0.0.1:${setup.port}`;
    this.#socket = new Subscriber({
      linger: 0,
      ...(plan.narrow ? { receiveHighWaterMark: 1 } : {}),
      ...(plan.receiveBufferBytes === undefined
        ? {}
        : { receiveBufferSize: plan.receiveBufferBytes }),
    });
    // As a Salt minion does.
    if (setup.filtering) {
      this.#socket.subscribe('broadcast', createHash('sha1').update(plan.id).digest('hex'));
    } else {
      this.#socket.subscribe();
    }
    void this.#read();
  }

  connect(): void {
    this.#socket.connect(this.#endpoint);
  }

  reconnect(): void {
    this.#socket.disconnect(this.#endpoint);
    this.#socket.connect(this.#endpoint);
  }

  pace(perSecond: number | undefined): void {
    this.#perSecond = perSecond;
    this.#wake?.();
  }

  async #read(): Promise<void> {
    for (let read = 1; ; read += 1) {
      await this.#restrain();
      const frames = await this.#socket.receive();
      const payload = frames[this.#filtering ? 1 : 0];
      this.latest = payload?.readUInt32BE(0) ?? -1;
      this.#record.add(this.index, this.latest);
      if (read % READ_BEFORE_TURN === 0) await new Promise((turn) => setImmediate(turn));
    }
  }

  /** A slow reader waits before each message; a change of its pace wakes it. */
  async #restrain(): Promise<void> {
    while (this.#perSecond !== undefined) {
      const woken = new Promise<void>((wake) => {
        this.#wake = wake;
      });
      if (this.#perSecond === 0) {
        await woken;
        continue;
      }
      await Promise.race([woken, sleep(1_000 / this.#perSecond)]);
      return;
    }
  }
}

class Crew {
  readonly #members = new Map<number, Member>();
  readonly #record: RecordFile;

  constructor(setup: CrewSetup) {
    this.#record = new RecordFile(setup.recordPath);
    for (const plan of setup.members) {
      this.#members.set(plan.index, new Member(plan, setup, this.#record));
    }
  }

  obey(order: Exclude<CrewOrder, { do: 'open' }>): CrewReport {
    if (order.do === 'connect') {
      for (const member of this.#members.values()) member.connect();
    } else if (order.do === 'reconnect') {
      this.#members.get(order.subscriber)?.reconnect();
    } else if (order.do === 'pace') {
      this.#members.get(order.subscriber)?.pace(order.perSecond);
    } else {
      this.#record.flush();
      const numbers = [...this.#members.values()].map(
        ({ index, latest }) => [index, latest] as const,
      );
      return { tell: 'latest', numbers };
    }
    return { tell: 'done' };
  }
}

let crew: Crew | undefined;

function obey(order: CrewOrder): CrewReport {
  try {
    if (order.do === 'open') {
      crew = new Crew(order.setup);
      return { tell: 'done' };
    }
    return crew?.obey(order) ?? { tell: 'failed', text: 'not open' };
  } catch (error) {
    return { tell: 'failed', text: String(error) };
  }
}

process.on('disconnect', () => process.exit(0));
// `as`: only the runner writes to this channel.
process.on('message', (order) => process.send?.(obey(order as CrewOrder)));
