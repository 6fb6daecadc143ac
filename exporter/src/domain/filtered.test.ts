/** Publish links behind one address, named by the bytes of messages for one minion. */
import { describe, expect, it } from 'vitest';
import {
  filteredStream,
  instant,
  inventory,
  minion,
  type RowSpec,
  scan,
} from '../../../test/bench/domain/kit.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State, tick } from './index.js';
import { findLink } from './link-table.js';
import { IDENTITY_BASES } from './vocabulary.js';

const ROUTER = '203.0.113.1';
const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: ['kernel', 'inventory', 'stream_canary'] as const,
};
const HANDSHAKE = 185;

/** n1 … n3 behind one router, `outside` with an address of its own; our own link has cookie 99. */
class Fleet {
  readonly state: State = createState(OPTIONS, {
    ...DEFAULT_LIMITS,
    links: 4_096,
    minions: 1_024,
    streamMessages: 4_096,
  });
  readonly acked = new Map([99, 101, 102, 103, 110].map((cookie) => [cookie, HANDSHAKE]));
  ms = 0;

  constructor() {
    const behind = ['n1', 'n2', 'n3'].map((id) => minion(id));
    apply(this.state, config(), instant(0));
    apply(this.state, inventory([...behind, minion('outside', ['10.0.0.9'])]), instant(0));
    const subscribed = {
      kind: 'stream_link',
      subscribed: true,
      monoMs: instant(0).monoMs,
    } as const;
    apply(this.state, subscribed, instant(0));
    for (let quiet = 0; quiet < 3; quiet += 1) this.scan();
  }

  /** Messages for somebody else, that no link behind the router was sent. */
  spare(): this {
    for (const bytes of [611, 612]) this.publish([['outside', bytes, 110]]);
    return this;
  }

  /** Two seconds pass, then the kernel is read. */
  scan(): void {
    this.ms += 2_000;
    const rows: RowSpec[] = [...this.acked].map(([cookie, acked]) => ({
      cookie,
      acked,
      received: 185,
      address: cookie === 99 ? '127.0.0.77' : cookie === 110 ? '10.0.0.9' : ROUTER,
    }));
    apply(this.state, scan(rows, instant(this.ms)), instant(this.ms));
    tick(this.state, instant(this.ms));
  }

  /** Publishes these messages; our own link and the named links receive them. */
  publish(messages: readonly [topic: string, bytes: number, ...cookies: number[]][]): void {
    const list = messages.map(([topic, bytes]) => [topic, bytes] as const);
    apply(this.state, filteredStream(list, instant(this.ms).monoMs), instant(this.ms));
    for (const [, bytes, ...cookies] of messages) {
      for (const cookie of [99, ...cookies]) this.grow(cookie, bytes);
    }
    this.scan();
  }

  grow(cookie: number, bytes: number): void {
    this.acked.set(cookie, (this.acked.get(cookie) ?? 0) + bytes);
  }

  boundTo(cookie: number): string | undefined {
    const slot = findLink(this.state.links, cookie, 0);
    return this.state.minions.ids[this.state.links.boundMinion[slot] ?? -1];
  }
}

function config() {
  return {
    kind: 'master_config' as const,
    version: '3008.5',
    masterId: 'master',
    transport: 'zeromq',
    zmqFiltering: true,
    options: new Map([['pub_hwm', 1_000]]),
    ignoredOptions: [],
    limitations: [],
  };
}

describe('a publish link behind a router', () => {
  it('is named by one message for one minion', () => {
    const fleet = new Fleet().spare();
    fleet.publish([['n2', 514, 102]]);
    expect([101, 102, 103].map((cookie) => fleet.boundTo(cookie))).toEqual([
      undefined,
      'n2',
      undefined,
    ]);
    const { minions } = freeze(fleet.state, instant(fleet.ms));
    const row = minions.ids.indexOf('n2');
    expect(IDENTITY_BASES[minions.publishBasis[row] ?? 255]).toBe('filtered');
    expect(minions.kernelPresent[row]).toBe(1);
  });

  it('is named beside messages for everybody and a heartbeat', () => {
    const fleet = new Fleet().spare();
    const everybody = [101, 102, 103, 110];
    fleet.grow(103, 9);
    fleet.publish([
      ['broadcast', 483, ...everybody],
      ['n3', 514, 103],
      ['n1', 700, 101],
    ]);
    expect([101, 102, 103].map((cookie) => fleet.boundTo(cookie))).toEqual(['n1', undefined, 'n3']);
  });

  it('stays open when a list of minions was sent the same', () => {
    const fleet = new Fleet().spare();
    fleet.publish([
      ['n1', 514, 101],
      ['n2', 514, 102],
    ]);
    expect([101, 102].map((cookie) => fleet.boundTo(cookie))).toEqual([undefined, undefined]);
  });

  it.each([
    ['that nobody here has a key for', [['gone', 514, 101]]],
    ['whose link its own address names', [['outside', 514, 101, 110]]],
    ['and grew by something else', [['n1', 514]]],
  ] as [string, [string, number, ...number[]][]][])(
    'stays open with a message for one %s',
    (_what, list) => {
      const fleet = new Fleet().spare();
      fleet.grow(101, 27);
      fleet.publish(list);
      expect(fleet.boundTo(101)).toBeUndefined();
    },
  );

  it('is named as soon as it was spared what others were sent', () => {
    const fleet = new Fleet();
    fleet.publish([['n2', 514, 102]]);
    expect(fleet.boundTo(102)).toBeUndefined();
    fleet.publish([['n1', 530, 101]]);
    fleet.publish([['n3', 540, 103]]);
    expect([101, 102, 103].map((cookie) => fleet.boundTo(cookie))).toEqual(['n1', 'n2', 'n3']);
  });

  it('has no name while minions do not filter, whoever is sent something', () => {
    const fleet = new Fleet();
    const all = [101, 102, 103, 110];
    for (const id of ['n1', 'n2', 'n2', 'n3', 'outside', 'n1']) fleet.publish([[id, 514, ...all]]);
    expect([101, 102, 103].map((cookie) => fleet.boundTo(cookie))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('has no name when it alone does not filter, and the others have theirs', () => {
    const fleet = new Fleet();
    const sent: readonly (readonly [string, number])[] = [
      ['n1', 101],
      ['n2', 102],
      ['n1', 101],
      ['n2', 102],
    ];
    for (const [id, cookie] of sent) fleet.publish([[id, 514, cookie, 103]]);
    expect([101, 102, 103].map((cookie) => fleet.boundTo(cookie))).toEqual(['n1', 'n2', undefined]);
  });

  it('is not named by what we have not read yet', () => {
    const fleet = new Fleet().spare();
    // n2's message reached our kernel and its link, and is not read by us.
    fleet.grow(99, 514);
    fleet.grow(102, 514);
    fleet.publish([['n1', 514, 101]]);
    expect([101, 102].map((cookie) => fleet.boundTo(cookie))).toEqual([undefined, undefined]);
  });

  it('stays open for a heartbeat alone', () => {
    const fleet = new Fleet().spare();
    fleet.grow(101, 9);
    fleet.publish([['outside', 9, 110]]);
    expect(fleet.boundTo(101)).toBeUndefined();
  });
});
