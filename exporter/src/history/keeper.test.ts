/** The store's thread without its thread: retention by age and by bytes, memory against file, a disk that fails. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { EventLog } from './event-log.js';
import { Keeper } from './keeper.js';
import type { StoreState } from './protocol.js';
import type { EventsFound, TimelineAsked } from './queries.js';
import type { HistorySettings, ToldRecord } from './record.js';
import type { TimelineView } from './timeline-view.js';

const HOUR_MS = 3_600_000;
const BEGIN_MS = Date.UTC(2026, 2, 1);

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

/** A keeper whose clock the test sets. */
class Stand {
  nowMs = BEGIN_MS;
  state: StoreState | undefined;
  readonly keeper: Keeper;
  readonly #log = new EventLog();
  readonly path = mkdtempSync(join(tmpdir(), 'brinescope-keeper-'));

  constructor(settings: Partial<HistorySettings> = {}) {
    this.keeper = new Keeper({
      settings: { path: this.path, retentionMs: 14 * 24 * HOUR_MS, maxBytes: 1e9, ...settings },
      now: () => this.nowMs,
      onState: (state) => {
        this.state = state;
      },
    });
    this.keeper.flush();
    undo.push(() => {
      this.keeper.close();
      rmSync(this.path, { recursive: true, force: true });
    });
  }

  tell(...events: Parameters<EventLog['add']>[0]): readonly ToldRecord[] {
    const told = this.#log.add(events, this.nowMs);
    this.keeper.tell(told);
    this.keeper.flush();
    return told;
  }

  ids(): number[] {
    const asked = {
      kind: 'events',
      kinds: undefined,
      minions: undefined,
      jid: undefined,
      fromMs: undefined,
      toMs: undefined,
      beyondId: undefined,
      order: 'asc',
      limit: 5_000,
    } as const;
    // What the question asks for.
    const found = this.keeper.answer(asked) as EventsFound;
    return found.rows.map(({ id }) => id);
  }

  timeline(asked: Partial<TimelineAsked> = {}): TimelineView {
    const bytes = this.keeper.answer({
      kind: 'timeline',
      fromMs: this.nowMs - 6 * HOUR_MS,
      toMs: this.nowMs,
      nowMs: this.nowMs,
      columns: 120,
      minions: undefined,
      search: undefined,
      states: undefined,
      sort: 'name',
      limit: 100,
      offset: 0,
      encoding: 'arrays',
      history: { state: 'works', detail: '', fromMs: null, bytes: null, dropped: 0 },
      ...asked,
    });
    // The bytes of its JSON text.
    return JSON.parse(Buffer.from(bytes as Uint8Array).toString()) as TimelineView;
  }
}

describe('the retention', () => {
  it('forgets by age, and still knows what everybody was', () => {
    const stand = new Stand({ retentionMs: 4 * HOUR_MS });
    const status = { kind: 'status', minion: 'quiet', status: 'stalled', evidence: '' } as const;
    stand.tell({ ...status, wallMs: stand.nowMs });
    const told: number[] = [];
    for (let hour = 1; hour <= 12; hour += 1) {
      stand.nowMs = BEGIN_MS + hour * HOUR_MS;
      const came = { kind: 'connect', minion: 'busy', wallMs: stand.nowMs, evidence: 2 } as const;
      told.push(...stand.tell(came).map(({ id }) => id));
      stand.keeper.upkeep();
    }
    expect(stand.ids()).toEqual(told.slice(7));
    const view = stand.timeline({ fromMs: stand.nowMs - 3 * HOUR_MS });
    expect(view.rows.ids).toEqual(['busy', 'quiet']);
    expect(view.rows.last[1]).toBe(view.states.indexOf('stalled'));
    expect(view.rows.sinceMs[1]).toBeNull();
  });

  it('forgets the oldest when there are too many bytes, and gives them back', () => {
    const maxBytes = 400_000;
    const stand = new Stand({ maxBytes });
    const told: number[] = [];
    for (let minute = 1; minute <= 240; minute += 1) {
      stand.nowMs = BEGIN_MS + minute * 60_000;
      const evidence = `${minute} `.repeat(60);
      const events = Array.from({ length: 20 }, (_, n) => {
        return {
          kind: n % 2 === 0 ? 'connect' : 'loss',
          minion: `m${n}`,
          wallMs: stand.nowMs,
          evidence,
        } as const;
      });
      told.push(...stand.tell(...events).map(({ id }) => id));
      stand.keeper.upkeep();
    }
    expect(stand.state?.bytes).toBeLessThanOrEqual(maxBytes);
    const kept = stand.ids();
    expect(kept.length).toBeGreaterThan(100);
    expect(kept).toEqual(told.slice(-kept.length));
    expect(stand.timeline({ fromMs: BEGIN_MS }).rows.ids).toHaveLength(10);
  });

  it('shows who never changed since the oldest that is left', () => {
    const stand = new Stand({ retentionMs: 4 * HOUR_MS });
    stand.tell({ kind: 'status', minion: 'm', status: 'ok', wallMs: stand.nowMs, evidence: '' });
    for (let hour = 1; hour <= 8; hour += 1) {
      stand.nowMs = BEGIN_MS + hour * HOUR_MS;
      stand.tell({ kind: 'gap', wallMs: stand.nowMs, evidence: '' });
      stand.keeper.upkeep();
    }
    const view = stand.timeline({ fromMs: BEGIN_MS - 24 * HOUR_MS });
    expect(view.rows.ids).toEqual(['m']);
    expect(view.notices).toHaveLength(1);
  });
});

