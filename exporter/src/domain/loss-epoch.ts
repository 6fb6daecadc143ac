/** What an epoch, and the API, show of lost returns. */
import type { Confidence, LossLink, LossReason, PublishLoss, Revision } from './loss-vocabulary.js';

/** Counters since this process watches, but for `waiting`. */
export interface LossFigures {
  /** Every verdict of the closed set. */
  readonly verdicts: readonly LossCount[];
  /** Every link and reason, by what the verdict became. */
  readonly revised: readonly RevisionCount[];
  readonly publishes: Readonly<Record<PublishLoss, number>>;
  /** The latest verdicts, newest first. */
  readonly latest: readonly JobLoss[];
  /** Pairs that closed without a return and have no verdict yet. */
  readonly waiting: number;
  /** Pairs whose job had to make room before they had one. */
  readonly evicted: number;
}

export interface LossCount {
  readonly link: LossLink;
  readonly reason: LossReason;
  readonly confidence: Confidence;
  readonly count: number;
}

export interface RevisionCount {
  readonly link: LossLink;
  readonly reason: LossReason;
  readonly to: Revision;
  readonly count: number;
}

/** One job as it stands; ids, jid and names are untrusted text. */
export interface JobSummary {
  readonly jid: string;
  readonly function: string;
  readonly state: string;
  readonly isOpen: boolean;
  readonly beganWallMs: number;
  readonly expected: number;
  readonly returned: number;
  readonly missing: number;
  /** The bus was not heard for a while since it began. */
  readonly isBlind: boolean;
}

export interface JobLoss {
  readonly minion: string;
  readonly jid: string;
  readonly link: LossLink;
  readonly reason: LossReason;
  readonly confidence: Confidence;
  /** Sentences, untrusted like ids; empty when they were forgotten to make room. */
  readonly evidence: readonly string[];
  /** undefined with the evidence. */
  readonly decidedWallMs: number | undefined;
}

export interface JobDetail extends JobSummary {
  /** By minion id; at most LOSSES_SHOWN_MAX, `lossesOf` of them there are. */
  readonly losses: readonly JobLoss[];
  readonly lossesOf: number;
  /** Who has not returned and has no verdict, at most as many. */
  readonly waiting: readonly string[];
  readonly waitingOf: number;
}
