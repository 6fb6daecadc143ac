/** What status each minion had and when, watched beside whatever a test does meanwhile. */
import { expect, test } from 'vitest';
import { pause } from '../lab/run.js';
import { type Run, statusOf } from './scenario.js';

/** Often enough for a status that lasts seconds. */
const LOOK_EVERY_MS = 500;

interface StatusChange {
  readonly status: string;
  /** After the diary was begun. */
  readonly seconds: number;
}

class StatusDiary {
  readonly #run: Run;
  readonly #changes = new Map<string, StatusChange[]>();
  readonly #startedMs = Date.now();
  readonly #watching: Promise<void>;
  #closed = false;

  constructor(run: Run, ids: readonly string[]) {
    this.#run = run;
    for (const id of ids) this.#changes.set(id, []);
    this.#watching = this.#watch();
    this.#watching.catch(() => undefined); // told by close()
  }

  /** The statuses of a minion in the order in which they came. */
  async close(): Promise<ReadonlyMap<string, readonly StatusChange[]>> {
    this.#closed = true;
    await this.#watching;
    for (const [id, changes] of this.#changes) {
      const words = changes.map(({ status, seconds }) => `${status} ${seconds.toFixed(1)} s`);
      this.#run.note(`${id} after the fault: ${words.join(', ')}`);
    }
    return this.#changes;
  }

  async #watch(): Promise<void> {
    while (!this.#closed) {
      await this.#look();
      await pause(LOOK_EVERY_MS);
    }
    await this.#look(); // what whoever closes it has seen
  }

  async #look(): Promise<void> {
    const body = await this.#run.exporter.scrape();
    const seconds = (Date.now() - this.#startedMs) / 1000;
    for (const [id, changes] of this.#changes) {
      const status = statusOf(body, id) ?? 'none';
      if (changes.at(-1)?.status !== status) changes.push({ status, seconds });
    }
  }
}

/** Its kernel goes on acknowledging; only the missing answers to heartbeats tell. */
export function stoppedProcess(run: () => Run): void {
  test('a stopped process is stalled, until the publisher ends its link', async () => {
    const { daemon } = run().lab.minion('m1');
    await run().statuses({ m1: 'ok', m2: 'ok' });
    const diary = new StatusDiary(run(), ['m1', 'm2']);
    daemon.freeze();
    await run().statuses({ m1: 'absent' });
    daemon.thaw();
    await run().statuses({ m1: 'ok' });
    const changes = await diary.close();
    const words = (id: string) => changes.get(id)?.map(({ status }) => status);
    expect(words('m1')).toEqual(['ok', 'stalled', 'absent', 'ok']);
    expect(words('m2')).toEqual(['ok']);
  });
}
