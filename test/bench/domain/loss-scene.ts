/**
 * A small master for tests of verdicts: three minions whose links acknowledge what is published and
 * answer heartbeats, until a test says otherwise.
 */
import {
  apply,
  createState,
  DEFAULT_LIMITS,
  describeJob,
  freeze,
  type State,
  takeJobCacheQuestions,
  tick,
} from '../../../exporter/src/domain/index.js';
import { BusTeller, type Told } from './bus-kit.js';
import { deaths, instant, inventory, minion, type RowSpec, scan, stream } from './kit.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: [],
};
export const LIMITS = {
  ...DEFAULT_LIMITS,
  links: 64,
  minions: 16,
  addresses: 64,
  streamMessages: 4_096,
  announcements: 256,
  jobs: 8,
};
export const JOB_BYTES = 472;
export const PING = 9;
const PONG = 7;
const REPLY = 103;
export const RETURN = 597;
const BEAT_MS = 10_000;

/** A master with minions m1, m2 and m3; m1 is the one that things happen to. */
export class Scene {
  readonly state: State;
  readonly teller = new BusTeller();
  ms = 0;
  #own = 91;
  readonly #beats: boolean;
  /** Rows by name: `m1` its publish link, `m1r` its request link. */
  readonly rows = new Map<string, RowSpec & { acked: number; received: number }>();
  readonly #frozen = new Set<string>();
  readonly #mute = new Set<string>();

  constructor(version = '3006.30', limits = LIMITS) {
    this.#beats = !version.startsWith('3007');
    this.state = createState(OPTIONS, limits);
    const ids = [1, 2, 3];
    apply(this.state, inventory(ids.map((n) => minion(`m${n}`, [`10.0.0.${n}`]))), instant(0));
    apply(
      this.state,
      {
        kind: 'master_config',
        version,
        masterId: 'master',
        transport: 'zeromq',
        zmqFiltering: false,
        options: new Map([['pub_hwm', 20]]),
        ignoredOptions: [],
        limitations: [],
      },
      instant(0),
    );
    this.apply({ kind: 'stream_link', subscribed: true, monoMs: instant(0).monoMs });
    this.apply({ kind: 'bus_link', connected: true, monoMs: instant(0).monoMs });
    for (const n of ids) {
      this.open(`m${n}`, 10 + n);
      this.open(`m${n}r`, 20 + n);
    }
    this.wait(4);
    this.stream(JOB_BYTES);
    this.wait(12);
  }

  apply(observation: Parameters<typeof apply>[1]): void {
    apply(this.state, observation, instant(this.ms));
  }

  open(name: string, cookie: number): void {
    const isRequest = isRequestLink(name);
    const handshake = isRequest ? { acked: 107, received: 129 } : { acked: 1_062, received: 124 };
    this.rows.set(name, {
      cookie,
      address: `10.0.0.${name.slice(1, 2)}`,
      port: isRequest ? 'request' : 'publish',
      ...handshake,
    });
  }

