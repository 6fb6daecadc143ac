/**
 * Minions behind one router as the kernel and the bus show them: request links with returns, requests
 * that fire no event (file server, pillar), heartbeats that overwrite ages, ages in jiffies, a bus that
 * is late now and then, a scan a second. For finding out how many returns name a link, and whether one
 * is ever named wrongly.
 */

/** Ages of the kernel are whole multiples of this (250 Hz). */
const JIFFY_MS = 4;
const BEAT_MS = 10_000;
const ROUTER_WORDS = [0, 0, 0xffff, 0xcb007101];
const WALL_MS = Date.UTC(2026, 0, 1);
const START_MS = 1_000_000;
/** To a return; to a file or a pillar; mine data and events that nobody hears are replied to like returns. */
const REPLY_BYTES = 103;
const OTHER_REPLY_BYTES = 400;
/** Measured on two cores with ten minions that answer together: own data to event, and event to reply. */
const HANDLING_MS = { alone: 2, together: 10, most: 200 };
const SETTLE_MS = 7_000;
/** Nobody asks anything for so long: the ledger finds out whether there are heartbeats. */
const QUIET_MS = 30_000;

/** A generator of numbers in [0, 1) that a seed repeats. */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One request link: what it was sent and sent back, in the order of time. */
class Link {
  constructor(cookie, bornMs) {
    this.cookie = cookie;
    this.received = 104;
    this.acked = 107;
    this.receivedMs = bornMs;
    this.sentMs = bornMs;
    this.coming = [];
    this.busyUntilMs = bornMs;
    this.nextBeatMs = bornMs;
  }

  /** A REQ socket asks again only when it was answered. */
  exchange(atMs, lastsMs, { bytes, replyBytes = REPLY_BYTES }) {
    const askedMs = Math.max(atMs, this.busyUntilMs + 1);
    const repliedMs = askedMs + lastsMs;
    this.busyUntilMs = repliedMs;
    this.coming.push({ atMs: askedMs, received: bytes }, { atMs: repliedMs, acked: replyBytes });
    return { askedMs, repliedMs };
  }

  advance(untilMs, heartbeats) {
    while (heartbeats && this.nextBeatMs <= untilMs) {
      this.coming.push(
        { atMs: this.nextBeatMs, acked: 9 },
        { atMs: this.nextBeatMs + 1, received: 7 },
      );
      this.nextBeatMs += BEAT_MS;
    }
    this.coming.sort((a, b) => a.atMs - b.atMs);
    while (this.coming.length > 0 && this.coming[0].atMs <= untilMs) {
      const { atMs, received = 0, acked = 0 } = this.coming.shift();
      this.received += received;
      this.acked += acked;
      if (received > 0) this.receivedMs = atMs;
      if (acked > 0) this.sentMs = atMs;
    }
  }
}

/**
 * Runs one fleet: `domain` has `createState`, `apply`, `findLink`. Each round `perRound` minions return
 * together (0 = all); find_job's returns follow some rounds. Returns how many links had their name after
 * each round, and those that ever had a wrong one.
 */
export function soak(domain, options) {
  const { minions, rounds, perRound = 0, seed, heartbeats = true, strangers = 0 } = options;
  const fleet = new Fleet(domain, { minions, strangers, heartbeats, seed });
  const named = [];
  for (let round = 0; round < rounds; round += 1) {
    fleet.round(perRound === 0 ? minions : perRound);
    named.push(fleet.count());
  }
  return { named, wrong: [...fleet.wrong], returns: fleet.returns };
}

