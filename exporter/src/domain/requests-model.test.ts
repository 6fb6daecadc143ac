/**
 * Property: for links whose whole life was watched the ledger says exactly who waits, who gave up
 * and whose handler raised; for older ones it never says too much.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deaths, instant, inventory, minion, scan } from '../../../test/bench/domain/kit.js';
import {
  FAILED_BYTES,
  failuresOf,
  isAbandoned,
  JIFFY_MS,
  type ModelExchange,
  type ModelLink,
  rowAt,
  waitingSince,
} from '../../../test/bench/domain/request-model.js';
import { apply, createState, DEFAULT_LIMITS, freeze, type State } from './index.js';

const OPTIONS = {
  flapWindowSeconds: 120,
  staleAfterSeconds: 604_800,
  canarySourceAddress: '127.0.0.77',
  enabledSources: [],
};
const SMALL = {
  ...DEFAULT_LIMITS,
  links: 64,
  minions: 8,
  addresses: 64,
  streamMessages: 16,
  announcements: 16,
};
/** Old links come from an address that names nobody, watched ones from a minion's. */
const STRANGER = '10.9.9.9';
const MINION = '10.0.0.1';
/** A link of nobody that is silent for half a minute tells that this master sends no heartbeats. */
const START_MS = 40_000;
const END_MS = 80_000;
const RUNS = 40;

const request = fc.oneof(
  // 35 would be five PONGs at once; nothing that Salt answers is so small but a bare ping of 30.
  fc.integer({ min: 36, max: 2_000 }),
  fc.constant(30),
  fc.constantFrom(42, 49, 229, 597, 613, 1_130),
  fc.integer({ min: 2_000, max: 100_000 }),
);
/** Sizes that replies have: none is as small as heartbeats, 45 is that of a failure. */
const reply = fc.oneof(
  fc.integer({ min: 55, max: 5_000 }),
  fc.constantFrom(13, 14, 68, 76, 103, FAILED_BYTES, FAILED_BYTES),
);

interface Habits {
  readonly beatMs: number;
  /** Least time from a reply to the next request. */
  readonly restMs: number;
}

/** One exchange after the other, each after a rest; the last one may never be answered. */
function lives(habits: Habits): fc.Arbitrary<Omit<ModelLink, 'cookie'>> {
  const step = fc.record({
    restMs: fc.integer({ min: habits.restMs, max: 12_000 }),
    serviceMs: fc.oneof(fc.integer({ min: 8, max: 200 }), fc.integer({ min: 200, max: 8_000 })),
    requestBytes: request,
    replyBytes: reply,
  });
  return fc
    .record({
      bornMs: fc.oneof(
        fc.integer({ min: 0, max: START_MS - 1 }),
        fc.integer({ min: START_MS + 1, max: END_MS - 5_000 }),
      ),
      handshakeBytes: fc.constantFrom(104, 129, 130),
      steps: fc.array(step, { maxLength: 12 }),
      gaveUp: fc.boolean(),
      lingerMs: fc.oneof(fc.integer({ min: 8, max: 40 }), fc.integer({ min: 8, max: 40_000 })),
    })
    .map(({ bornMs, handshakeBytes, steps, gaveUp, lingerMs }) => {
      const exchanges: ModelExchange[] = [];
      let ms = bornMs;
      for (const [n, { restMs, serviceMs, requestBytes, replyBytes }] of steps.entries()) {
        const askMs = ms + (n === 0 ? Math.min(restMs, 20) : restMs);
        const lost = gaveUp && n === steps.length - 1;
        const replyMs = lost ? undefined : askMs + serviceMs;
        exchanges.push({ askMs, requestBytes, replyMs, replyBytes });
        ms = replyMs ?? askMs;
      }
      const endMs = ms + lingerMs;
      const address = bornMs < START_MS ? STRANGER : MINION;
      return { address, bornMs, handshakeBytes, exchanges, endMs, beatMs: habits.beatMs };
    });
}

/** Idle from the start to the end; beats like all others. */
function sentinel(beatMs: number): ModelLink {
  const life = { bornMs: 0, handshakeBytes: 104, exchanges: [], endMs: undefined, beatMs };
  return { cookie: 1, address: STRANGER, ...life };
}

/** Scans and deaths until the end; `look` after each scan. */
function watch(
  links: readonly ModelLink[],
  scanMs: number,
  look: (state: State, ms: number) => void,
) {
  const state = createState(OPTIONS, SMALL);
  apply(state, inventory([minion('m1', [MINION])]), instant(0));
  const ends = links
    .flatMap((link) => (link.endMs === undefined ? [] : [{ link, ms: link.endMs }]))
    .filter(({ ms }) => ms > START_MS && ms <= END_MS)
    .sort((a, b) => a.ms - b.ms);
  let next = 0;
  for (let ms = START_MS; ms <= END_MS; ms += scanMs) {
    for (; (ends[next]?.ms ?? Number.POSITIVE_INFINITY) <= ms; next += 1) {
      const end = ends[next];
      const row = end === undefined ? undefined : rowAt(end.link, end.ms, true);
      if (end === undefined || row === undefined) continue;
      apply(state, deaths([row], instant(end.ms)), instant(end.ms));
    }
    const rows = links.flatMap((link) => rowAt(link, ms) ?? []);
    apply(state, scan(rows, instant(ms)), instant(ms));
    look(state, ms);
  }
  return state;
}

