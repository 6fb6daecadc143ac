/** One run: does what the plan says, asks the exporter what it claims, and compares that with what the others wrote down. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DepthGauge, type DepthReport } from './depth.js';
import { ExporterChild } from './exporter-child.js';
import { Fleet } from './fleet.js';
import { exactly, type Losses, Oracle } from './oracle.js';
import type { Plan, Publishing, Step } from './plan.js';
import { makeScratch, type Scratch } from './scratch.js';
import { type Claim, readClaim } from './snapshot.js';
import { type Judgement, judge, type Settlement } from './verdict.js';
import { HANDSHAKE_WIRE_BYTES, PING_WIRE_BYTES, SMALLEST_WIRE_BYTES } from './wire.js';

/** Our subscription's own address, the exporter's default. */
const OWN_ADDRESS = '127.0.0.77';
const WATCH_MS = 300;
const PROBE_PATIENCE_MS = 300;
const LOOK_MS = 20;
/** Between two bodies while the exporter is waited for. */
const CLAIM_MS = 100;
/** Messages behind every act: small, of different sizes, to everybody; what is acknowledged of them proves what was lost before. */
const PROBE: Publishing = { count: 1, bytes: [20, 300], frames: 1, gapMs: 0, targets: 'all' };
/** While the exporter is waited for a message goes out now and then, as on any master. */
const BEAT_MS = 1_500;
const AFTER_PROBE: Publishing = { ...PROBE, count: 2, gapMs: 5 };

export interface Verdict {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly seconds: number;
  readonly figures: Figures;
}

export interface Figures {
  published: number;
  /** Comparisons after an act with the exporter watching, and links compared in them. */
  settlements: number;
  links: number;
  /** Links whose drops had to be exact. */
  exactLinks: number;
  /** Links whose truth is a range, because nobody can know better. */
  boundedLinks: number;
  /** Lost on the exact ones, truth and claim. */
  lost: number;
  reported: number;
  gapsReal: number;
  gapsFlagged: number;
  /** Links that became unknown although no gap was flagged. */
  gaveUp: number;
  freezes: number;
  /** Freezes in the middle of sending: something had left, something had not. */
  freezesMidway: number;
  depth: DepthReport;
}

interface Options {
  /** How long the exporter may take to say what is true. */
  readonly patienceMs: number;
  readonly log: (text: string) => void;
  /** The exporter's main file; undefined: what is built here. */
  readonly program: string | undefined;
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
  return { seed: plan.seed, problems: run.problems, seconds, figures: run.figures };
}

class TruthRun {
  readonly problems: string[] = [];
  readonly figures: Figures;
  readonly #plan: Plan;
  readonly #scratch: Scratch;
  readonly #options: Options;
  readonly #oracle: Oracle;
  readonly #fleet: Fleet;
  readonly #depth: DepthGauge;
  readonly #ids: readonly string[];
  #exporter: ExporterChild | undefined;
  /** Messages published before the exporter's subscription began. */
  #offset = 0;
  #before: Claim | undefined;
  #gapsBefore = 0;
  /** Number of the first message of this interval. */
  #intervalStart = 0;
  /** Links that ended in this interval; and those that a body showed as unknown. */
  readonly #ended = new Set<number>();
  readonly #seenUnknown = new Set<number>();
  /** Links that ended with a ledger that was not known. */
  readonly #endedUnknown = new Set<number>();
  /** Nothing but single messages was published since the last settlement. */
  #calm = false;
  #closed = false;

  constructor(plan: Plan, scratch: Scratch, options: Options) {
    this.#plan = plan;
    this.#scratch = scratch;
    this.#options = options;
    this.#ids = plan.crews.flat().map(({ id }) => id);
    this.#oracle = new Oracle(this.#ids.length);
    this.#fleet = new Fleet(plan, scratch, this.#oracle);
    this.#depth = new DepthGauge(plan.hwm);
    this.figures = {
      ...{
        published: 0,
        settlements: 0,
        links: 0,
        exactLinks: 0,
        boundedLinks: 0,
        lost: 0,
        reported: 0,
      },
      ...{ gapsReal: 0, gapsFlagged: 0, gaveUp: 0, freezes: 0, freezesMidway: 0 },
      depth: this.#depth.report,
    };
  }

