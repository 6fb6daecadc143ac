/** What a rule about a lost return is: facts in, a verdict with its evidence out. */
import type { Facts } from './loss-facts.js';
import { type LossLink, type LossReason, type Verdict, verdictNumber } from './loss-vocabulary.js';

/** What the master as a whole went through around the publish; instants as in Facts. */
export interface Surroundings {
  /** The publish daemon died then and was not there for the publish; NaN = it was there. */
  readonly daemonDiedMonoMs: number;
  /** No link was sent anything since before the publish, as long as this is true. */
  readonly daemonFrozen: boolean;
  /** Publishes were lost for all links since the publish. */
  readonly allLinks: boolean;
  /** The event bus ended after the publish. */
  readonly busEndedMonoMs: number;
  /** Salt 3007 and newer begin anew when the publish link ends, and lose what they had to return. */
  readonly losesOnReconnect: boolean;
  /** Links that no key explains: any of them may be this minion's. */
  readonly strangers: number;
  /** Since when the exporter watches. */
  readonly watchedMonoMs: number;
}

export interface Finding {
  readonly verdict: number;
  readonly evidence: readonly string[];
}

export type Rule = (facts: Facts, around: Surroundings) => Finding | undefined;

export const ACKNOWLEDGED = 'Its host acknowledged the publish. (kernel)';

export function proven(link: LossLink, reason: LossReason, evidence: readonly string[]): Finding {
  return finding({ link, reason, confidence: 'proven' }, evidence);
}

export function likely(link: LossLink, reason: LossReason, evidence: readonly string[]): Finding {
  return finding({ link, reason, confidence: 'likely' }, evidence);
}

function finding(verdict: Verdict, evidence: readonly string[]): Finding {
  return { verdict: verdictNumber(verdict), evidence };
}
