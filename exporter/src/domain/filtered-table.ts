/** What is remembered of publish links that a filtered stream may name. */

/** Columns by link slot, of its last quiet sight. */
export interface Filtered {
  /** Messages of the index then; −1 = there was none. */
  readonly count: Float64Array;
  readonly era: Uint32Array;
  readonly acked: Float64Array;
  readonly seenMonoMs: Float64Array;
  /** Messages for one minion that this link was not sent: so it does not take everybody's. */
  readonly spared: Uint8Array;
  /** The minion whose message moved it; −1 = none did, −2 = those of two, so it takes all. */
  readonly claimed: Int32Array;
  readonly claimedLife: Uint32Array;
  /** Minion slot by the key of its topic. */
  readonly minionOfKey: Map<number, number>;
  /** Topic key by minion slot. */
  readonly keyOfMinion: Float64Array;
  window: FilteredWindow;
}

/** What was published after message `from` up to and with `to`. */
export interface FilteredWindow {
  readonly from: number;
  readonly to: number;
  /** Bytes for everybody. */
  readonly common: number;
  /** Bytes by topic key; undefined when there are too many messages to tell anything. */
  readonly targeted: ReadonlyMap<number, number> | undefined;
}

export const NO_WINDOW: FilteredWindow = { from: -1, to: -1, common: 0, targeted: undefined };

export function createFiltered(limits: {
  readonly links: number;
  readonly minions: number;
}): Filtered {
  return {
    count: new Float64Array(limits.links).fill(-1),
    era: new Uint32Array(limits.links),
    acked: new Float64Array(limits.links),
    seenMonoMs: new Float64Array(limits.links),
    spared: new Uint8Array(limits.links),
    claimed: new Int32Array(limits.links),
    claimedLife: new Uint32Array(limits.links),
    minionOfKey: new Map(),
    keyOfMinion: new Float64Array(limits.minions),
    window: NO_WINDOW,
  };
}
