/** What the delivery ledger remembers of each publish link, in columns, and what it counted. */
import type { Instant } from '../lib/clock.js';
import { createHeartbeat, type Heartbeat } from './delivery-heartbeat.js';
import { createHoleSearch, type HoleSearch, type HoleSights } from './delivery-holes.js';
import type { Inquiry, Searching } from './delivery-question.js';
import type { DomainLimits } from './limits.js';
import type { Life } from './lives-table.js';
import { createStreamIndex, type StreamIndex } from './stream-index.js';
import { LEDGER_BREAKS, PEERS } from './vocabulary.js';

/** Nothing is known of where the link stands. */
export const BASE_NONE = 0;
/** One settled sight: its base if another agrees. */
export const BASE_CANDIDATE = 1;
export const BASE_KNOWN = 2;

/** Columns by link slot; bytes are the kernel's count, instants CLOCK_MONOTONIC ms. */
export interface DeliveryColumns {
  // the last row
  /** Number of the scan that told it; 0 = none. */
  readonly noted: Uint32Array;
  readonly acked: Float64Array;
  readonly received: Float64Array;
  readonly sendQueue: Uint32Array;
  /** 1 when nothing waits in the kernel: all that the publisher's engine wrote is acknowledged. */
  readonly empty: Uint8Array;
  readonly rowMonoMs: Float64Array;
  /** When the kernel last sent data on it. */
  readonly sentMonoMs: Float64Array;
  /** When it last received data on it. */
  readonly receivedMonoMs: Float64Array;
  /** The same as the earliest of all rows since then told it: rows are dated late, never early. */
  readonly heardMonoMs: Float64Array;
  /** 1 when it received nothing since the row before, so that its age dates the row. */
  readonly unheard: Uint8Array;
  /** Beginning of the last scan that saw it established. */
  readonly upMonoMs: Float64Array;
  /** First row that saw it closing; NaN = none did. */
  readonly leftMonoMs: Float64Array;
  // the row before
  readonly beforeAcked: Float64Array;
  /** What the kernel had been given: acknowledged, and waiting. */
  readonly beforeHanded: Float64Array;
  readonly beforeEmpty: Uint8Array;
  readonly beforeMonoMs: Float64Array;
  // the base
  /** BASE_*; means nothing when `era` is not the book's. */
  readonly stage: Uint8Array;
  readonly era: Uint32Array;
  /** 1 when it was counted that its ledger broke off, until the next base. */
  readonly broken: Uint8Array;
  /**
   * `acked` when everything up to and with message `syncCount` was acknowledged: the zero that
   * `acked − base` is measured from. With a candidate: what is to be confirmed.
   */
  readonly base: Float64Array;
  readonly syncCount: Float64Array;
  /** What became of messages after this one is known, of those before it is not. */
  readonly knownFrom: Float64Array;
  /** Set by its end: everything up to this message was acknowledged then; NaN = cannot be told. */
  readonly endTo: Float64Array;
  readonly syncMonoMs: Float64Array;
  readonly syncReceived: Float64Array;
  /** PINGs that our own link had been sent by then. */
  readonly syncOwnPings: Float64Array;
  /** PINGs that were not answered yet then: a stopped process answers them later, all at once. */
  readonly owed: Float64Array;
  /** Key of the topic that it is measured against; NO_KEY = everything is for it. */
  readonly topicKey: Float64Array;
  /**
   * Messages that its pipe had accepted at `syncCount`, or a number that leaves the same rest by half
   * a mark; NaN = not known. Before the base: 0 when its opening was seen.
   */
  readonly written: Float64Array;
  /** Of those, how many since it was seen with nothing under way. */
  readonly unconfirmed: Float64Array;
  /** Scans since the sync at which it lagged: number of the scan, and bytes its kernel had by then. */
  readonly trailCount: Uint8Array;
  readonly trailScan: Uint32Array;
  readonly trailBytes: Uint32Array;
  /** 1 once a message reached it since the base was found. */
  readonly served: Uint8Array;
  /** Last PING that was seen alone (`pinged` 1), else since when PINGs are watched for. */
  readonly pingMonoMs: Float64Array;
  readonly pinged: Uint8Array;
  // what is missing and may be a drop; `missingBytes` 0 = nothing
  readonly missingBytes: Float64Array;
  /** How many messages they are; NaN = cannot be told, −1 = to be counted yet. */
  readonly missingMessages: Float64Array;
  /** Messages when they were counted, and `written` then. */
  readonly missingCounted: Float64Array;
  readonly missingWritten: Float64Array;
  /** What was acknowledged at the last look. */
  readonly missingAcked: Float64Array;
  /** Messages, and instant, at the last look; and when it was first seen. */
  readonly missingCount: Float64Array;
  readonly missingMonoMs: Float64Array;
  readonly missingSinceMonoMs: Float64Array;
  /** First sight of a PING that came after it, NaN = none did. */
  readonly missingPingMonoMs: Float64Array;
  /** Times that later messages came through and it stayed. */
  readonly missingRounds: Uint8Array;
  /** Number of the scan at which it would have been booked, had it been counted. */
  readonly bookScan: Uint32Array;
  /** Bytes acknowledged beyond all that was read; 0 = none. */
  readonly excessBytes: Float64Array;
  readonly excessMonoMs: Float64Array;
  // figures at the last scan, NaN when not known
  readonly lagBytes: Float64Array;
  readonly lagMessages: Float64Array;
  readonly lagSeconds: Float64Array;
  readonly queueBytes: Float64Array;
  readonly queueMessages: Float64Array;
  /** What the kernel had been given at that scan, as an offset of the index; and messages by then. */
  readonly queueHanded: Float64Array;
  readonly queueCount: Float64Array;
  /** Messages a second by which the queue grew between the last two scans. */
  readonly queueGrowth: Float64Array;
}

