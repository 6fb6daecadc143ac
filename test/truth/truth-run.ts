/** One run: does what the plan says and lets what the exporter claims be compared with what the others wrote down. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Comparison, type Options } from './comparison.js';
import type { Figures } from './figures.js';
import { Fleet } from './fleet.js';
import { Oracle } from './oracle.js';
import { type Plan, PROBE, type Publishing, type Step } from './plan.js';
import { makeScratch, type Scratch } from './scratch.js';
import { HANDSHAKE_WIRE_BYTES, PING_WIRE_BYTES, SMALLEST_WIRE_BYTES } from './wire.js';

const PROBE_PATIENCE_MS = 300;
const LOOK_MS = 20;
const AFTER_PROBE: Publishing = { ...PROBE, count: 2, gapMs: 5 };

export interface Verdict {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly seconds: number;
  readonly figures: Figures;
}

export async function runPlan(plan: Plan, options: Options): Promise<Verdict> {
  const scratch = await makeScratch(plan);
  const run = new TruthRun(plan, scratch, options);
  const started = performance.now();
  const stop = () => void run.close().finally(() => process.exit(1));
  process.once('SIGTERM', stop).once('SIGINT', stop);
  try {
    await run.go();
  } catch (error) {
    run.problems.push(`the run broke: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    await run.close();
    process.off('SIGTERM', stop).off('SIGINT', stop);
    scratch.remove();
  }
  const seconds = (performance.now() - started) / 1_000;
  return { seed: plan.seed, problems: run.problems, seconds, figures: run.comparison.figures };
}

class TruthRun {
  readonly comparison: Comparison;
  readonly problems: string[];
  readonly #plan: Plan;
  readonly #scratch: Scratch;
  readonly #log: (text: string) => void;
  readonly #oracle: Oracle;
  readonly #fleet: Fleet;
  /** Number of the first message of this interval. */
  #intervalStart = 0;
  /** Nothing but single messages was published since the last settlement. */
  #calm = false;
  #closed = false;

  constructor(plan: Plan, scratch: Scratch, options: Options) {
    this.#plan = plan;
    this.#scratch = scratch;
    this.#log = options.log;
    this.#oracle = new Oracle(plan.crews.flat().length);
    this.#fleet = new Fleet(plan, scratch, this.#oracle);
    const parts = { oracle: this.#oracle, fleet: this.#fleet };
    this.comparison = new Comparison(plan, options, parts);
    this.problems = this.comparison.problems;
  }

  async go(): Promise<void> {
    await this.#fleet.open();
    for (const step of this.#plan.steps) {
      this.#log(`  ${JSON.stringify(step)}`);
      await this.#do(step);
      if (this.problems.length > 0) return;
    }
    this.problems.push(...this.#oracle.complaints.slice(0, 5));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([this.comparison.close(), this.#fleet.close()]);
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case 'connect':
        return this.#fleet.connect();
      case 'exporter':
        return this.comparison.start(this.#scratch);
      case 'publish':
        this.#calm = false;
        return this.#fleet.publish(step);
      case 'stop':
        return this.#fleet.stop(step.crews);
      case 'continue':
        return this.#fleet.continue(step.crews);
      case 'pace':
        return this.#fleet.pace(step.subscribers, step.perSecond);
      case 'kill':
      case 'leave':
        this.comparison.noteEnded(step.crews);
        return this.#fleet[step.do](step.crews);
      case 'reconnect':
        this.comparison.noteRenewed(step.subscribers);
        return this.#fleet.reconnect(step.subscribers);
      case 'freeze':
        return this.#freeze(step);
      case 'depth':
        return this.comparison.measureDepth(this.#intervalStart);
      case 'wait':
        return sleep(step.ms);
      case 'settle':
        return this.#settle();
    }
  }

  /** Nothing can be lost of so few messages behind a settlement: whatever is reported meanwhile is wrong. */
  async #freeze(step: Extract<Step, { do: 'freeze' }>): Promise<void> {
    const calm = this.#calm;
    const before = await this.comparison.claim();
    const links = await this.#fleet.links();
    const thaw = await this.#fleet.freeze(step, step.spinMicros);
    await sleep(step.holdMs);
    const after = await this.comparison.later(3);
    const frozen = await this.#fleet.links();
    const firstMessage = this.#oracle.published;
    await thaw();
    const moved = [...frozen].map(([index, { subscriber }]) => {
      const old = links.get(index)?.subscriber?.bytesReceived ?? 0;
      return { index, bytes: (subscriber?.bytesReceived ?? 0) - old };
    });
    const begun = moved.some(({ bytes }) => bytes >= SMALLEST_WIRE_BYTES);
    const unfinished = moved.some(
      ({ index, bytes }) => bytes < this.#oracle.bytesFor(index, firstMessage),
    );
    this.comparison.figures.freezes += 1;
    if (begun && unfinished) this.comparison.figures.freezesMidway += 1;
    if (!calm || before === undefined || after === undefined) return;
    after.minions.forEach(({ hwm, disconnect }, index) => {
      const old = before.minions[index];
      const drops = hwm + disconnect - (old?.hwm ?? 0) - (old?.disconnect ?? 0);
      if (drops === 0) return;
      this.problems.push(
        `minion-${index}: ${drops} drops reported while the publisher stood still`,
      );
    });
  }

  async #settle(): Promise<void> {
    await this.#probe();
    await this.#checkKernels();
    const losses = this.#oracle.settle();
    const settled = this.#oracle.published;
    this.#calm = true;
    await this.comparison.settle(losses);
    this.#intervalStart = settled;
  }

  /** Publishes until everybody has received a message that was published last: what is missing then is lost. */
  async #probe(): Promise<void> {
    for (;;) {
      await this.#fleet.publish(PROBE);
      if (!(await this.#arrived())) continue;
      await this.#fleet.publish(AFTER_PROBE);
      if (await this.#arrived()) return;
    }
  }

  async #arrived(): Promise<boolean> {
    const end = performance.now() + PROBE_PATIENCE_MS;
    while (performance.now() < end) {
      const latest = await this.#fleet.collect();
      if ([...latest.values()].every((number) => number === this.#oracle.published - 1))
        return true;
      await sleep(LOOK_MS);
    }
    return false;
  }

  /**
   * The truth itself is checked: what a subscriber's kernel received is what its record says, and heartbeats. 91 + 1,009 × n of a
   * publisher of kilobytes.
   */
  async #checkKernels(): Promise<void> {
    const links = await this.#fleet.links();
    this.#fleet.basesBefore = [...this.#fleet.bases];
    for (const subscriber of this.#fleet.subscribers) {
      const link = links.get(subscriber);
      if (link?.subscriber === undefined) throw new Error(`subscriber ${subscriber} has no link`);
      const base = this.#fleet.bases[subscriber];
      const { bytesReceived } = link.subscriber;
      const from =
        base === undefined ? this.#oracle.linkBeginning(subscriber) : this.#intervalStart;
      const { arrived } = this.#oracle.arrivals(subscriber, from);
      const extra = bytesReceived - (base?.bytesReceived ?? HANDSHAKE_WIRE_BYTES) - arrived;
      // A link without a base is no older than this interval; its heartbeats are bounded by what follows.
      const pings = base === undefined ? Number.POSITIVE_INFINITY : this.#fleet.pingsSince(base);
      const most = this.#plan.heartbeatMs === 0 ? 0 : pings * PING_WIRE_BYTES;
      if (extra < 0 || extra > most || extra % PING_WIRE_BYTES !== 0) {
        this.problems.push(
          `oracle: the kernel of subscriber ${subscriber} has ${extra} bytes more than its record`,
        );
      }
      this.#fleet.bases[subscriber] = { peer: link.peer, bytesReceived, monoMs: performance.now() };
    }
  }
}