function numbered(lived: readonly Omit<ModelLink, 'cookie'>[], beatMs: number): ModelLink[] {
  const links = lived.map((link, n) => ({ ...link, cookie: n + 2 }));
  return [sentinel(beatMs), ...links];
}

const seen = (link: ModelLink) => link.bornMs >= START_MS;

describe('the request ledger of links whose life was watched', () => {
  it('is exact about who waits, gave up and failed, without heartbeats', () => {
    const scanMs = fc.constantFrom(400, 1_000, 3_000);
    const habits = { beatMs: 0, restMs: 3_100 };
    fc.assert(
      fc.property(fc.array(lives(habits), { maxLength: 8 }), scanMs, (lived, everyMs) => {
        check(numbered(lived, 0), everyMs, { exactAge: true });
      }),
      { numRuns: RUNS },
    );
  });

  it('is exact about them with heartbeats, on phases of their own', () => {
    const scanMs = fc.constantFrom(400, 1_000, 3_000);
    const habits = { beatMs: 10_000, restMs: 3_100 };
    fc.assert(
      fc.property(fc.array(lives(habits), { maxLength: 8 }), scanMs, (lived, everyMs) => {
        check(numbered(lived, 10_000), everyMs, { exactAge: false });
      }),
      { numRuns: RUNS },
    );
  });

  it('is exact about who waits and gave up when peers ask again at once', () => {
    const habits = { beatMs: 0, restMs: 2 * JIFFY_MS };
    fc.assert(
      fc.property(fc.array(lives(habits), { maxLength: 8 }), (lived) => {
        const whole = lived.map((link) => ({
          ...link,
          exchanges: link.exchanges.map((e) =>
            e.replyBytes === FAILED_BYTES ? { ...e, replyBytes: 103 } : e,
          ),
        }));
        // A link of nobody is silent for long enough before any of them asks.
        const links = numbered(whole, 0);
        check(links, 1_000, { exactAge: true });
      }),
      { numRuns: RUNS },
    );
  });

  it('gives samples of the time of service, to an eighth where a heartbeat hides an instant', () => {
    fc.assert(
      fc.property(
        fc.array(lives({ beatMs: 10_000, restMs: 50 }), { maxLength: 6 }),
        fc.integer({ min: 8, max: 4_000 }),
        (lived, serviceMs) => {
          const links = numbered(lived, 10_000).map((link) => served(link, serviceMs));
          const state = watch(links, 1_000, () => undefined);
          const { counts, sum } = freeze(state, instant(END_MS)).requestServiceSeconds;
          const samples = counts.reduce((total, count) => total + count, 0);
          const asked = links.flatMap(({ exchanges }) => exchanges).length;
          expect(samples).toBeLessThanOrEqual(asked);
          const offMs = serviceMs / 8 + 2 * JIFFY_MS;
          expect(Math.abs(sum * 1_000 - samples * serviceMs)).toBeLessThanOrEqual(samples * offMs);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

/** The same life with each request served in the same time. */
function served(link: ModelLink, serviceMs: number): ModelLink {
  let shiftMs = 0;
  const exchanges = link.exchanges.map((exchange) => {
    const askMs = exchange.askMs + shiftMs;
    if (exchange.replyMs === undefined) return { ...exchange, askMs };
    const longer = serviceMs - (exchange.replyMs - exchange.askMs);
    shiftMs += longer;
    return { ...exchange, askMs, replyMs: askMs + serviceMs };
  });
  return { ...link, exchanges, endMs: link.endMs === undefined ? undefined : link.endMs + shiftMs };
}

function check(
  links: readonly ModelLink[],
  scanMs: number,
  { exactAge }: { readonly exactAge: boolean },
): void {
  watch(links, scanMs, (state, ms) => {
    const epoch = freeze(state, instant(ms));
    const waits = links.flatMap((link) => {
      const sinceMs = waitingSince(link, ms);
      return sinceMs === undefined ? [] : [{ link, ageMs: ms - sinceMs }];
    });
    const known = waits.filter(({ link }) => seen(link));
    expect(epoch.requestsWaiting).toBeGreaterThanOrEqual(known.length);
    expect(epoch.requestsWaiting).toBeLessThanOrEqual(waits.length);
    const oldest = Math.max(0, ...known.map(({ ageMs }) => ageMs));
    const wait = (epoch.minions.requestWaitSeconds[0] ?? Number.NaN) * 1_000;
    if (known.length === 0) expect(wait).toBeNaN();
    else if (exactAge) expect(Math.abs(wait - oldest)).toBeLessThanOrEqual(2 * JIFFY_MS);
    else expect(wait).toBeLessThanOrEqual(oldest + 2 * JIFFY_MS);

    const gone = (of: readonly ModelLink[]) => of.filter((link) => isAbandoned(link, ms)).length;
    const watched = links.filter(seen);
    expect(epoch.requestsAbandoned.minion).toBe(gone(watched));
    const old = links.filter((link) => !seen(link) && (link.endMs ?? END_MS) > START_MS);
    expect(epoch.requestsAbandoned.unknown).toBeLessThanOrEqual(gone(old));

    const failed = (of: readonly ModelLink[]) =>
      of.reduce((total, link) => total + failuresOf(link, ms), 0);
    expect(epoch.requestsFailed.minion).toBe(failed(watched));
    expect(epoch.requestsFailed.unknown).toBeLessThanOrEqual(failed(old));
  });
}
