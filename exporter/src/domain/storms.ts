/**
 * Storms: many minions that lose their publish link within seconds count as one happening, with a
 * cause decided a moment later.
 */
import type { AddressTable } from './address-table.js';
import type { StormCause } from './vocabulary.js';

/** Minions that disconnect within this time belong together. */
export const STORM_SPAN_MS = 10_000;
/**
 * A storm is over when for this long no further disconnects came that would make a storm by
 * themselves.
 */
export const STORM_QUIET_MS = 30_000;
/**
 * The cause is decided this long after the start: by then the listeners' deaths and one scan of
 * what lives on have been read.
 */
export const STORM_DECIDE_MS = 3_000;
/** Smallest storm, and its share of the fleet. */
export const STORM_MINIONS_MIN = 10;
export const STORM_MINIONS_RATIO = 0.05;
/** Share of the ended links in one network from which it is a rack's storm. */
export const RACK_RATIO = 0.8;

export interface Storms {
  /** Latest disconnects, at most one per minion and span; ring, oldest at `head`. */
  readonly monoMs: Float64Array;
  readonly troubled: Uint8Array;
  readonly prefixes: Float64Array;
  head: number;
  length: number;
  evicted: number;
  readonly maxPrefixes: number;
  active: ActiveStorm | undefined;
  readonly counts: Record<StormCause, number>;
}

export interface ActiveStorm {
  readonly startMonoMs: number;
  readonly startWallMs: number;
  readonly decideMonoMs: number;
  lastMonoMs: number;
  cause: StormCause | undefined;
  minions: number;
  troubled: number;
  readonly byPrefix: Map<number, number>;
}

export interface StormDisconnect {
  readonly monoMs: number;
  readonly wallMs: number;
  /** Retransmissions without an answer before the end. */
  readonly troubled: boolean;
  readonly prefix: number;
}

/** What the cause is decided from, beside the storm's own figures. */
export interface StormSurroundings {
  readonly publishDied: boolean;
  readonly requestDied: boolean;
  /** Established links, by network. */
  readonly livingElsewhere: (prefix: number) => boolean;
}

export function createStorms(window: number, maxPrefixes: number): Storms {
  return {
    monoMs: new Float64Array(window),
    troubled: new Uint8Array(window),
    prefixes: new Float64Array(window),
    head: 0,
    length: 0,
    evicted: 0,
    maxPrefixes,
    active: undefined,
    counts: { master_restart: 0, publish_daemon: 0, network: 0, rack: 0, unknown: 0 },
  };
}

/**
 * Network that a rack usually has, /24 of IPv4 and /64 of IPv6, as a number: IPv4 below 2^24, IPv6
 * folded into what is above (two networks in four thousand million share a number, which would join
 * them in one verdict).
 */
export function prefixOf(addresses: AddressTable, entry: number): number {
  const { words } = addresses;
  const high = words[entry * 4] ?? 0;
  const low = words[entry * 4 + 1] ?? 0;
  const isIpv4 = high === 0 && low === 0 && words[entry * 4 + 2] === 0xffff;
  if (isIpv4) return (words[entry * 4 + 3] ?? 0) >>> 8;
  return 0x1000000 + ((Math.imul(high, 0x9e3779b1) ^ low) >>> 0);
}

