/** What the request ledger remembers of each request link, in columns, and what it counted. */
import { createHistogram, type Histogram } from '../lib/histogram.js';
import { createGhosts, type Ghosts } from './ghosts.js';
import { BEAT_MS, HANDSHAKE_RECEIVED_USUAL } from './request-wire.js';
import { REQUEST_PEERS } from './vocabulary.js';
import { createWedged, type Wedged } from './wedged.js';

/** METRICS contract: service and wait 0.008, 0.016 … 32 s, in steps of two: ages are in jiffies. */
const SERVICE_BOUNDS = Array.from({ length: 13 }, (_, power) => 0.008 * 2 ** power);

/** No figures yet. */
export const STANCE_UNSEEN = 0;
/** Older than our watch, or its counters went backwards: what is under way nobody knows. */
export const STANCE_UNKNOWN = 1;
/** Nothing is asked, everything was answered. */
export const STANCE_QUIET = 2;
/** A request is in, no reply is out. */
export const STANCE_WAITING = 3;
/** The reply left the master and is not acknowledged yet. */
export const STANCE_REPLIED = 4;

/** Columns by link slot; figures as the last row told them. */
export interface Requests {
  readonly stance: Uint8Array;
  readonly received: Float64Array;
  readonly acked: Float64Array;
  readonly retransmits: Uint32Array;
  readonly rowMonoMs: Float64Array;
  /** Not before this instant the link was born; NaN = before our watch. */
  readonly bornMonoMs: Float64Array;
  /** Instant of the last byte of the request that waits, and its bytes so far. */
  readonly waitMonoMs: Float64Array;
  readonly waitBytes: Float64Array;
  /** Not before this instant it arrived; the same where it is known. */
  readonly waitFromMonoMs: Float64Array;
  /** 1 when that instant is the request's for certain, not that of a PONG behind it. */
  readonly waitExact: Uint8Array;
  /** 1 while bytes of a reply are on their way since the last row: its size is not complete. */
  readonly draining: Uint8Array;
  /** The last PING that was alone in its row, or the birth of the link; NaN = neither known. */
  readonly beatMonoMs: Float64Array;
  /** 1 when it was a PING. */
  readonly beatExact: Uint8Array;
  /** Interval of the heartbeats of this listener: the shortest seen, Salt's own before. */
  beatMs: number;
  /** A link was silent for longer than any heartbeat: this listener sends none. */
  beatless: boolean;
  /** The last row with a PING on any link. */
  pingMonoMs: number;
  /** Deaths of the listener that these two, and the ghosts, know of. */
  listenerRestarts: number;
  /** Bytes that a minion's handshake took last. */
  handshakeReceived: number;
  readonly serviceSeconds: Histogram;
  /** By index into REQUEST_PEERS. */
  readonly abandoned: Float64Array;
  readonly failed: Float64Array;
  readonly ghosts: Ghosts;
  readonly wedged: Wedged;
}

export function createRequests(links: number): Requests {
  const f64 = () => new Float64Array(links);
  const u8 = () => new Uint8Array(links);
  return {
    stance: u8(),
    received: f64(),
    acked: f64(),
    retransmits: new Uint32Array(links),
    rowMonoMs: f64(),
    bornMonoMs: f64(),
    waitMonoMs: f64(),
    waitBytes: f64(),
    waitFromMonoMs: f64(),
    waitExact: u8(),
    draining: u8(),
    beatMonoMs: f64(),
    beatExact: u8(),
    beatMs: BEAT_MS,
    beatless: false,
    pingMonoMs: Number.NaN,
    listenerRestarts: 0,
    handshakeReceived: HANDSHAKE_RECEIVED_USUAL,
    serviceSeconds: createHistogram(SERVICE_BOUNDS),
    abandoned: new Float64Array(REQUEST_PEERS.length),
    failed: new Float64Array(REQUEST_PEERS.length),
    ghosts: createGhosts(),
    wedged: createWedged(),
  };
}