class Fleet {
  constructor(domain, { minions, strangers, heartbeats, seed }) {
    this.domain = domain;
    this.random = randomOf(seed);
    this.heartbeats = heartbeats;
    this.minions = minions;
    this.ms = 0;
    this.returns = 0;
    this.wrong = new Set();
    this.events = [];
    this.links = Array.from(
      { length: minions + strangers },
      (_, i) => new Link(101 + i, -Math.floor(this.random() * BEAT_MS)),
    );
    this.state = domain.createState(
      {
        flapWindowSeconds: 120,
        staleAfterSeconds: 604_800,
        canarySourceAddress: '127.0.0.77',
        enabledSources: [],
      },
      { ...domain.limits, links: 4_096, minions: 1_024, streamMessages: 1_024, announcements: 64 },
    );
    domain.apply(this.state, inventory(minions), at(0));
    this.scan();
    while (this.ms < QUIET_MS) this.second();
  }

  between(least, most) {
    return least + this.random() * (most - least);
  }

  /** A publish to `count` minions, and what else happens until the next one. */
  round(count) {
    const chosen = this.pick(count);
    const startMs = this.ms + this.between(50, 900);
    this.answers(chosen, startMs, 597);
    if (this.random() < 0.3) this.answers(chosen, startMs + 3_000, 629);
    this.requestsOfOthers(startMs, startMs + SETTLE_MS);
    const endMs = this.ms + Math.ceil((SETTLE_MS + this.between(0, 3_000)) / 1_000) * 1_000;
    while (this.ms < endMs) this.second();
  }

  pick(count) {
    const all = Array.from({ length: this.minions }, (_, i) => i);
    for (let i = 0; i < count; i += 1) {
      const other = i + Math.floor(this.random() * (all.length - i));
      [all[i], all[other]] = [all[other], all[i]];
    }
    return all.slice(0, count);
  }

  /** Returns that come together wait for one another at the workers. */
  answers(chosen, startMs, bytes) {
    const { alone, together, most } = HANDLING_MS;
    const usual = chosen.length > 1 ? together : alone;
    for (const minion of chosen) {
      const cameMs = startMs + this.between(0, 20 + 6 * chosen.length);
      const handledMs = Math.min(most, -Math.log(1 - this.random()) * usual + 1);
      const replyMs = Math.min(60, -Math.log(1 - this.random()) * 3 + 1);
      const { askedMs, repliedMs } = this.links[minion].exchange(cameMs, handledMs + replyMs, {
        bytes,
      });
      const lateMs = this.random() < 0.03 ? this.between(1_000, 8_000) : this.between(0, 5);
      const firedMs = Math.min(repliedMs, askedMs + handledMs);
      this.events.push({ minion, firedMs, arrivedMs: firedMs + lateMs });
      this.returns += 1;
    }
  }

  /** File server, pillar, mine: on minions' links, without an event; and clients that are no minions. */
  requestsOfOthers(fromMs, toMs) {
    for (const [index, link] of this.links.entries()) {
      const isStranger = index >= this.minions;
      const often = isStranger ? 0.6 : 0.25;
      while (this.random() < often) {
        const nearReturns = this.random() < 0.5;
        const atMs = nearReturns ? fromMs + this.between(-20, 260) : this.between(fromMs, toMs);
        const bytes = Math.floor(this.between(280, 5_000));
        const replyBytes = this.random() < 0.3 ? REPLY_BYTES : OTHER_REPLY_BYTES;
        link.exchange(atMs, this.between(1, 40), { bytes, replyBytes });
      }
    }
  }

  second() {
    this.ms += 1_000;
    const come = this.events.filter(({ arrivedMs }) => arrivedMs <= this.ms);
    this.events = this.events.filter(({ arrivedMs }) => arrivedMs > this.ms);
    // The scan and the bus race: either is first.
    const scanFirst = this.random() < 0.5;
    if (scanFirst) this.scan();
    if (come.length > 0) this.tell(come);
    if (!scanFirst) this.scan();
    this.judge();
  }

