/** Shapes of the JSON API on minions and on connections; the words of api-types.ts hold here too. */
import type { IdentityBasis, MinionStatus, Peer, Port } from '../domain/vocabulary.js';
import type { MinionView, SourceView } from './api-types.js';
import type { HistoryEvent, HistoryView, TotalRow } from './history-api-types.js';
import type { LossView } from './job-api-types.js';

/** `GET /api/v1/minions`: accepted and expected minions. */
export interface MinionsQuery {
  /** Key ids or patterns with `*` and `?`, separated by commas, at most 100. */
  readonly minion?: string;
  /** Part of a key id, upper and lower case the same. */
  readonly search?: string;
  /** Statuses, separated by commas. */
  readonly status?: string;
  /** Identity of its publish link, separated by commas. */
  readonly basis?: string;
  /** `worst` (default): severity, then newest change; `name` ascending; all others descending. */
  readonly sort?:
    | 'worst'
    | 'name'
    | 'flaps'
    | 'pressure'
    | 'queue'
    | 'lag'
    | 'wait'
    | 'rtt'
    | 'dropped'
    | 'lost';
  /** Turns the order round. */
  readonly reverse?: 'on' | 'off';
  /** 1 … 5,000; default 100. */
  readonly limit?: string;
  /** Rows to leave out before them; default 0. */
  readonly offset?: string;
}

export interface MinionsView {
  readonly atMs: number;
  /** Minions that match. */
  readonly of: number;
  readonly offset: number;
  /** Of those that match, before paging. */
  readonly byStatus: Readonly<Record<MinionStatus, number>>;
  readonly rows: readonly MinionRow[];
}

/** A minion with all figures of now; counters since `exporter.startedMs`. */
export interface MinionRow extends MinionView {
  readonly queue: MinionQueue;
  readonly requests: MinionRequests;
  readonly returns: MinionReturns;
  /** TCP segments sent again on both links. */
  readonly retransmits: number;
  /** Last answer to a heartbeat; null where none are sent, or never. */
  readonly lastPongMs: number | null;
}

/** Delivery ledger; null = not known for its present link, or it has none. */
export interface MinionQueue {
  /** Whether the figures are exact; null without a publish link. */
  readonly known: boolean | null;
  readonly messages: number | null;
  readonly bytes: number | null;
  /** Waiting in the master's kernel. */
  readonly sendQueueBytes: number | null;
  /** Share of `pub_hwm`, 0 … 1. */
  readonly pressure: number | null;
  /** Until the mark is reached if it goes on like this; null = it does not grow. */
  readonly secondsToDrop: number | null;
  readonly lagMessages: number | null;
  readonly lagSeconds: number | null;
  /** Messages. */
  readonly dropped: Readonly<Record<'hwm' | 'disconnect', number>>;
}

export interface MinionRequests {
  readonly requestBytes: number;
  readonly replyBytes: number;
  /** Age of its oldest unanswered request; null = none waits. */
  readonly waitSeconds: number | null;
}

export interface MinionReturns {
  readonly good: number;
  readonly failed: number;
  /** Verdicts on returns that never came. */
  readonly lost: number;
  readonly lastMs: number | null;
  readonly lastHeardMs: number | null;
  /** It said that it started: its process was new, or only its links. */
  readonly starts: number;
  readonly reconnects: number;
}

/** `GET /api/v1/minions/{id}`: all that is known of one; 404 for an id without accepted key. */
export interface MinionDetailView extends MinionRow {
  readonly atMs: number;
  /** Its connections, ended ones included as long as they are remembered. */
  readonly connections: readonly ConnectionView[];
  /** Addresses that can name it. */
  readonly addresses: readonly string[];
  readonly hasKey: boolean;
  readonly expected: boolean;
  readonly keyMs: number | null;
  /** When its cached grains were written; null = there are none. */
  readonly grainsMs: number | null;
  /** Latest verdicts on its returns, newest first, at most 50. */
  readonly losses: readonly LossView[];
  /** Latest events of it, newest first, at most 50. */
  readonly events: readonly HistoryEvent[];
  /** Totals over restarts, since `history.fromMs`; null without a store. */
  readonly totals: readonly TotalRow[] | null;
  readonly history: HistoryView;
}

/** `GET /api/v1/links`: TCP connections of the master's two ports. */
export interface LinksQuery {
  /** Key ids or patterns, separated by commas. */
  readonly minion?: string;
  readonly port?: Port;
  readonly peer?: Peer;
  /** Also those that ended. */
  readonly ended?: 'on' | 'off';
  /** 1 … 5,000; default 500. */
  readonly limit?: string;
  readonly offset?: string;
}

export interface LinksView {
  readonly atMs: number;
  readonly of: number;
  readonly offset: number;
  readonly rows: readonly ConnectionView[];
}

export interface ConnectionView {
  /** The kernel's cookie of the socket, as hexadecimal digits: never used again. */
  readonly cookie: string;
  readonly port: Port;
  readonly peer: Peer;
  /** Key id; null = not known whose it is. */
  readonly minion: string | null;
  readonly basis: IdentityBasis | null;
  /** Address of the other end. */
  readonly address: string;
  readonly established: boolean;
  /** null = before this process watched. */
  readonly openedMs: number | null;
  readonly endedMs: number | null;
  readonly lastAckMs: number | null;
  readonly rttSeconds: number | null;
  readonly retransmits: number;
  /** Time-outs in a row, and probes without an answer. */
  readonly backoff: number;
  readonly probes: number;
}

/** `GET /api/v1/sources`. */
export interface SourcesView {
  readonly atMs: number;
  readonly rows: readonly SourceView[];
  readonly history: HistoryView;
}
