/**
 * Renders scrapes: one frozen epoch each, a few at a time, in either format, in slices that leave
 * the event loop alone.
 */
import { performance } from 'node:perf_hooks';
import type { Writable } from 'node:stream';
import type { Registry } from 'prom-client';
import type { Epoch } from '../domain/epoch.js';
import { errorText } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import { FAMILY_GROUPS } from './families/index.js';
import { scrapeReport } from './families/self.js';
import type { FamilyGroup } from './family.js';
import type { Format } from './format.js';
import type {
  Build,
  EventLineFigures,
  Frame,
  GroupReport,
  HistoryFigures,
  ReloadStatus,
  ScrapeResult,
} from './frame.js';
import {
  type DetailByBlock,
  type RenderContext,
  type Sampled,
  sampleGroup,
  writeGroup,
} from './group-render.js';
import { type MinionLabels, minionLabels, NO_MINION_LABELS } from './minion-rows.js';
import { createProcessRegistry, PROCESS_GROUP, processText } from './process-families.js';
import { ScrapeSink } from './scrape-sink.js';
import { Turn } from './turn.js';

/**
 * A pair of Prometheus servers, a person with curl and one to spare; what comes on top is refused
 * and counted.
 */
export const SCRAPES_MAX = 4;
/** A scrape that starts while another runs shows the same epoch if that is no older than this. */
const EPOCH_SHARED_MS = 1000;
/**
 * A client that has not read the body by then is cut off; Prometheus itself gives up after 10 s by
 * default.
 */
export const SCRAPE_TIMEOUT_MS = 30_000;

export interface ExpositionOptions {
  readonly build: Build;
  /** Detail of each block now; read at the start of a scrape. */
  readonly detail: () => DetailByBlock;
  readonly reload: () => ReloadStatus | undefined;
  readonly history?: () => HistoryFigures;
  readonly eventLines?: () => EventLineFigures | undefined;
  readonly log: Logger;
  /** Process and Node families; by default prom-client's own, started here. */
  readonly registry?: Registry;
  readonly groups?: readonly FamilyGroup[];
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly timeoutMs?: number;
}

export interface RenderOptions {
  readonly format: Format;
  readonly gzip: boolean;
  readonly out: Writable;
}

export interface RenderReport {
  readonly result: ScrapeResult;
  readonly series: number;
  /** Before compression. */
  readonly bytes: number;
  /** Time on the event loop. */
  readonly busySeconds: number;
  readonly groups: readonly GroupReport[];
}

/** A place among the scrapes that may run at once; `release` gives it back, once. */
export interface Admission {
  readonly epoch: Promise<Epoch>;
  readonly release: () => void;
}

export interface Exposition {
  /** Takes a place and an epoch; undefined (and counted as `busy`) when all places are taken. */
  admit(freeze: () => Epoch | Promise<Epoch>): Admission | undefined;
  /**
   * Writes a whole body to `out` and ends it. Never rejects: what went wrong is the result, and
   * counted.
   */
  render(epoch: Epoch, options: RenderOptions): Promise<RenderReport>;
}

export function createExposition(options: ExpositionOptions): Exposition {
  return new StreamingExposition(options);
}

/** A group by name, with what evaluates it. */
interface Part {
  readonly name: string;
  readonly sample: () => Promise<readonly Sampled[]>;
}

class StreamingExposition implements Exposition {
  readonly #options: ExpositionOptions;
  readonly #registry: Registry;
  readonly #groups: readonly FamilyGroup[];
  readonly #now: () => number;
  readonly #scrapes: Record<ScrapeResult, number>;
  /** Groups that failed in the last scrape: a failure is logged once, not with every scrape. */
  readonly #failing = new Set<string>();
  #labels: MinionLabels = NO_MINION_LABELS;
  #running = 0;
  #shared: { epoch: Promise<Epoch>; atMs: number } | undefined;

  constructor(options: ExpositionOptions) {
    this.#options = options;
    this.#registry = options.registry ?? createProcessRegistry();
    this.#groups = options.groups ?? FAMILY_GROUPS;
    this.#now = options.now ?? (() => performance.now());
    this.#scrapes = zeroScrapes();
  }

