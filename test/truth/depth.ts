/** Compares queue depths at an instant with what was in libzmq's queue then: what arrived later and was in no kernel yet. */
import type { Fleet } from './fleet.js';
import type { Connection } from './kernel-ends.js';
import type { Oracle } from './oracle.js';
import type { Claim } from './snapshot.js';
import { SMALLEST_WIRE_BYTES } from './wire.js';

/** What libzmq's encoder takes out of the queue at once. */
const ENCODER_BYTES = 8_192;

interface Sample {
  readonly claim: Claim;
  /** The links before and after the exporter's scan. */
  readonly first: ReadonlyMap<number, Connection>;
  readonly second: ReadonlyMap<number, Connection>;
  /** Messages published since the last settlement. */
  readonly from: number;
  readonly to: number;
}

export interface DepthReport {
  /** Queues compared; of them such as held anything. */
  samples: number;
  filled: number;
  /** Largest difference where nothing had been lost before, bytes. */
  errorMostBytes: number;
  /** The largest one as a share of what is allowed there. */
  errorMostShare: number;
  /** Queues whose figure was not known then. */
  unknown: number;
}

export class DepthGauge {
  readonly report: DepthReport = {
    samples: 0,
    filled: 0,
    errorMostBytes: 0,
    errorMostShare: 0,
    unknown: 0,
  };
  readonly #hwm: number;
  #samples: Sample[] = [];

  constructor(hwm: number) {
    this.#hwm = hwm;
  }

  take(sample: Sample): void {
    this.#samples.push(sample);
  }

  /** To be called when everything has arrived or is lost; what is wrong. */
  judge(
    oracle: Oracle,
    fleet: Fleet,
    options: { readonly ended: ReadonlySet<number>; readonly exact: boolean },
  ): string[] {
    const samples = this.#samples;
    this.#samples = [];
    if (!options.exact) return [];
    const problems: string[] = [];
    for (const sample of samples) {
      for (const subscriber of fleet.subscribers) {
        if (options.ended.has(subscriber)) continue;
        const problem = this.#judgeOne(oracle, fleet, { ...sample, subscriber });
        if (problem !== undefined) problems.push(problem);
      }
    }
    return problems.slice(0, 6);
  }

  #judgeOne(
    oracle: Oracle,
    fleet: Fleet,
    sample: Sample & { readonly subscriber: number },
  ): string | undefined {
    const { claim, first, second, from, to, subscriber } = sample;
    const base = fleet.basesBefore[subscriber];
    const minion = claim.minions[subscriber];
    if (minion?.known !== true || minion.queueBytes === undefined) {
      this.report.unknown += 1;
      return undefined;
    }
    if (base === undefined) return undefined;
    const { arrived, missing } = oracle.arrivals(subscriber, from, to);
    const outside = [first, second].map((links) => {
      const link = links.get(subscriber);
      const received = (link?.subscriber?.bytesReceived ?? 0) - base.bytesReceived;
      return received + (link?.publisher?.sendQueue ?? 0);
    });
    const least = Math.max(0, arrived - Math.max(...outside));
    const most = Math.max(0, arrived - Math.min(...outside));
    const tolerance = ENCODER_BYTES + oracle.largestBetween(from, to);
    this.report.samples += 1;
    if (most > 0) this.report.filled += 1;
    const error = Math.max(0, least - minion.queueBytes, minion.queueBytes - most);
    // What is lost but not proven to be is lag: it may stand in the queue until then.
    if (missing === 0) this.report.errorMostBytes = Math.max(this.report.errorMostBytes, error);
    const allowed = tolerance + (minion.queueBytes > most ? missing : 0);
    this.report.errorMostShare = Math.max(this.report.errorMostShare, error / allowed);
    const text = `minion-${subscriber}: queue of ${minion.queueBytes} bytes reported, truth ${least} to ${most}`;
    if (minion.queueBytes < least - tolerance || minion.queueBytes > most + missing + tolerance) {
      return `${text}, ${missing} lost, tolerance ${tolerance}`;
    }
    const messages = minion.queueMessages ?? 0;
    const held = this.#hwm + ENCODER_BYTES / SMALLEST_WIRE_BYTES + 1;
    return messages > held
      ? `minion-${subscriber}: ${messages} messages in a queue of ${this.#hwm}`
      : undefined;
  }
}