  async go(): Promise<void> {
    await this.#fleet.open();
    for (const step of this.#plan.steps) {
      this.#options.log(`  ${JSON.stringify(step)}`);
      await this.#do(step);
      if (this.problems.length > 0) return;
    }
    this.problems.push(...this.#oracle.complaints.slice(0, 5));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.figures.published = this.#oracle.published;
    await Promise.all([this.#exporter?.stop(), this.#fleet.close()]);
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case 'connect':
        return this.#fleet.connect();
      case 'exporter':
        return this.#startExporter();
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
        await this.#noteEnded(step.crews);
        return this.#fleet[step.do](step.crews);
      case 'reconnect':
        for (const subscriber of step.subscribers) this.#ended.add(subscriber);
        return this.#fleet.reconnect(step.subscribers);
      case 'freeze':
        return this.#freeze(step);
      case 'depth':
        return this.#measureDepth();
      case 'wait':
        return sleep(step.ms);
      case 'settle':
        return this.#settle();
    }
  }

  /** Links that are about to end; those whose ledger is not known just then book nothing. */
  async #noteEnded(crews: readonly number[]): Promise<void> {
    const metrics = await this.#exporter?.afterNextScan(this.#options.patienceMs);
    const claim = metrics === undefined ? undefined : readClaim(metrics, this.#ids);
    let first = 0;
    this.#plan.crews.forEach((members, crew) => {
      for (let n = first; n < first + members.length && crews.includes(crew); n += 1) {
        this.#ended.add(n);
        if (claim?.minions[n]?.known !== true) this.#endedUnknown.add(n);
      }
      first += members.length;
    });
  }

  async #startExporter(): Promise<void> {
    // What is announced late must not be announced to an exporter that could not have read it.
    await sleep(2 * this.#plan.busLateMs);
    const { configDir, natMap, webPort: port } = this.#scratch;
    const { scanIntervalMs } = this.#plan;
    const exporter = new ExporterChild({
      ...{ configDir, natMap, port, scanIntervalMs },
      program: this.#options.program,
    });
    this.#exporter = exporter;
    const up = (source: string) => `brinescope_source_up{source="${source}"}`;
    const needed = ['stream_canary', 'kernel', ...(this.#plan.bus === 'none' ? [] : ['event_bus'])];
    const metrics = await exporter.until(
      (body) => needed.every((source) => body.get(up(source)) === 1),
      this.#options.patienceMs,
    );
    const missing = needed.filter((source) => metrics.get(up(source)) !== 1);
    if (missing.length > 0) this.problems.push(`the exporter does not read ${missing.join(', ')}`);
    this.#offset = this.#oracle.published;
    this.#before = readClaim(metrics, this.#ids);
    this.#seenUnknown.clear();
    void this.#watch(exporter);
  }

  /** Looks at every link's `known` all the time. */
  async #watch(exporter: ExporterChild): Promise<void> {
    while (!this.#closed) {
      try {
        this.#see(readClaim(await exporter.metrics(), this.#ids));
      } catch {
        // The exporter has ended: the step under way says so, or everything is being closed.
        return;
      }
      await sleep(WATCH_MS);
    }
  }

  #see(claim: Claim): Claim {
    claim.minions.forEach(({ known }, subscriber) => {
      if (known === false) this.#seenUnknown.add(subscriber);
    });
    return claim;
  }

  async #claim(): Promise<Claim | undefined> {
    if (this.#exporter === undefined) return undefined;
    return this.#see(readClaim(await this.#exporter.metrics(), this.#ids));
  }