/** What the survey found last, by minion slot: a picture is frozen from it. */
export interface DeliveryShown {
  /** 255 = no publish link. */
  readonly known: Uint8Array;
  /** When the newest of its links opened. */
  readonly openedMonoMs: Float64Array;
  readonly sendQueue: Float64Array;
  readonly lagMessages: Float64Array;
  readonly lagSeconds: Float64Array;
  readonly queueBytes: Float64Array;
  readonly queueMessages: Float64Array;
  readonly queueGrowth: Float64Array;
  /** Over all links whose ledger is known; NaN = none is. */
  longestQueue: number;
}

/** Scans that a link can refer to: more than an hour at one a second. */
export const SCANS_KEPT = 4_096;
/** Marks of one link's trail; when they are full every second one goes. */
export const TRAIL_MARKS = 16;

/** Announcements under way that are told apart. */
const LATELY_KEPT = 256;

export interface Delivery {
  readonly shown: DeliveryShown;
  readonly index: StreamIndex;
  readonly heartbeat: Heartbeat;
  readonly columns: DeliveryColumns;
  readonly gap: GapBook;
  readonly burst: BurstBook;
  /** Bases are good for one era: it ends with every gap in the index. */
  era: number;
  /** Our subscription is up since; NaN = it is not. */
  subscribedMonoMs: number;
  /** Last message that was there when it began. */
  subscribedCount: number;
  /** When it ended; NaN while it is up. What dies now is still judged by what was read. */
  endedMonoMs: number;
  /** Our own publish link: its row tells what the kernel holds for us and we have not read. */
  ownSlot: number;
  /**
   * PINGs that our own link was sent, as of the last sight of it with everything read: all links of
   * one publisher have one interval. Another count begins with every own link that is measured anew.
   */
  ownPings: number;
  ownPingsFrom: number;
  /** The publisher's I/O thread wrote something at this instant, or after. */
  aliveMonoMs: number;
  /** An older such instant, and the one that takes its place when it is old enough. */
  aliveOldMonoMs: number;
  aliveNextMonoMs: number;
  /** Last sight of a link that acknowledged more than was read: nothing is decided meanwhile. */
  excessMonoMs: number;
  /** `[peer]`: messages lost, by reason; peers as in PEERS. */
  readonly droppedHwm: Float64Array;
  readonly droppedDisconnect: Float64Array;
  readonly droppedAllLinks: Float64Array;
  /** Losses that were counted; and those that could not be told in whole messages: the link went unknown. */
  decided: number;
  undecided: number;
  /** `[reason × peers + peer]`: times that a known ledger broke off; reasons as in LEDGER_BREAKS. */
  readonly breaks: Float64Array;
  /** Links whose destroy event was read and whose losses are not booked yet, by slot. */
  readonly ends: Map<number, LinkEnd>;
  /** Ends of the messages of the window at hand; grows to the largest that was asked for. */
  window: Float64Array;
  readonly scans: ScanTrail;
  readonly search: HoleSearch;
  /** What is being searched, and who waits for a search, by slot: first come, first served. */
  searching: Searching | undefined;
  readonly inquiries: Map<number, Inquiry>;
  readonly sights: HoleSights;
}