  admit(freeze: () => Epoch | Promise<Epoch>): Admission | undefined {
    if (this.#running >= SCRAPES_MAX) {
      this.#scrapes.busy += 1;
      return undefined;
    }
    const now = this.#now();
    if (this.#shared === undefined || now - this.#shared.atMs > EPOCH_SHARED_MS) {
      const shared = { epoch: Promise.resolve(freeze()), atMs: now };
      this.#shared = shared;
      // Who comes next tries again; who shares it learns it from the epoch itself.
      shared.epoch.catch(() => {
        if (this.#shared === shared) this.#shared = undefined;
      });
    }
    this.#running += 1;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      this.#running -= 1;
      if (this.#running === 0) this.#shared = undefined;
    };
    return { epoch: this.#shared.epoch, release };
  }

  async render(epoch: Epoch, options: RenderOptions): Promise<RenderReport> {
    const { gzip, out, format } = options;
    const timeoutMs = this.#options.timeoutMs ?? SCRAPE_TIMEOUT_MS;
    const sink = new ScrapeSink(out, { gzip, timeoutMs });
    const turn = new Turn(this.#now);
    const groups: GroupReport[] = [];
    let series = 0;
    let result: ScrapeResult;
    try {
      const context = await this.#context(epoch, { format, sink, turn, groups });
      for (const { name, sample } of this.#parts(context)) {
        if (!sink.open) break;
        const { series: written, ...report } = await this.#group(name, context, sample);
        series += written;
        groups.push(report);
      }
      if (format === 'openmetrics') sink.text('# EOF\n');
      result = await turn.wait(sink.end());
    } catch (error) {
      this.#options.log.error('A scrape failed', { error: errorText(error) });
      result = sink.fail();
    }
    this.#scrapes[result] += 1;
    return { result, series, bytes: sink.bytes, busySeconds: turn.busyMs() / 1000, groups };
  }

  /** All groups in the order of a body; the report on them comes last. */
  #parts(context: RenderContext): readonly Part[] {
    const own = (group: FamilyGroup): Part => ({
      name: group.name,
      sample: () => sampleGroup(group, context),
    });
    const process: Part = {
      name: PROCESS_GROUP,
      sample: async () => [
        { kind: 'text', ...(await processText(this.#registry, context.format)) },
      ],
    };
    return [...this.#groups.map(own), process, own(scrapeReport)];
  }

  async #context(
    epoch: Epoch,
    parts: Pick<RenderContext, 'format' | 'sink' | 'turn'> & { groups: readonly GroupReport[] },
  ): Promise<RenderContext> {
    const { build, reload, history, eventLines, detail } = this.#options;
    const { groups, ...rest } = parts;
    const labels = await minionLabels(epoch.minions.ids, this.#labels, rest.turn);
    this.#labels = labels;
    const frame: Frame = {
      epoch,
      groups,
      build,
      reload: reload(),
      history: history?.(),
      eventLines: eventLines?.(),
      scrapes: { ...this.#scrapes },
    };
    return { ...rest, frame, detail: detail(), labels };
  }

  /**
   * One group, all of it or nothing: what a family throws is said in `brinescope_group_success` and
   * in the log.
   */
  async #group(
    name: string,
    context: RenderContext,
    sample: Part['sample'],
  ): Promise<GroupReport & { series: number }> {
    const { turn } = context;
    const startedMs = turn.busyMs();
    let sampled: readonly Sampled[] = [];
    let success = true;
    try {
      sampled = await sample();
      this.#failing.delete(name);
    } catch (error) {
      success = false;
      if (!this.#failing.has(name)) {
        this.#options.log.error('A group of metrics failed and is missing from the scrapes', {
          group: name,
          error: errorText(error),
        });
      }
      this.#failing.add(name);
    }
    const series = await writeGroup(sampled, context);
    return { group: name, success, durationSeconds: (turn.busyMs() - startedMs) / 1000, series };
  }
}

function zeroScrapes(): Record<ScrapeResult, number> {
  return { complete: 0, client_gone: 0, timeout: 0, busy: 0, failed: 0 };
}