  /** Nothing can be lost of so few messages behind a settlement: whatever is reported meanwhile is wrong. */
  async #freeze(step: Extract<Step, { do: 'freeze' }>): Promise<void> {
    const calm = this.#calm;
    const before = await this.#claim();
    const links = await this.#fleet.links();
    const thaw = await this.#fleet.freeze(step, step.spinMicros);
    await sleep(step.holdMs);
    await this.#exporter?.afterNextScan(this.#options.patienceMs, 3);
    const after = await this.#claim();
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
    this.figures.freezes += 1;
    if (begun && unfinished) this.figures.freezesMidway += 1;
    if (!calm || before === undefined || after === undefined) return;
    after.minions.forEach(({ hwm, disconnect }, index) => {
      const drops =
        hwm +
        disconnect -
        (before.minions[index]?.hwm ?? 0) -
        (before.minions[index]?.disconnect ?? 0);
      if (drops !== 0)
        this.problems.push(
          `minion-${index}: ${drops} drops reported while the publisher stood still`,
        );
    });
  }

  async #measureDepth(): Promise<void> {
    if (this.#exporter === undefined) return;
    await this.#readAll();
    const first = await this.#fleet.links();
    const metrics = await this.#exporter.afterNextScan(this.#options.patienceMs);
    const claim = this.#see(readClaim(metrics, this.#ids));
    const second = await this.#fleet.links();
    const span = { from: this.#intervalStart, to: this.#oracle.published };
    this.#depth.take({ claim, first, second, ...span });
  }

  /** What our own subscription has not read yet the ledger cannot know of. */
  async #readAll(): Promise<void> {
    const end = performance.now() + this.#options.patienceMs;
    while (performance.now() < end) {
      const claim = await this.#claim();
      if (claim === undefined || (await this.#hasCaughtUp(claim))) return;
    }
  }

  async #settle(): Promise<void> {
    await this.#probe();
    await this.#checkKernels();
    const losses = this.#oracle.settle();
    const settled = this.#oracle.published;
    this.#calm = true;
    if (this.#exporter !== undefined && this.#before !== undefined) await this.#compare(losses);
    this.#intervalStart = settled;
    this.#ended.clear();
    this.#seenUnknown.clear();
    this.#endedUnknown.clear();
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

  async #compare(losses: readonly Losses[]): Promise<void> {
    const first = await this.#await(losses);
    // What is counted twice, or late, shows itself in the scans that follow.
    await this.#exporter?.afterNextScan(this.#options.patienceMs, 3);
    const { claim, judgement, settlement } =
      first.judgement.wrong.length > 0 ? first : await this.#await(losses);
    const problems = [...judgement.wrong, ...judgement.open];
    this.problems.push(...problems.slice(0, 12));
    if (problems.length > 12) this.problems.push(`… and ${problems.length - 12} more`);
    const exact = settlement.gapsNew === 0 && claim.gaps === settlement.before.gaps;
    this.problems.push(
      ...this.#depth.judge(this.#oracle, this.#fleet, { ended: this.#ended, exact }),
    );
    this.#tally(settlement, claim, exact);
    this.#before = claim;
    this.#gapsBefore = settlement.gapsTotal;
  }

  async #await(
    losses: readonly Losses[],
  ): Promise<{ claim: Claim; judgement: Judgement; settlement: Settlement }> {
    const end = performance.now() + this.#options.patienceMs;
    let beatMs = performance.now() + BEAT_MS;
    for (;;) {
      if (performance.now() > beatMs) {
        await this.#fleet.publish(PROBE);
        beatMs = performance.now() + BEAT_MS;
      }
      const claim = await this.#claim();
      if (claim === undefined || this.#before === undefined) throw new Error('no exporter');
      const settlement = await this.#settlementFor(claim, this.#before, losses);
      const judgement = judge(settlement, claim);
      const caughtUp = await this.#hasCaughtUp(claim);
      const final = judgement.wrong.length > 0 && caughtUp;
      if (final || performance.now() > end) return { claim, judgement, settlement };
      if (judgement.wrong.length === 0 && judgement.open.length === 0 && caughtUp)
        return { claim, judgement, settlement };
      await sleep(CLAIM_MS);
    }
  }

  async #settlementFor(
    claim: Claim,
    before: Claim,
    losses: readonly Losses[],
  ): Promise<Settlement> {
    const gapsTotal = this.#oracle.published - this.#offset - claim.messages;
    const ownBytes = claim.bytes - before.bytes;
    const outrun = this.#fleet.subscribers.some(
      (subscriber) =>
        this.#oracle.arrivals(subscriber, Math.max(this.#offset, this.#intervalStart)).arrived >
        ownBytes,
    );
    const wasKnown = before.minions.map(({ known }) => known === true);
    return {
      before,
      losses,
      gapsTotal,
      gapsNew: gapsTotal - this.#gapsBefore,
      // With filtering a job that matches nobody is announced and never sent: it proves nothing.
      announced: this.#plan.bus !== 'none' && !this.#plan.filtering,
      outrun: outrun && !this.#plan.filtering,
      wasKnown,
      gaveUp: wasKnown.map((was, index) => {
        const unknown = this.#ended.has(index) ? this.#endedUnknown : this.#seenUnknown;
        return was && unknown.has(index);
      }),
    };
  }

  /** The exporter has read everything that its own connection will bring, so that what is missing is a gap. */
  async #hasCaughtUp(claim: Claim): Promise<boolean> {
    if (claim.messages === this.#oracle.published - this.#offset) return true;
    const own = [...((await this.#fleet.connections()).get(OWN_ADDRESS) ?? [])];
    const empty = own.every(
      ({ publisher, subscriber }) => publisher?.sendQueue === 0 && subscriber?.receiveQueue === 0,
    );
    await this.#exporter?.afterNextScan(this.#options.patienceMs, 2);
    return empty && (await this.#claim())?.messages === claim.messages;
  }

  #tally(settlement: Settlement, claim: Claim, exact: boolean): void {
    const { figures } = this;
    figures.settlements += 1;
    figures.links += claim.minions.length;
    figures.gapsReal = settlement.gapsTotal;
    figures.gapsFlagged = claim.gaps;
    if (!exact) return;
    claim.minions.forEach((minion, index) => {
      if (settlement.gaveUp[index] === true) figures.gaveUp += 1;
      else if (settlement.wasKnown[index] === true) {
        const before = settlement.before.minions[index];
        const total = settlement.losses[index]?.total ?? exactly(0);
        if (total.least !== total.most) {
          figures.boundedLinks += 1;
          return;
        }
        figures.exactLinks += 1;
        figures.lost += total.most;
        figures.reported +=
          minion.hwm + minion.disconnect - (before?.hwm ?? 0) - (before?.disconnect ?? 0);
      }
    });
  }
}