/** The end of a link, between two instants. */
export interface LinkEnd {
  readonly at: Instant;
  /** What is remembered of it; undefined: it was nobody's. */
  readonly life: Life | undefined;
  /** What came by then was sent on it as well; what came after `possiblyMonoMs` was not. */
  readonly surelyMonoMs: number;
  readonly possiblyMonoMs: number;
}

/** The last scans, by number: when they were, and what had been published for certain then. */
export interface ScanTrail {
  count: number;
  readonly startedMonoMs: Float64Array;
  readonly endedMonoMs: Float64Array;
  /** `aliveMonoMs` as of then. */
  readonly aliveMonoMs: Float64Array;
  /** Messages that were there when all that was published before its end must have come; NaN = not yet. */
  readonly published: Float64Array;
  /** First scan whose `published` is not known yet. */
  open: number;
  /** The last one that is so old that all have been served since. */
  served: number;
}

/** Publishes that were announced on the event bus and are not matched to a message yet. */
export interface GapBook {
  messages: number;
  /** Instants of announcements without a message, oldest first. */
  readonly announced: Float64Array;
  announcedFirst: number;
  announcedCount: number;
  /** Messages that no announcement has been matched to, newest last: their instants. */
  readonly unmatched: Float64Array;
  unmatchedFirst: number;
  unmatchedCount: number;
  /** The last announcements, a ring. */
  readonly lately: Float64Array;
  latelyAt: number;
  /** How much later than its message an announcement came, lately. */
  lateMs: number;
  /** Announcements that did not fit; the oldest went. */
  evicted: number;
  /** Gap messages that a link's excess proved, until the bus counts them too. */
  credit: number;
  creditMonoMs: number;
  /** Last announcement, NaN before the first. */
  lastAnnouncedMonoMs: number;
}

/** Most messages within a second. */
export interface BurstBook {
  windowFirst: number;
  most: number;
}

export function createDelivery(limits: DomainLimits): Delivery {
  return {
    shown: createShown(limits.minions),
    index: createStreamIndex(limits.streamMessages),
    heartbeat: createHeartbeat(),
    columns: createColumns(limits.links),
    gap: createGapBook(limits.announcements),
    burst: { windowFirst: 1, most: 0 },
    era: 1,
    subscribedMonoMs: Number.NaN,
    subscribedCount: 0,
    endedMonoMs: Number.NaN,
    ownSlot: -1,
    ownPings: 0,
    ownPingsFrom: 0,
    aliveMonoMs: Number.NEGATIVE_INFINITY,
    aliveOldMonoMs: Number.NEGATIVE_INFINITY,
    aliveNextMonoMs: Number.NEGATIVE_INFINITY,
    excessMonoMs: Number.NEGATIVE_INFINITY,
    droppedHwm: new Float64Array(PEERS.length),
    droppedDisconnect: new Float64Array(PEERS.length),
    droppedAllLinks: new Float64Array(PEERS.length),
    decided: 0,
    undecided: 0,
    breaks: new Float64Array(LEDGER_BREAKS.length * PEERS.length),
    ends: new Map(),
    window: new Float64Array(0),
    scans: {
      count: 0,
      startedMonoMs: new Float64Array(SCANS_KEPT),
      endedMonoMs: new Float64Array(SCANS_KEPT),
      published: new Float64Array(SCANS_KEPT).fill(Number.NaN),
      aliveMonoMs: new Float64Array(SCANS_KEPT),
      open: 1,
      served: 1,
    },
    search: createHoleSearch(),
    searching: undefined,
    inquiries: new Map(),
    sights: {
      count: 0,
      bytes: new Float64Array(TRAIL_MARKS),
      low: new Uint32Array(TRAIL_MARKS),
      high: new Uint32Array(TRAIL_MARKS),
      pingsBytes: 0,
    },
  };
}