  tell(events) {
    const told = events.map(({ minion, firedMs, arrivedMs }) => ({
      event: 'return',
      minion: `n${minion}`,
      jid: '20260101000000000000',
      arrivedMonoMs: START_MS + arrivedMs,
      stampWallMs: WALL_MS + firedMs,
    }));
    const observation = { kind: 'bus_events', events: told, bytes: 0 };
    this.domain.apply(this.state, observation, at(this.ms));
  }

  scan() {
    // The row of a link is read some milliseconds before the scan ends.
    const rowMs = this.ms - 2;
    for (const link of this.links) link.advance(rowMs, this.heartbeats);
    this.domain.apply(this.state, linkScan(this.links, { rowMs, endMs: this.ms }), at(this.ms));
  }

  judge() {
    const { links, minions } = this.state;
    for (const [index, link] of this.links.entries()) {
      const bound = links.boundMinion[this.domain.findLink(links, link.cookie, 0)];
      if (bound < 0) continue;
      const name = minions.ids[bound];
      if (name !== `n${index}`) this.wrong.add(`${name} on the link of ${index}`);
    }
  }

  count() {
    const { links } = this.state;
    const bound = this.links.filter(
      ({ cookie }) => links.boundMinion[this.domain.findLink(links, cookie, 0)] >= 0,
    );
    return bound.length;
  }
}

function at(ms) {
  return { monoMs: START_MS + ms, wallMs: WALL_MS + ms };
}

function inventory(count) {
  const minions = Array.from({ length: count }, (_, i) => ({
    id: `n${i}`,
    key: 'accepted',
    expected: false,
    cached: false,
    grainAddresses: [],
    moreAddresses: [],
    staticAddresses: [],
    grainsWallMs: undefined,
    keyWallMs: WALL_MS,
  }));
  return {
    kind: 'inventory',
    minions,
    keyCounts: { accepted: count, pending: 0, rejected: 0, denied: 0 },
    oldestPendingWallMs: undefined,
    natAddresses: new Map(),
    hostAddresses: ['192.0.2.1'],
  };
}

function linkScan(links, { rowMs, endMs }) {
  const count = links.length;
  const ageOf = (ms) => Math.floor((rowMs - ms) / JIFFY_MS) * JIFFY_MS;
  const u8 = (value) => new Uint8Array(count).fill(value);
  const u32 = (of) => Uint32Array.from(links, of);
  const f64 = (of) => Float64Array.from(links, of);
  return {
    kind: 'link_scan',
    trigger: 'interval',
    complete: true,
    origin: 'netlink',
    startedMonoMs: START_MS + endMs - 3,
    endedMonoMs: START_MS + endMs,
    cpuSeconds: 0.001,
    intervalSeconds: 1,
    listeners: [],
    listenOverflows: 0,
    sockets: {
      count,
      port: u8(1),
      state: u8(1),
      hasInfo: u8(1),
      address: Uint32Array.from(links.flatMap(() => ROUTER_WORDS)),
      peerPort: Uint16Array.from(links, ({ cookie }) => cookie),
      cookieLow: u32(({ cookie }) => cookie),
      cookieHigh: u32(() => 0),
      receiveQueue: u32(() => 0),
      sendQueue: u32(() => 0),
      rowMonoMs: f64(() => START_MS + rowMs),
      retransmits: u8(0),
      backoff: u8(0),
      probes: u8(0),
      unacked: u32(() => 0),
      notSent: u32(() => 0),
      totalRetransmits: u32(() => 0),
      segmentsIn: u32(() => 0),
      segmentsOut: u32(() => 0),
      sendWindow: u32(() => 65_535),
      lastDataSentMs: u32(({ sentMs }) => ageOf(sentMs)),
      lastDataReceivedMs: u32(({ receivedMs }) => ageOf(receivedMs)),
      lastAckReceivedMs: u32(({ sentMs }) => ageOf(sentMs)),
      rttMicros: u32(() => 1_500),
      bytesAcked: f64(({ acked }) => acked),
      bytesReceived: f64(({ received }) => received),
    },
  };
}
