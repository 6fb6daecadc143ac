/**
 * Minions behind one router as the kernel and the bus show them: workers that returns wait for, requests
 * that fire no event (file server, pillar), heartbeats that overwrite ages, ages in jiffies, rows that a
 * busy machine dates too late, a bus that is late, links that end, clients that are no minions. For finding
 * out how many returns name a link, and whether one is ever named wrongly.
 */
import { inventory, Link, linkScan, START_MS, WALL_MS } from './model-links.mjs';

const REPLY_BYTES = 103;
/** A publish, and the look after it, in the order of the exporter's own scans. */
const SERIES_MS = [50, 150, 350, 750];
const SCAN_MS = { least: 1_000, most: 1_300 };
const WORKERS = 3;
/**
 * Measured on two cores with ten minions that answer together: request to event 2 … 150 ms with the time
 * in the queue, event to reply 4 … 100 ms; of one that answers alone 1 … 9 and 2 … 25 ms.
 */
const HANDLING_MS = { alone: 3, together: 12, most: 100 };
const STORING_MS = { alone: 5, together: 25, most: 150 };
const SETTLE_MS = 4_000;
/** Requests of a stranger, and of a minion those that fire nothing. */
const STRANGER_PER_SECOND = 0.1;
const OTHERS_PER_SECOND = 0.03;
/** Of the parts of a dump: dated late, and by how much at most. */
const LATE_PARTS = 0.1;
const LATE_MS = 60;
const BUS_LATE = { usual: 0.03, most: 8_000, ms: 30 };

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

/**
 * Runs one fleet: `domain` has `createState`, `apply`, `findLink`, `limits`, `bus`. Each round `perRound` minions
 * return together (0 = all), or with `single` each of those behind the router alone, one after the other;
 * find_job's returns follow some rounds. `outside` more minions have addresses of their own, `strangers`
 * speak the protocol. `restarts`: so many links end between two rounds, on average. `late`: share of
 * events that the bus delivers seconds later. Returns how many links had their name after each round, and
 * those that ever had a wrong one.
 */
export function soak(domain, options) {
  const fleet = new Fleet(domain, options);
  const { rounds, minions, perRound = 0, single = false } = options;
  const named = [];
  for (let round = 0; round < rounds; round += 1) {
    if (single) for (let n = 0; n < minions; n += 1) fleet.ping([n]);
    else fleet.round(perRound === 0 ? minions : perRound);
    // What the bus and the looks still have to tell.
    if (single) fleet.run(SETTLE_MS);
    fleet.restart();
    named.push(fleet.count());
  }
  return { named, wrong: [...fleet.wrong], returns: fleet.returns };
}

class Fleet {
  constructor(domain, options) {
    const { minions, outside = 0, strangers = 0, heartbeats = true, seed } = options;
    this.domain = domain;
    this.random = randomOf(seed);
    this.heartbeats = heartbeats;
    this.minions = minions;
    this.restarts = options.restarts ?? 0;
    this.late = options.late ?? BUS_LATE.usual;
    this.ms = 0;
    this.returns = 0;
    this.wrong = new Set();
    this.events = [];
    this.requests = [];
    this.workersFreeMs = new Array(WORKERS).fill(0);
    this.cookies = 100;
    this.generation = 0;
    const all = minions + outside + strangers;
    this.links = Array.from({ length: all }, (_, i) => {
      if (i < minions) return this.link(i, 'router');
      if (i < minions + outside) return this.link(i, `own ${i}`);
      return this.link(i, i % 2 === 0 ? 'router' : 'nobody');
    });
    this.state = domain.createState(
      {
        flapWindowSeconds: 120,
        staleAfterSeconds: 604_800,
        canarySourceAddress: '127.0.0.77',
        enabledSources: [],
      },
      { ...domain.limits, links: 4_096, minions: 1_024, streamMessages: 1_024, announcements: 64 },
    );
    this.named = minions + outside;
    domain.apply(this.state, inventory(minions, outside), at(0));
    this.scan();
    this.run(12_000);
  }

  link(index, host) {
    this.cookies += 1;
    const phaseMs = this.ms - (this.ms === 0 ? this.random() * 10_000 : 0);
    return new Link({ cookie: this.cookies, index, host, bornMs: this.ms, phaseMs });
  }