type Step =
  | { readonly kind: 'status'; readonly minion: number; readonly status: 'ok' | 'slow' | 'absent' }
  | { readonly kind: 'flap' | 'drop'; readonly minion: number }
  | { readonly kind: 'sample'; readonly pressures: readonly number[] }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'upkeep' | 'look' };

const MINIONS = 4;
const minion = fc.integer({ min: 0, max: MINIONS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    minion,
    status: fc.constantFrom('ok', 'slow', 'absent'),
  }),
  fc.record({ kind: fc.constantFrom('flap', 'drop'), minion }),
  fc.record({
    kind: fc.constant('sample' as const),
    pressures: fc.array(fc.constantFrom(0, 0.25, 0.25, 0.7), {
      minLength: MINIONS,
      maxLength: MINIONS,
    }),
  }),
  fc.record({ kind: fc.constant('wait' as const), minutes: fc.constantFrom(1, 1, 7, 200) }),
  fc.record({ kind: fc.constantFrom('upkeep' as const, 'look' as const) }),
);

function take(stand: Stand, told: Step): void {
  const wallMs = stand.nowMs;
  switch (told.kind) {
    case 'wait':
      stand.nowMs += told.minutes * 60_000;
      break;
    case 'upkeep':
      stand.keeper.upkeep();
      break;
    case 'look':
      stand.timeline();
      break;
    case 'sample': {
      const idle = () => new Float32Array(MINIONS);
      stand.keeper.sample({
        wallMs,
        ids: IDS,
        pressure: Float32Array.from(told.pressures),
        lagSeconds: idle(),
        waitSeconds: idle(),
        rttSeconds: idle(),
      });
      stand.nowMs += 10_000;
      break;
    }
    default: {
      const status = told.kind === 'status' ? told.status : undefined;
      stand.tell({ kind: told.kind, minion: IDS[told.minion], status, wallMs, evidence: 1 });
    }
  }
}

const IDS = Array.from({ length: MINIONS }, (_, n) => `m${n}`);

describe('the latest day in memory', () => {
  it('says what the file says, however it came together', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 80 }), (steps) => {
        const stand = new Stand();
        for (const told of steps) take(stand, told);
        const toMs = stand.nowMs;
        const range = { fromMs: toMs - 3 * HOUR_MS, toMs, columns: 90 };
        const held = stand.timeline(range);
        // Asked two days later it is no question for the memory, and steps of a minute are there still.
        const read = stand.timeline({ ...range, nowMs: toMs + 48 * HOUR_MS });
        expect({ ...held, atMs: 0 }).toEqual({ ...read, atMs: 0 });
        undo.pop()?.();
      }),
      { numRuns: 25 },
    );
  });
});
