/**
 * One random run of the publisher in miniature under the eyes of the domain: bursts, stops, slow
 * readers, kills, late readings of ours, scans at any instant; and what the ledger said of it.
 */
import {
  apply,
  createState,
  DEFAULT_LIMITS,
  freeze,
  type State,
} from '../../../exporter/src/domain/index.js';
import { BusTeller } from './bus-kit.js';
import { deaths, instant, inventory, minion, type RowSpec, scan, stream } from './kit.js';
import { type Follow, type LinkResult, QueueGauge, type RunResult } from './publisher-gauge.js';
import { ackedWhole, PublisherModel, seeded } from './publisher-model.js';
import { meanBytes, type RunPlan } from './publisher-plans.js';

const OWN = '127.0.0.77';
const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: OWN,
  enabledSources: [],
};
const ENCODER_BYTES = 8_192;

const addressOf = (id: number) => (id === 0 ? OWN : `10.0.${id >> 8}.${id & 255}`);

/** The run; `state` may be looked at afterwards. */
export class PublisherRun {
  readonly state: State;
  readonly #bus = new BusTeller();
  readonly model: PublisherModel;
  readonly #plan: RunPlan;
  readonly #random: () => number;
  readonly #follows = new Map<number, Follow>();
  readonly #truth = new Map<number, { hwm: number; disconnect: number }>();
  readonly #gauge = new QueueGauge();
  readonly #sizes: number[] = [0];
  readonly #ends: number[] = [0];
  #cookie = 100;
  #unread: { n: number }[] = [];
  #read: { size: number; atMs: number }[] = [];
  #lateUntilMs = 0;
  #announcements: { atMs: number }[] = [];
  #deaths: { row: RowSpec; atMs: number }[] = [];
  #ownMissed = 0;
  readonly #meanBytes: number;