/** One minion disconnected that had not within the last span; `fleet` is the number of minions. */
export function addToStorm(storms: Storms, disconnect: StormDisconnect, fleet: number): void {
  const { active } = storms;
  if (active !== undefined && active.cause === undefined) {
    accumulate(storms, active, disconnect);
    return;
  }
  dropBefore(storms, disconnect.monoMs - STORM_SPAN_MS);
  push(storms, disconnect);
  const threshold = Math.max(STORM_MINIONS_MIN, Math.ceil(fleet * STORM_MINIONS_RATIO));
  if (storms.length < Math.min(threshold, storms.monoMs.length)) return;
  if (active !== undefined) {
    // Only as many as make a storm prolong one: a few minions that always flap would keep it alive
    // for ever.
    active.lastMonoMs = disconnect.monoMs;
    storms.length = 0;
    return;
  }
  const startMonoMs = storms.monoMs[storms.head] ?? disconnect.monoMs;
  storms.active = {
    startMonoMs,
    startWallMs: disconnect.wallMs - (disconnect.monoMs - startMonoMs),
    decideMonoMs: disconnect.monoMs + STORM_DECIDE_MS,
    lastMonoMs: disconnect.monoMs,
    cause: undefined,
    minions: 0,
    troubled: 0,
    byPrefix: new Map(),
  };
  for (let i = 0; i < storms.length; i += 1) {
    const at = (storms.head + i) % storms.monoMs.length;
    accumulate(storms, storms.active, {
      monoMs: disconnect.monoMs,
      wallMs: disconnect.wallMs,
      troubled: storms.troubled[at] === 1,
      prefix: storms.prefixes[at] ?? OTHER_PREFIXES,
    });
  }
  storms.length = 0;
}

/** Decides and ends what is due; gives the storm back once, when its cause is decided. */
export function tickStorms(
  storms: Storms,
  nowMonoMs: number,
  surroundings: () => StormSurroundings,
): (ActiveStorm & { readonly cause: StormCause }) | undefined {
  const storm = storms.active;
  if (storm === undefined) return undefined;
  if (storm.cause === undefined && nowMonoMs >= storm.decideMonoMs) {
    const cause = decideCause(storm, surroundings());
    storm.cause = cause;
    storms.counts[cause] += 1;
    return { ...storm, cause };
  }
  if (storm.cause !== undefined && nowMonoMs - storm.lastMonoMs > STORM_QUIET_MS) {
    storms.active = undefined;
  }
  return undefined;
}

/**
 * The most specific proof first. A rack comes before the network, although a pulled uplink leaves
 * retransmissions too: that one network fell silent and the others did not says more than how its
 * links ended.
 */
function decideCause(storm: ActiveStorm, around: StormSurroundings): StormCause {
  if (around.publishDied) return around.requestDied ? 'master_restart' : 'publish_daemon';
  let top = { prefix: OTHER_PREFIXES, links: 0 };
  for (const [prefix, links] of storm.byPrefix) {
    if (prefix !== OTHER_PREFIXES && links > top.links) top = { prefix, links };
  }
  if (top.links >= storm.minions * RACK_RATIO && around.livingElsewhere(top.prefix)) return 'rack';
  if (storm.troubled * 2 > storm.minions) return 'network';
  return 'unknown';
}

/** Stands for all networks beyond the maximum. */
const OTHER_PREFIXES = -1;

function accumulate(storms: Storms, storm: ActiveStorm, disconnect: StormDisconnect): void {
  storm.lastMonoMs = disconnect.monoMs;
  storm.minions += 1;
  if (disconnect.troubled) storm.troubled += 1;
  const fits = storm.byPrefix.size < storms.maxPrefixes || storm.byPrefix.has(disconnect.prefix);
  if (!fits) storms.evicted += 1;
  const prefix = fits ? disconnect.prefix : OTHER_PREFIXES;
  storm.byPrefix.set(prefix, (storm.byPrefix.get(prefix) ?? 0) + 1);
}

function push(storms: Storms, disconnect: StormDisconnect): void {
  const capacity = storms.monoMs.length;
  if (storms.length === capacity) {
    storms.head = (storms.head + 1) % capacity;
    storms.length -= 1;
    storms.evicted += 1;
  }
  const at = (storms.head + storms.length) % capacity;
  storms.monoMs[at] = disconnect.monoMs;
  storms.troubled[at] = disconnect.troubled ? 1 : 0;
  storms.prefixes[at] = disconnect.prefix;
  storms.length += 1;
}

function dropBefore(storms: Storms, monoMs: number): void {
  while (storms.length > 0 && (storms.monoMs[storms.head] ?? 0) < monoMs) {
    storms.head = (storms.head + 1) % storms.monoMs.length;
    storms.length -= 1;
  }
}
