/** Compares what the ledger says of queues with what the publisher in miniature holds. */
import { freeze, type State } from '../../../exporter/src/domain/index.js';
import type { Instant } from '../../../exporter/src/lib/clock.js';
import type { LinkState } from './publisher-model.js';

/** One minion's present connection and what the ledger said of it so far. */
export interface Follow {
  readonly cookie: number;
  readonly link: LinkState;
  everUnknown: boolean;
  everKnown: boolean;
}

export interface GaugeResult {
  /** Worst error of a queue beyond what is allowed, bytes. */
  readonly queueErrorBytes: number;
  readonly queueChecks: number;
  /** Share of looks at which a ledger was known. */
  readonly knownShare: number;
  /** Figures that no publisher can have. */
  readonly faults: readonly string[];
}

export interface LinkResult {
  readonly id: number;
  readonly booked: { readonly hwm: number; readonly disconnect: number };
  readonly truth: { readonly hwm: number; readonly disconnect: number };
  /** The ledger was known at every scan since the first and nothing was undecided. */
  readonly known: boolean;
  /** Known at the last scan. */
  readonly knownAtEnd: boolean;
}

export interface RunResult extends GaugeResult {
  readonly links: readonly LinkResult[];
  readonly gapMessages: number;
  readonly gapTruth: number;
  readonly undecided: number;
  readonly published: number;
}

export class QueueGauge {
  readonly #faults: string[] = [];
  #error = Number.NEGATIVE_INFINITY;
  #checks = 0;
  #known = 0;
  #looks = 0;

  /** `rows`: what libzmq held for each link when its row was taken. */
  compare(
    state: State,
    at: Instant,
    scan: {
      readonly rows: readonly { readonly follow: Follow; readonly bytes: number }[];
      readonly allowed: number;
      readonly published: number;
    },
  ): void {
    const { minions } = freeze(state, at);
    for (const { follow, bytes } of scan.rows) {
      const { id, dropped } = follow.link;
      const row = minions.ids.indexOf(`m${id}`);
      if (row < 0) continue;
      this.#looks += 1;
      if (minions.ledgerKnown[row] !== 1) {
        if (follow.everKnown) follow.everUnknown = true;
        continue;
      }
      this.#known += 1;
      this.#checks += 1;
      follow.everKnown = true;
      const of = (column: Float64Array) => column[row] ?? Number.NaN;
      const said = of(minions.queueBytes);
      const figures = [said, of(minions.queueMessages), of(minions.lagMessages)];
      if (figures.some((figure) => !(figure >= 0))) this.#faults.push(`m${id}: ${figures}`);
      if (of(minions.lagMessages) > scan.published) this.#faults.push(`m${id}: lag > published`);
      // What is lost and not proven yet may stand in the queue. With holes in a burst nobody knows
      // which of its messages the pipe holds: then their sizes are right to a tenth.
      const isProven = of(minions.droppedHwm) >= dropped;
      const surplus = isProven ? said - bytes : 0;
      const lack = bytes - said - (isProven ? 0 : bytes / 10);
      this.#error = Math.max(this.#error, Math.max(lack, surplus) - scan.allowed);
    }
  }

  result(): GaugeResult {
    return {
      queueErrorBytes: this.#error,
      queueChecks: this.#checks,
      knownShare: this.#known / Math.max(1, this.#looks),
      faults: this.#faults,
    };
  }
}