  constructor(plan: RunPlan) {
    this.#plan = plan;
    this.#random = seeded(plan.seed);
    this.#meanBytes = meanBytes(plan);
    this.state = createState(OPTIONS, {
      ...DEFAULT_LIMITS,
      links: 256,
      minions: 64,
      addresses: 256,
      streamMessages: 1 << 16,
      announcements: 1 << 14,
    });
    this.model = new PublisherModel({
      hwm: plan.hwm,
      pingMs: plan.pingMs,
      servicesPerMs: plan.servicesPerMs,
      random: this.#random,
    });
    const ids = Array.from({ length: plan.links }, (_, i) => i + 1);
    this.#apply(inventory(ids.map((id) => minion(`m${id}`, [addressOf(id)]))));
    this.#apply({
      kind: 'master_config',
      version: '3008.5',
      masterId: 'master',
      transport: 'zeromq',
      zmqFiltering: false,
      options: new Map([['pub_hwm', plan.hwm]]),
      ignoredOptions: [],
      limitations: [],
    });
    for (const id of [0, ...ids]) this.#connect(id);
    this.#apply({ kind: 'stream_link', subscribed: true, monoMs: instant(0).monoMs });
    this.#apply({ kind: 'bus_link', connected: plan.announced, monoMs: instant(0).monoMs });
  }

  /** Runs to the end and settles: everybody runs, some messages more, and quiet. */
  run(): RunResult {
    const { seconds, rounds } = this.#plan;
    // What is lost before the bases are found nobody knows of.
    this.#idle(rounds > 0 ? 8_000 : 3_000);
    for (let n = 0; n < rounds; n += 1) this.#round();
    if (rounds > 0) return this.#end();
    let untilMs = 0;
    while (this.model.nowMs < seconds * 1_000) {
      if (this.model.nowMs >= untilMs) {
        this.#act();
        untilMs = this.model.nowMs + 50 + this.#random() * 2_000;
      }
      this.#tick(this.#random() < 0.3 ? 0 : this.#burst());
    }
    return this.#end();
  }

  #end(): RunResult {
    this.#settle();
    return this.#result();
  }

  /** Some read slowly, a burst or two, everybody reads on, a pause. */
  #round(): void {
    const { burstMost, ratePerMs } = this.#plan;
    for (const { link } of this.#follows.values()) {
      if (link.id > 0 && this.#random() < 0.7) this.#act(link.id);
    }
    const bursts = this.#random() < 0.5 ? 1 : 2;
    for (let n = 0; n < bursts; n += 1) {
      this.#burstLeft = Math.ceil(this.#random() * burstMost);
      this.#rateLeft = this.#random() * ratePerMs;
      while (this.#burstLeft > 0) this.#tick(this.#burst());
      this.#idle(this.#random() * 1_500);
    }
    this.#release();
    this.#idle(1_000 + this.#random() * 3_000);
    for (let n = 0; n < 3; n += 1) {
      this.#publish();
      this.#idle(600);
    }
  }

  #release(): void {
    this.model.running = true;
    for (const link of this.model.links) {
      link.running = true;
      link.readRate = Number.POSITIVE_INFINITY;
    }
    this.#lateUntilMs = 0;
  }

  #settle(): void {
    this.#release();
    this.#idle(8_000);
    for (let n = 0; n < 4; n += 1) {
      this.#publish();
      this.#idle(2_500);
    }
    // What the bus has to say comes within 5 s and a second.
    this.#idle(7_000);
  }

  #rateLeft = 0;
  #burstLeft = 0;
  #burst(): number {
    if (this.#burstLeft <= 0) {
      if (this.#random() > 0.002) return 0;
      this.#burstLeft = Math.ceil(this.#random() * this.#plan.burstMost);
      this.#rateLeft = this.#random() * this.#plan.ratePerMs;
    }
    const share = this.#rateLeft;
    const count = Math.floor(share) + (this.#random() < share % 1 ? 1 : 0);
    this.#burstLeft -= count;
    return count;
  }

  #tick(publishes: number): void {
    for (let n = 0; n < publishes; n += 1) this.#publish();
    this.model.step((link, n) => {
      if (link.id === 0) this.#unread.push({ n });
    });
    this.#readOwn();
    this.#tellBus();
    this.#scanWhenDue();
  }

  #idle(ms: number): void {
    for (let n = 0; n < ms; n += 1) this.#tick(0);
  }

  #publish(): void {
    const size = this.#plan.sizeOf(this.#random);
    const own = this.#follows.get(0)?.link;
    const before = own?.dropped ?? 0;
    if (!this.model.publish(size)) return;
    this.#sizes.push(size);
    this.#ends.push((this.#ends.at(-1) ?? 0) + size);
    if ((own?.dropped ?? 0) > before) this.#ownMissed += 1;
    if (this.#plan.announced) {
      const lateMs = this.#plan.busLateMs + this.#random() * 20;
      this.#announcements.push({ atMs: this.model.nowMs + lateMs });
    }
  }

  #readOwn(): void {
    if (this.model.nowMs < this.#lateUntilMs) return;
    for (const { n } of this.#unread) {
      this.#read.push({ size: this.#sizes[n] ?? 0, atMs: this.model.nowMs });
    }
    this.#unread = [];
  }

  /** What was read is told before the scan that is about to be applied. */
  #flush(): void {
    if (this.#read.length === 0) return;
    const told = this.#read;
    this.#read = [];
    this.#apply(
      stream(
        told.map(({ size }) => size),
        told.map(({ atMs }) => instant(atMs).monoMs),
      ),
    );
  }

  #tellBus(): void {
    const due = this.#announcements.filter(({ atMs }) => atMs <= this.model.nowMs);
    if (due.length === 0) return;
    this.#announcements = this.#announcements.filter(({ atMs }) => atMs > this.model.nowMs);
    this.#flush();
    this.#apply(
      this.#bus.batch(due.map(({ atMs }) => ({ kind: 'new' as const, atMs, stamped: false }))),
    );
  }

  #nextScanMs = 10;
  #scanWhenDue(): void {
    const now = this.model.nowMs;
    const dead = this.#deaths.filter(({ atMs }) => atMs <= now);
    if (dead.length > 0) {
      this.#deaths = this.#deaths.filter(({ atMs }) => atMs > now);
      this.#flush();
      this.#apply(
        deaths(
          dead.map(({ row }) => row),
          instant(now),
        ),
      );
    }
    if (now < this.#nextScanMs) return;
    this.#scan();
    const dense = this.#random() < 0.3;
    this.#nextScanMs = this.model.nowMs + (dense ? 50 + this.#random() * 300 : 1_000);
  }

  /** Rows at different instants: a dump takes its time, and so does what comes after it. */
  #scan(): void {
    const startMs = this.model.nowMs;
    const publishedBefore = this.model.published;
    const rows: { spec: RowSpec; takenMs: number; follow: Follow; bytes: number }[] = [];
    // What our own link has not been given yet nobody can know of.
    const own = this.#follows.get(0)?.link;
    const unread = this.#unread.reduce((sum, { n }) => sum + (this.#sizes[n] ?? 0), 0);
    const unseen =
      own === undefined ? 0 : unread + this.model.queue(own).bytes + (own.sent - own.taken);
    for (const follow of this.#follows.values()) {
      if (!follow.link.alive) continue;
      const spec = this.#rowOf(follow);
      const { bytes } = this.model.queue(follow.link);
      rows.push({ spec, takenMs: this.model.nowMs, follow, bytes });
      if (this.#random() < 0.2) this.#inner();
    }
    const endMs = this.model.nowMs;
    const delay = Math.floor(this.#random() * 4);
    for (let n = 0; n < delay; n += 1) this.#inner();
    this.#flush();
    this.#apply(
      scan(
        rows.map(({ spec, takenMs }) => ({ ...spec, readAgeMs: endMs - takenMs })),
        instant(endMs),
        { startedMonoMs: instant(startMs).monoMs },
      ),
      this.model.nowMs,
    );
    const during =
      (this.#ends[this.model.published] ?? 0) - (this.#ends[publishedBefore] ?? 0) + unseen;
    this.#gauge.compare(this.state, instant(this.model.nowMs), {
      rows,
      allowed: ENCODER_BYTES + Math.max(...this.#sizes.slice(-2_000)) + during,
      published: this.model.published,
    });
  }

  /** Time goes on while a scan is taken. */
  #inner(): void {
    this.model.step((link, n) => {
      if (link.id === 0) this.#unread.push({ n });
    });
    this.#readOwn();
  }

  #rowOf({ cookie, link }: Follow): RowSpec {
    const row = this.model.row(link);
    return { cookie, address: addressOf(link.id), ...row, ackAgeMs: row.sentAgeMs };
  }

  #connect(id: number): void {
    this.#cookie += 1;
    const buffer = () => 20_000 + Math.floor(this.#random() * 300_000);
    const link = this.model.connect(id, {
      send: buffer(),
      receive: id === 0 ? 1e9 : buffer(),
    });
    const follow = { cookie: this.#cookie, link, everUnknown: false, everKnown: false };
    this.#follows.set(id, follow);
    if (!this.#truth.has(id)) this.#truth.set(id, { hwm: 0, disconnect: 0 });
  }

  #act(chosen?: number): void {
    const act = this.#plan.acts[Math.floor(this.#random() * this.#plan.acts.length)];
    const id = chosen ?? 1 + Math.floor(this.#random() * this.#plan.links);
    const follow = this.#follows.get(id);
    if (follow === undefined || act === undefined) return;
    const { link } = follow;
    if (act === 'stop') link.running = !link.running;
    else if (act === 'slow') link.readRate = link.readRate > 1e6 ? this.#slowRate() : 1e9;
    else if (act === 'pause') this.model.pauseIo(this.#random() * 80);
    else if (act === 'late') this.#lateUntilMs = this.model.nowMs + this.#random() * 700;
    else if (act === 'freeze') this.#freeze();
    else if (act === 'kill') this.#kill(follow);
  }

  /** Some kilobytes a second to some hundred. */
  #slowRate(): number {
    const { rounds, ratePerMs } = this.#plan;
    if (rounds > 0) return Math.ceil(this.#meanBytes * ratePerMs * 0.7 * this.#random());
    return 5 + Math.floor(this.#random() * 300);
  }

  /** The publisher stands still for a while. */
  #freeze(): void {
    this.model.running = false;
    this.#idle(Math.floor(this.#random() * 3_000));
    this.model.running = true;
  }

  #kill(follow: Follow): void {
    const { link } = follow;
    const sum = this.#truth.get(link.id) ?? { hwm: 0, disconnect: 0 };
    const accepted = link.written;
    sum.hwm += link.dropped;
    sum.disconnect += accepted - ackedWhole(link);
    this.#truth.set(link.id, sum);
    const row = this.#rowOf(follow);
    this.model.kill(link);
    const isLate = this.#random() < 0.3;
    const lateMs = isLate ? 300 + this.#random() * 1_200 : this.#random() * 10;
    this.#deaths.push({ row, atMs: this.model.nowMs + Math.floor(lateMs) });
    if (!follow.everKnown) follow.everUnknown = true;
    const { everUnknown } = follow;
    this.#idle(20);
    this.#connect(link.id);
    const again = this.#follows.get(link.id);
    if (again !== undefined) again.everUnknown = everUnknown;
    if (isLate) {
      // Nothing of the link that has ended, although nobody has read of its end yet.
      this.#idle(150);
      for (let n = 0; n < 3; n += 1) this.#publish();
    }
    this.#idle(3_000);
    for (let n = 0; n < 2; n += 1) {
      this.#publish();
      this.#idle(1_500);
    }
  }

  #apply(observation: Parameters<typeof apply>[1], nowMs = this.model?.nowMs ?? 0): void {
    apply(this.state, observation, instant(nowMs));
  }

  #result(): RunResult {
    const epoch = freeze(this.state, instant(this.model.nowMs));
    const links = [...this.#follows.values()]
      .filter(({ link }) => link.id > 0)
      .map((follow): LinkResult => {
        const row = epoch.minions.ids.indexOf(`m${follow.link.id}`);
        const before = this.#truth.get(follow.link.id) ?? { hwm: 0, disconnect: 0 };
        return {
          id: follow.link.id,
          booked: {
            hwm: epoch.minions.droppedHwm[row] ?? 0,
            disconnect: epoch.minions.droppedDisconnect[row] ?? 0,
          },
          truth: { hwm: before.hwm + follow.link.dropped, disconnect: before.disconnect },
          known: follow.everKnown && !follow.everUnknown,
          knownAtEnd: epoch.minions.ledgerKnown[row] === 1,
        };
      });
    return {
      links,
      gapMessages: epoch.publishGapMessages,
      gapTruth: this.#ownMissed,
      undecided: this.state.delivery.undecided,
      published: this.model.published,
      ...this.#gauge.result(),
    };
  }
}
