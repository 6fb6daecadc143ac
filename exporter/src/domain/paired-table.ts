/** What is remembered of young links, and which publish link was made together with which request link. */

/** Links of a shared address that opened lately, in the order of their opening: the oldest goes. */
export interface Young {
  readonly capacity: number;
  readonly slot: Int32Array;
  /** Tells one life of that slot from the next. */
  readonly life: Uint32Array;
  /** Index into PORTS. */
  readonly port: Uint8Array;
  readonly address: Int32Array;
  /** It opened after the first and not after the second of these scans. */
  readonly fromMonoMs: Float64Array;
  readonly toMonoMs: Float64Array;
  /** Instant of its handshake, from its heartbeats; NaN = not known. */
  readonly bornMonoMs: Float64Array;
  /** 1 when there is nothing left to find out. */
  readonly judged: Uint8Array;
  /** Numbers of the next one, and of the first that may be not judged; index = number % capacity. */
  next: number;
  first: number;
  /** Openings up to this instant are not all remembered. */
  lostMonoMs: number;
}

export interface Paired {
  readonly young: Young;
  /** Request link that was made together with the publish link of this slot, if that is one of `pairs`. */
  readonly partner: Int32Array;
  readonly partnerLife: Uint32Array;
  /** Life of the publish link itself when it was paired. */
  readonly pairLife: Uint32Array;
  /** Instant at which both had shaken hands. */
  readonly bornMonoMs: Float64Array;
  /** The minion that said that it started then; −1 = none did yet. */
  readonly started: Int32Array;
  /** Publish links that have a partner. */
  readonly pairs: Int32Array;
  count: number;
  /** By minion slot: when it last said that it started. */
  readonly startMonoMs: Float64Array;
}

export function createPaired(limits: {
  readonly links: number;
  readonly minions: number;
  readonly happenings: number;
}): Paired {
  const { links, minions, happenings } = limits;
  return {
    young: createYoung(happenings),
    partner: new Int32Array(links),
    partnerLife: new Uint32Array(links),
    pairLife: new Uint32Array(links),
    bornMonoMs: new Float64Array(links),
    started: new Int32Array(links),
    pairs: new Int32Array(links),
    count: 0,
    startMonoMs: new Float64Array(minions),
  };
}

function createYoung(capacity: number): Young {
  const f64 = () => new Float64Array(capacity);
  return {
    capacity,
    slot: new Int32Array(capacity),
    life: new Uint32Array(capacity),
    port: new Uint8Array(capacity),
    address: new Int32Array(capacity),
    fromMonoMs: f64(),
    toMonoMs: f64(),
    bornMonoMs: f64(),
    judged: new Uint8Array(capacity),
    next: 0,
    first: 0,
    lostMonoMs: Number.NEGATIVE_INFINITY,
  };
}