function createShown(minions: number): DeliveryShown {
  const f64 = () => new Float64Array(minions);
  return {
    known: new Uint8Array(minions),
    openedMonoMs: f64(),
    sendQueue: f64(),
    lagMessages: f64(),
    lagSeconds: f64(),
    queueBytes: f64(),
    queueMessages: f64(),
    queueGrowth: f64(),
    longestQueue: Number.NaN,
  };
}

function createGapBook(capacity: number): GapBook {
  return {
    messages: 0,
    announced: new Float64Array(capacity),
    announcedFirst: 0,
    announcedCount: 0,
    unmatched: new Float64Array(capacity),
    unmatchedFirst: 0,
    unmatchedCount: 0,
    lately: new Float64Array(LATELY_KEPT).fill(Number.NEGATIVE_INFINITY),
    latelyAt: 0,
    lateMs: 0,
    evicted: 0,
    credit: 0,
    creditMonoMs: Number.NEGATIVE_INFINITY,
    lastAnnouncedMonoMs: Number.NaN,
  };
}

function createColumns(links: number): DeliveryColumns {
  const f64 = () => new Float64Array(links);
  const u32 = () => new Uint32Array(links);
  const u8 = () => new Uint8Array(links);
  return {
    noted: u32(),
    acked: f64(),
    received: f64(),
    sendQueue: u32(),
    empty: u8(),
    rowMonoMs: f64(),
    sentMonoMs: f64(),
    receivedMonoMs: f64(),
    heardMonoMs: f64(),
    unheard: u8(),
    upMonoMs: f64(),
    leftMonoMs: f64(),
    beforeAcked: f64(),
    beforeHanded: f64(),
    beforeEmpty: u8(),
    beforeMonoMs: f64(),
    stage: u8(),
    era: u32(),
    broken: u8(),
    base: f64(),
    syncCount: f64(),
    knownFrom: f64(),
    endTo: f64(),
    syncMonoMs: f64(),
    syncReceived: f64(),
    syncOwnPings: f64(),
    owed: f64(),
    topicKey: f64(),
    written: f64(),
    unconfirmed: f64(),
    trailCount: u8(),
    trailScan: new Uint32Array(links * TRAIL_MARKS),
    trailBytes: new Uint32Array(links * TRAIL_MARKS),
    served: u8(),
    pingMonoMs: f64(),
    pinged: u8(),
    missingBytes: f64(),
    missingMessages: f64(),
    missingCounted: f64(),
    missingWritten: f64(),
    missingAcked: f64(),
    missingCount: f64(),
    missingMonoMs: f64(),
    missingSinceMonoMs: f64(),
    missingPingMonoMs: f64(),
    missingRounds: u8(),
    bookScan: u32(),
    excessBytes: f64(),
    excessMonoMs: f64(),
    lagBytes: f64(),
    lagMessages: f64(),
    lagSeconds: f64(),
    queueBytes: f64(),
    queueMessages: f64(),
    queueHanded: f64(),
    queueCount: f64(),
    queueGrowth: f64(),
  };
}