  between(least, most) {
    return least + this.random() * (most - least);
  }

  /** As many are short as an exponential distribution has. */
  taking(usual, most) {
    return Math.min(most, -Math.log(1 - this.random()) * usual + 1);
  }

  /** A publish to these alone; the next one follows as soon as Salt's client has its answer. */
  ping(chosen) {
    this.answers(chosen, this.ms + this.between(20, 60), 613);
    this.requestsOfOthers(this.ms, this.ms + 400);
    this.publish(this.between(250, 500));
  }

  /** A publish to `count` minions, those outside among them, and what else happens until the next one. */
  round(count) {
    const chosen = this.pick(count);
    for (let i = this.minions; i < this.named; i += 1) chosen.push(i);
    const startMs = this.ms + this.between(50, 200);
    this.answers(chosen, startMs, 597);
    if (this.random() < 0.3) this.answers(chosen, startMs + 2_500, 629);
    this.requestsOfOthers(startMs, startMs + SETTLE_MS);
    this.publish(SETTLE_MS + this.between(0, 3_000));
  }

  pick(count) {
    const all = Array.from({ length: this.minions }, (_, i) => i);
    for (let i = 0; i < count; i += 1) {
      const other = i + Math.floor(this.random() * (all.length - i));
      [all[i], all[other]] = [all[other], all[i]];
    }
    return all.slice(0, count);
  }

  /** Processes start together, and two cores take their time. */
  answers(chosen, startMs, bytes) {
    const usual = chosen.length > 1 ? 'together' : 'alone';
    for (const minion of chosen) {
      const atMs = startMs + this.between(0, 20 + 30 * (chosen.length - 1));
      this.requests.push({
        atMs,
        index: minion,
        usual,
        bytes,
        replyBytes: REPLY_BYTES,
        fires: 'return',
      });
    }
  }

  /** File server, pillar, mine: on minions' links, without an event; and clients that are no minions. */
  requestsOfOthers(fromMs, toMs) {
    for (const { index } of this.links) {
      const isStranger = index >= this.named;
      const perSecond = isStranger ? STRANGER_PER_SECOND : OTHERS_PER_SECOND;
      const often = (perSecond * (toMs - fromMs)) / 1_000;
      while (this.random() < often) {
        const nearReturns = !isStranger && this.random() < 0.5;
        const atMs = nearReturns ? fromMs + this.between(-20, 260) : this.between(fromMs, toMs);
        const bytes = Math.floor(
          this.random() < 0.8 ? this.between(280, 700) : this.between(700, 5_000),
        );
        const replyBytes = this.replyTo(isStranger);
        this.requests.push({ atMs, index, usual: 'alone', bytes, replyBytes });
      }
    }
  }

  /** To a ping, to a client that publishes; now and then one like that to a return. To a file, a pillar, a mine. */
  replyTo(isStranger) {
    const likeReturn = this.random() < (isStranger ? 0.05 : 0.33);
    if (likeReturn) return REPLY_BYTES;
    const kinds = isStranger ? [19, 25, 68] : [400, 1_200];
    return kinds[Math.floor(this.random() * kinds.length)];
  }

  /** Minions begin anew, in any order: their link ends, and the next one says so when it is there. */
  restart() {
    let count = this.restarts;
    while (count > 0 && (count >= 1 || this.random() < count)) {
      const index = Math.floor(this.random() * this.minions);
      this.links[index] = this.link(index, 'router');
      const atMs = this.ms + this.between(500, 4_000);
      const exchange = { index, usual: 'alone', bytes: 700, replyBytes: REPLY_BYTES };
      this.requests.push({ ...exchange, atMs: atMs - 300, replyBytes: 1_400 });
      this.requests.push({ ...exchange, atMs, fires: 'start' });
      count -= 1;
    }
    if (this.restarts > 0) this.run(this.between(1_000, 5_000));
  }

  publish(lastsMs) {
    const endMs = this.ms + lastsMs;
    const series = SERIES_MS.map((ms) => this.ms + ms).filter((ms) => ms < endMs);
    for (const ms of series) this.advance(ms);
    this.run(endMs - this.ms);
  }

  run(lastsMs) {
    const endMs = this.ms + lastsMs;
    for (;;) {
      const nextMs = this.ms + this.between(SCAN_MS.least, SCAN_MS.most);
      if (nextMs > endMs) break;
      this.advance(nextMs);
    }
    this.advance(endMs);
  }

