/** The exporter of one run: what it claims, all the time, and whether that is the truth of each settlement. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DepthGauge } from './depth.js';
import { ExporterChild, type Metrics } from './exporter-child.js';
import { createFigures, type Figures, tally } from './figures.js';
import type { Fleet } from './fleet.js';
import type { Losses, Oracle } from './oracle.js';
import { type Plan, PROBE } from './plan.js';
import type { Scratch } from './scratch.js';
import { type Claim, readClaim } from './snapshot.js';
import { type Judgement, judge, type Settlement } from './verdict.js';

/** Our subscription's own address, the exporter's default. */
const OWN_ADDRESS = '127.0.0.77';
/** Between two bodies while the exporter is waited for. */
const CLAIM_MS = 100;
/** While the exporter is waited for a message goes out now and then, as on any master. */
const BEAT_MS = 1_500;
/** A program that starts beside many others. */
const START_PATIENCE_MS = 180_000;
/** Of one settlement; the first few tell what is wrong. */
const PROBLEMS_SHOWN = 12;

export interface Options {
  /** How long the exporter may take to say what is true. */
  readonly patienceMs: number;
  readonly log: (text: string) => void;
  /** The exporter's main file; undefined: what is built here. */
  readonly program: string | undefined;
}

export class Comparison {
  readonly problems: string[] = [];
  readonly figures: Figures;
  readonly #plan: Plan;
  readonly #options: Options;
  readonly #oracle: Oracle;
  readonly #fleet: Fleet;
  readonly #depth: DepthGauge;
  readonly #ids: readonly string[];
  #exporter: ExporterChild | undefined;
  /** Messages published before the exporter's subscription began. */
  #offset = 0;
  #before: Claim | undefined;
  /** Messages published when that was claimed. */
  #publishedBefore = 0;
  #gapsBefore = 0;
  /** Links that ended in this interval. */
  readonly #ended = new Set<number>();

  constructor(plan: Plan, options: Options, parts: { oracle: Oracle; fleet: Fleet }) {
    this.#plan = plan;
    this.#options = options;
    this.#oracle = parts.oracle;
    this.#fleet = parts.fleet;
    this.#ids = plan.crews.flat().map(({ id }) => id);
    this.#depth = new DepthGauge(plan.hwm);
    this.figures = createFigures(this.#depth.report);
  }

  async start(scratch: Scratch): Promise<void> {
    // What is announced late must not be announced to an exporter that could not have read it.
    await sleep(2 * this.#plan.busLateMs);
    const { configDir, natMap, webPort: port } = scratch;
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
      START_PATIENCE_MS,
    );
    const missing = needed.filter((source) => metrics.get(up(source)) !== 1);
    if (missing.length > 0) this.problems.push(`the exporter does not read ${missing.join(', ')}`);
    this.#offset = this.#oracle.published;
    this.#publishedBefore = this.#offset;
    this.#before = readClaim(metrics, this.#ids);
  }

  async claim(): Promise<Claim | undefined> {
    if (this.#exporter === undefined) return undefined;
    return readClaim(await this.#exporter.metrics(), this.#ids);
  }

  /** The links of these crews are about to end. */
  noteEnded(crews: readonly number[]): void {
    let first = 0;
    this.#plan.crews.forEach((members, crew) => {
      for (let n = first; n < first + members.length && crews.includes(crew); n += 1) {
        this.#ended.add(n);
      }
      first += members.length;
    });
  }

  noteRenewed(subscribers: readonly number[]): void {
    for (const subscriber of subscribers) this.#ended.add(subscriber);
  }

  /** What it claims after scans that began later than this call; undefined: it does not run yet. */
  async later(scans: number): Promise<Claim | undefined> {
    const metrics = await this.#exporter?.afterNextScan(this.#options.patienceMs, scans);
    return metrics === undefined ? undefined : this.#read(metrics);
  }

  /** The depth of all queues now; `from`: first message of this interval. */
  async measureDepth(from: number): Promise<void> {
    if (this.#exporter === undefined) return;
    await this.#readAll();
    const first = await this.#fleet.links();
    const claim = await this.later(2);
    const second = await this.#fleet.links();
    if (claim !== undefined)
      this.#depth.take({ claim, first, second, from, to: this.#oracle.published });
  }

  /** Waits until the exporter says what is true, and goes on saying it. */
  async settle(losses: readonly Losses[]): Promise<void> {
    if (this.#before !== undefined) await this.#compare(losses);
    this.#ended.clear();
  }

  async close(): Promise<void> {
    this.figures.published = this.#oracle.published;
    await this.#exporter?.stop();
  }

  #read(metrics: Metrics): Claim {
    return readClaim(metrics, this.#ids);
  }

  /** What our own subscription has not read yet the ledger cannot know of. */
  async #readAll(): Promise<void> {
    const end = performance.now() + this.#options.patienceMs;
    while (performance.now() < end) {
      const claim = await this.claim();
      if (claim === undefined || (await this.#hasCaughtUp(claim))) return;
    }
  }

  async #compare(losses: readonly Losses[]): Promise<void> {
    const first = await this.#await(losses);
    // What is counted twice, or late, shows itself in the scans that follow.
    await this.#exporter?.afterNextScan(this.#options.patienceMs, 3);
    const { claim, judgement, settlement } =
      first.judgement.wrong.length > 0 ? first : await this.#await(losses);
    const problems = [...judgement.wrong, ...judgement.open];
    this.problems.push(...problems.slice(0, PROBLEMS_SHOWN));
    if (problems.length > PROBLEMS_SHOWN) {
      this.problems.push(`… and ${problems.length - PROBLEMS_SHOWN} more`);
    }
    const exact = settlement.gapsNew === 0 && claim.gaps === settlement.before.gaps;
    this.problems.push(
      ...this.#depth.judge(this.#oracle, this.#fleet, { ended: this.#ended, exact }),
    );
    tally(this.figures, settlement, { claim, exact });
    Object.assign(this.figures, await this.#exporter?.losses());
    this.#before = claim;
    this.#publishedBefore = this.#oracle.published;
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
      const claim = await this.claim();
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
      (index) => this.#oracle.arrivals(index, this.#publishedBefore).arrived > ownBytes,
    );
    const wasKnown = before.minions.map(({ known }) => known === true);
    const gaveUp = claim.minions.map(
      ({ breaks }, index) => breaks > (before.minions[index]?.breaks ?? 0),
    );
    return {
      before,
      losses,
      gapsTotal,
      gapsNew: gapsTotal - this.#gapsBefore,
      // With filtering a job that matches nobody is announced and never sent: it proves nothing.
      announced: this.#plan.bus !== 'none' && !this.#plan.filtering,
      // A ledger that was unknown all the while, and said so, need not know of it.
      outrun: outrun && !this.#plan.filtering && !gaveUp.includes(true),
      wasKnown,
      gaveUp,
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
    return empty && (await this.claim())?.messages === claim.messages;
  }
}
