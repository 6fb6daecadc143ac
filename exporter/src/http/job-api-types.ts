/** Shapes of the JSON API on jobs and lost returns; the words of api-types.ts hold here too. */
import type { Confidence, LossLink, LossReason, PublishLoss } from '../domain/loss-vocabulary.js';
import type { CutList } from './cut-list.js';

/** `GET /api/v1/jobs`: the jobs that are remembered, newest first. */
export interface JobListView {
  /** Jobs that match. */
  readonly of: number;
  readonly offset: number;
  readonly rows: readonly JobView[];
}

/** A published job; Salt's own `find_job` and our canaries are not among them. */
export interface JobView {
  readonly jid: string;
  /** As the announcement named them, the most used of them; `_other` for the rest. */
  readonly function: string;
  readonly state: string;
  /** `open` while a return may come in time. */
  readonly phase: 'open' | 'closed';
  /** ISO 8601, UTC; null when its stamp is no instant. */
  readonly began: string | null;
  /** expected = returned + missing + pending. */
  readonly expected: number;
  readonly returned: number;
  readonly missing: number;
  readonly pending: number;
  /** The event bus was not heard for a while since it began: who is missing may have returned. */
  readonly unheard: boolean;
}

/**
 * `GET /api/v1/jobs/{jid}`: with the verdict on each missing return, at most a thousand; 404 for a
 * job that is not remembered. The cache losses among them are of minions that returned on the bus.
 */
export interface JobDetailView extends JobView {
  readonly losses: readonly LossView[];
  readonly lossesOf: number;
  /** Ids that have not returned and have no verdict yet. */
  readonly waiting: readonly string[];
  readonly waitingOf: number;
}

/** `GET /api/v1/losses`: the latest verdicts, newest first. */
export interface LossListView {
  /** Verdicts that match. */
  readonly of: number;
  readonly offset: number;
  readonly rows: readonly LossRow[];
  /** Of those that match, before paging. */
  readonly byLink: Readonly<Record<LossLink, number>>;
  /** The same by function and by minion: the most first, at most 50. */
  readonly byFunction: CutList<LossCount>;
  readonly byMinion: CutList<LossCount>;
}

export interface LossRow extends LossView {
  /** As `JobView.function`; null = the job is not remembered any more. */
  readonly function: string | null;
}

export interface LossCount {
  /** Function or key id; `null` = the job is not remembered any more. */
  readonly name: string | null;
  readonly losses: number;
}

/** In the overview: what was lost since the exporter began, and where. */
export interface LossesView {
  /** Verdicts by link, less those that later evidence took back. */
  readonly byLink: Readonly<Record<LossLink, number>>;
  /** Publishes of clients that never became a job (link 1), by reason. */
  readonly publishes: Readonly<Record<PublishLoss, number>>;
  /** Pairs that closed without a return and have no verdict yet. */
  readonly waiting: number;
  /** Verdicts that a return took back. */
  readonly returned: number;
  /** Newest first. */
  readonly latest: CutList<LossView>;
}

export interface LossView {
  readonly minion: string;
  readonly jid: string;
  /** Link of the path: 2 nobody there, 3 publisher, 4 minion, 5 return path, 6 master. */
  readonly link: LossLink;
  readonly reason: LossReason;
  readonly confidence: Confidence;
  /** Sentences; empty when they were forgotten to make room. */
  readonly evidence: readonly string[];
  readonly decided: string | null;
}