  /** A scan at this instant; the bus and it race. */
  advance(ms) {
    this.serve(ms);
    this.ms = ms;
    const come = this.events.filter(({ arrivedMs }) => arrivedMs <= ms);
    this.events = this.events.filter(({ arrivedMs }) => arrivedMs > ms);
    const scanFirst = this.random() < 0.5;
    if (scanFirst) this.scan();
    if (come.length > 0) this.tell(come);
    if (!scanFirst) this.scan();
    this.judge();
  }

  /** Workers take what came, one after the other; a link asks again only when it was answered. */
  serve(untilMs) {
    this.requests.sort((a, b) => a.atMs - b.atMs);
    while (this.requests.length > 0 && this.requests[0].atMs <= untilMs) {
      const request = this.requests.shift();
      const link = this.links[request.index];
      const cameMs = Math.max(request.atMs, link.busyUntilMs + this.between(1, 5), link.bornMs + 5);
      const worker = this.workersFreeMs.indexOf(Math.min(...this.workersFreeMs));
      const { usual, bytes, replyBytes, fires } = request;
      const startMs = Math.max(cameMs, this.workersFreeMs[worker]);
      const firedMs = startMs + this.taking(HANDLING_MS[usual], HANDLING_MS.most);
      const repliedMs = firedMs + 1 + this.taking(STORING_MS[usual], STORING_MS.most);
      this.workersFreeMs[worker] = repliedMs;
      link.exchange({ askedMs: cameMs, repliedMs, bytes, replyBytes });
      if (fires === undefined) continue;
      const isLate = this.random() < this.late;
      const lateMs = isLate ? this.between(1_000, BUS_LATE.most) : this.between(1, BUS_LATE.ms);
      this.events.push({
        index: request.index,
        event: fires,
        firedMs,
        arrivedMs: firedMs + lateMs,
      });
      this.returns += 1;
    }
  }

  /** In the order of their arrival, which is not that of their firing. */
  tell(events) {
    const { createBusColumns, clearRow, kinds } = this.domain.bus;
    const columns = createBusColumns(Math.max(1, events.length));
    events.forEach(({ index, event, firedMs, arrivedMs }, row) => {
      const kind = kinds.indexOf(event === 'return' ? 'ret' : event);
      clearRow(columns, row, { event: kind, arrivedMonoMs: START_MS + arrivedMs });
      columns.stampWallMs[row] = WALL_MS + firedMs;
      columns.minion[row] = index;
      columns.jid[row] = 0;
    });
    this.domain.apply(this.state, { ...columns, ...this.batch(events.length) }, at(this.ms));
  }

  /** What a batch has beside its columns; each is of a generation of its own and tells all names anew. */
  batch(count) {
    this.generation += 1;
    const news = (texts) => ({ generation: this.generation, first: 0, texts });
    const names = {
      minions: news(Array.from({ length: this.links.length }, (_each, index) => `n${index}`)),
      jids: news(['20260101000000000000']),
      funs: news([]),
    };
    return { kind: 'bus_batch', count, names, announcements: [], stats: [], backlogBytes: 0 };
  }

  scan() {
    const lateMs = () => (this.random() < LATE_PARTS ? this.between(0, LATE_MS) : 0);
    const scan = linkScan(this.links, { ms: this.ms, heartbeats: this.heartbeats, lateMs });
    this.domain.apply(this.state, scan, at(this.ms));
  }

  judge() {
    const { links, minions } = this.state;
    for (const { index, cookie, host } of this.links) {
      const bound = links.boundMinion[this.domain.findLink(links, cookie, 0)] ?? -1;
      if (bound < 0 || host.startsWith('own')) continue;
      const name = minions.ids[bound];
      if (name !== `n${index}`) this.wrong.add(`${name} on the link of ${index}`);
    }
  }

  count() {
    const { links } = this.state;
    const isNamed = ({ index, cookie }) =>
      index < this.minions && links.boundMinion[this.domain.findLink(links, cookie, 0)] >= 0;
    return this.links.filter(isNamed).length;
  }
}

function at(ms) {
  return { monoMs: START_MS + ms, wallMs: WALL_MS + Math.floor(ms) };
}
