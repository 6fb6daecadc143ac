/** One round of one fault: who is hit, what was published, and the hands to do it with. */
import type { SaltVersion } from '../lab/install.js';
import type { Lab } from '../lab/lab.js';
import { until } from '../lab/run.js';
import type { Order, SaltClient, Told } from './client.js';
import type { JobShape } from './fault.js';
import { readExecution } from './records.js';

export interface SceneParts {
  readonly lab: Lab;
  readonly client: SaltClient;
  readonly version: SaltVersion;
  readonly shape: JobShape;
  readonly jobs: number;
  readonly function: string;
  readonly victims: readonly string[];
}

export class Scene {
  readonly lab: Lab;
  readonly client: SaltClient;
  readonly version: SaltVersion;
  readonly jobs: number;
  readonly victims: readonly string[];
  readonly all: readonly string[];
  readonly others: readonly string[];
  /** In the order of publishing. */
  readonly jids: string[] = [];
  /** What clients raised. */
  readonly errors: string[] = [];
  readonly told: Told[] = [];
  /** Whole publishes that the host of a victim had received when its link was ended, by minion. */
  readonly delivered = new Map<string, number>();
  readonly #shape: JobShape;
  readonly #function: string;

  constructor(parts: SceneParts) {
    this.lab = parts.lab;
    this.client = parts.client;
    this.version = parts.version;
    this.jobs = parts.jobs;
    this.victims = parts.victims;
    this.all = parts.lab.minions.map(({ id }) => id);
    this.others = this.all.filter((id) => !parts.victims.includes(id));
    this.#shape = parts.shape;
    this.#function = parts.function;
  }

  /** `3006`, `3007` or `3008`. */
  get line(): string {
    return this.version.slice(0, 4);
  }

  /** Publishes jobs of this round to all minions, and waits until Salt has taken or refused them. */
  async publish(changes: Partial<Order> = {}): Promise<Told> {
    const { seconds, bytes = 0, ask = false } = this.#shape;
    const order = {
      minions: this.all,
      function: `lossbench.${this.#function}`,
      arguments: [seconds, 'x'.repeat(bytes)],
      ask,
      count: this.jobs,
      ...changes,
    };
    // who asks is busy with one job
    const orders = order.ask
      ? Array.from({ length: order.count }, () => ({ ...order, count: 1 }))
      : [order];
    const all = await Promise.all(orders.map((each) => this.client.publish(each)));
    for (const told of all) {
      this.jids.push(...told.jids.filter((jid) => !this.jids.includes(jid)));
      this.errors.push(...told.errors);
      this.told.push(told);
    }
    this.jids.sort();
    return all[0] ?? { jids: [], errors: [], answered: new Map() };
  }

  /** Waits until every job of the round has begun on these minions. */
  started(ids: readonly string[] = this.victims): Promise<true> {
    return this.#recorded('started', ids);
  }

  ended(ids: readonly string[] = this.victims): Promise<true> {
    return this.#recorded('ended', ids);
  }

  /** Every client has stopped asking. */
  async asked(timeoutMs: number): Promise<void> {
    const done = () =>
      this.told.every(({ jids, answered }) => jids.every((jid) => answered.has(jid))) || undefined;
    await until('the clients to stop asking', done, { timeoutMs });
  }

  #recorded(what: 'started' | 'ended', ids: readonly string[]): Promise<true> {
    const look = async () => {
      for (const id of ids) {
        const seen = (await readExecution(this.lab, id))[what];
        if (!this.jids.every((jid) => seen.has(jid))) return undefined;
      }
      return true as const;
    };
    return until(`every job to have ${what} on ${ids}`, look, { everyMs: 50 });
  }
}
