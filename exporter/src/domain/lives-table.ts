/**
 * What is remembered of ended connections and of lost messages, by minion: columns of fixed size,
 * whose oldest entry goes first.
 */
import { PORTS } from './vocabulary.js';

/** Connections of one port that are remembered: a minion of 3007 makes five in the 8 s of a restart. */
export const LIVES_KEPT = 8;
/** Losses that are remembered. */
export const HOLES_KEPT = 4;

/** Its host had not acknowledged, or not answered keepalive probes, when it ended. */
export const LIFE_TROUBLED = 1;
/** Its host acknowledged and its process gave no sign. */
export const LIFE_STALLED = 2;
/** Of a request link: nothing but the handshake was ever said. */
export const LIFE_BARE = 4;
/** Its destroy event was read: the figures are the last ones. */
export const LIFE_DESTROYED = 8;

/** One connection that ended: the `number`th at the index `of` of `ended`. */
export interface Life {
  readonly of: number;
  readonly number: number;
}

/** Entry e of minion m at port p is index `(p × minions + m) × LIVES_KEPT + e % LIVES_KEPT`. */
export interface Lives {
  readonly minions: number;
  /** Connections that ended so far, index `p × minions + m`. */
  readonly ended: Uint32Array;
  /** Opened after the first of these instants, and not after the second; NaN = before our watch. */
  readonly bornMonoMs: Float64Array;
  readonly openedMonoMs: Float64Array;
  readonly endedMonoMs: Float64Array;
  /**
   * Of a publish link, messages of the stream index: what is known begins after `knownFrom`,
   * everything up to `sureTo` was acknowledged, and at its end everything up to `endTo`. NaN = not
   * known.
   */
  readonly knownFrom: Float64Array;
  readonly sureTo: Float64Array;
  readonly endTo: Float64Array;
  /** The last so many bytes that were acknowledged its process had not read; NaN = not known. */
  readonly unreadBytes: Float64Array;
  /** Of a request link, when the request arrived that was never answered; NaN = there is none. */
  readonly askedMonoMs: Float64Array;
  /** LIFE_*. */
  readonly flags: Uint8Array;
  /** Losses so far, and the latest: after message `from`, up to and with `to`, so many messages. */
  readonly holes: Uint32Array;
  readonly holeFrom: Float64Array;
  readonly holeTo: Float64Array;
  readonly holeMessages: Float64Array;
}

export function createLives(minions: number): Lives {
  const perLife = () => new Float64Array(PORTS.length * minions * LIVES_KEPT);
  const perHole = () => new Float64Array(minions * HOLES_KEPT);
  return {
    minions,
    ended: new Uint32Array(PORTS.length * minions),
    bornMonoMs: perLife(),
    openedMonoMs: perLife(),
    endedMonoMs: perLife(),
    knownFrom: perLife(),
    sureTo: perLife(),
    endTo: perLife(),
    unreadBytes: perLife(),
    askedMonoMs: perLife(),
    flags: new Uint8Array(PORTS.length * minions * LIVES_KEPT),
    holes: new Uint32Array(minions),
    holeFrom: perHole(),
    holeTo: perHole(),
    holeMessages: perHole(),
  };
}