  /** What the publisher sends to all that take it. */
  stream(bytes: number): void {
    this.apply(stream([bytes], instant(this.ms).monoMs));
    this.#own += bytes;
    for (const [name, row] of this.rows) {
      if (!isRequestLink(name) && !this.#frozen.has(name)) row.acked += bytes;
    }
  }

  /** Its host takes nothing any more. */
  freeze(name: string): void {
    this.#frozen.add(name);
  }

  /** It took this much of what it was sent meanwhile, and takes what comes. */
  thaw(name: string, bytes: number): void {
    this.#frozen.delete(name);
    const row = this.rows.get(name);
    if (row !== undefined) row.acked += bytes;
  }

  /** Its process does not answer heartbeats any more. */
  mute(name: string): void {
    this.#mute.add(name);
  }

  /** A scan and a tick each second; a heartbeat each ten. */
  wait(seconds: number, change: Readonly<Record<string, Partial<RowSpec>>> = {}): void {
    for (let second = 0; second < seconds; second += 1) {
      this.ms += 1_000;
      if (this.#beats && this.ms % BEAT_MS === 0) this.#beat();
      const rows = [...this.rows].map(([name, row]) => ({
        sentAgeMs: 900,
        receivedAgeMs: 950,
        ...row,
        ...change[name],
      }));
      const own = { cookie: 7, address: '127.0.0.77', acked: this.#own, sentAgeMs: 900 };
      this.apply(scan([own, ...rows], instant(this.ms)));
      tick(this.state, instant(this.ms));
      for (const jid of takeJobCacheQuestions(this.state)) this.#answer(jid.jid);
    }
  }

  #beat(): void {
    this.#own += PING;
    for (const [name, row] of this.rows) {
      if (isRequestLink(name) || this.#frozen.has(name)) continue;
      row.acked += PING;
      if (!this.#mute.has(name)) row.received += PONG;
    }
  }

  /** What the job cache says when it is asked: undefined = nothing. */
  cache: readonly string[] | undefined;
  #answer(jid: string): void {
    if (this.cache === undefined) return;
    this.apply({
      kind: 'job_cache',
      jid,
      state: 'present',
      loadWritten: true,
      nocache: false,
      minions: this.cache,
      truncated: false,
      readMonoMs: instant(this.ms).monoMs,
    });
  }

  tell(...events: readonly Told[]): void {
    this.apply(this.teller.batch(events));
  }

  announce(jid = '1', minions: readonly string[] = ['m1', 'm2', 'm3']): void {
    this.tell({ kind: 'new', atMs: this.ms, jid, fun: 'test.ping', minions });
  }

  /** Announced, and two milliseconds later published. */
  publish(jid = '1', minions?: readonly string[]): void {
    this.announce(jid, minions);
    this.ms += 2;
    this.stream(JOB_BYTES);
    this.ms -= 2;
  }

  returns(id: string, jid = '1'): void {
    this.exchange(`${id}r`);
    this.tell({ kind: 'ret', atMs: this.ms, jid, minion: id, fun: 'test.ping' });
  }

  /** m1's publish link ends so, and the minion begins anew without having ended. */
  beginsAnew(change: Partial<RowSpec> = {}): void {
    this.die('m1', change);
    this.ms += 200;
    this.die('m1r');
    this.tell({ kind: 'start', atMs: this.ms, minion: 'm1' });
    this.ms -= 200;
    this.open('m1', 51);
    this.open('m1r', 52);
  }

  exchange(name: string): void {
    const row = this.rows.get(name);
    if (row === undefined) throw new Error(`no such link: ${name}`);
    row.received += RETURN;
    row.acked += REPLY;
  }

  /** `find_job` of the command line, and what it found of m1. */
  finds(found: number, jid = '1'): void {
    this.tell(
      { kind: 'new', atMs: this.ms, jid: `f${this.ms}`, fun: 'saltutil.find_job', minions: ['m1'] },
      {
        kind: 'ret',
        atMs: this.ms,
        jid: `f${this.ms}`,
        minion: 'm1',
        fun: 'saltutil.find_job',
        about: jid,
        flags: found,
      },
    );
  }

  die(name: string, more: Partial<RowSpec> = {}): void {
    const row = this.rows.get(name);
    if (row === undefined) throw new Error(`no such link: ${name}`);
    this.rows.delete(name);
    this.apply(deaths([{ sentAgeMs: 900, receivedAgeMs: 950, ...row, ...more }], instant(this.ms)));
  }

  verdict(jid = '1') {
    const losses = describeJob(this.state, jid)?.losses ?? [];
    return losses.map(({ minion: id, link, reason, confidence }) =>
      [id, link, reason, confidence].join(' '),
    );
  }

  get booked() {
    const { losses } = freeze(this.state, instant(this.ms));
    const lost = losses.verdicts.filter(({ count }) => count !== 0);
    const revised = losses.revised.filter(({ count }) => count !== 0);
    return {
      lost: lost.map(({ reason, count }) => `${reason} ${count}`),
      revised: revised.map(({ reason, to, count }) => `${reason} ${to} ${count}`),
    };
  }
}

/** `m1r`, and `m1s` where there is a second one. */
function isRequestLink(name: string): boolean {
  return /[rs]$/.test(name);
}
