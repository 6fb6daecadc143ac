/**
 * Scrapes as a whole: one epoch, slices, failing groups, slow and vanished clients, several at
 * once.
 */
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { Gauge } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { familiesOf, seriesOf, sumOf } from '../../../test/golden/body-lines.js';
import { fixedOptions, fixedRegistry, renderBody } from '../../../test/golden/render-body.js';
import { SKETCHES, sketchedMinions, syntheticEpoch } from '../../../test/golden/synthetic-epoch.js';
import { type Logger, silentLogger } from '../lib/log.js';
import { createExposition, SCRAPES_MAX } from './exposition.js';
import { FAMILY_GROUPS } from './families/index.js';
import { defineMinion, defineScalar, type FamilyGroup } from './family.js';

/** Keeps copies of what was written; takes each chunk when it is told to. */
class Reader extends Writable {
  readonly chunks: Buffer[] = [];
  readonly #pace: () => Promise<unknown>;

  constructor(pace: () => Promise<unknown> = () => Promise.resolve()) {
    super({ highWaterMark: 1 });
    this.#pace = pace;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(Buffer.from(chunk));
    this.#pace().then(done);
  }
}

function bigEpoch(minions: number) {
  const [sketch] = SKETCHES;
  if (sketch === undefined) throw new Error('no sketch');
  const many = Array.from({ length: minions }, (_, i) => ({ ...sketch, id: `minion-${i}` }));
  return syntheticEpoch({ minions: sketchedMinions(many) });
}

function failing(name: string, afterRows: number): FamilyGroup {
  const head = { help: 'Fails.', type: 'gauge', unit: 'none' } as const;
  return {
    name,
    heading: 'Test',
    families: [
      defineScalar({ ...head, name: 'salt_before', labels: [], sample: (_, emit) => emit(1) }),
      defineMinion({
        ...head,
        name: 'salt_minion_broken',
        labels: ['minion'],
        block: 'links',
        variants: [[]],
        value: (_, row) => {
          if (row >= afterRows) throw new Error('broken family');
          return 1;
        },
      }),
    ],
  };
}

describe('a body', () => {
  it('has per-minion sums equal to the fleet figures beside them', async () => {
    const { body } = await renderBody(syntheticEpoch());
    for (const status of ['ok', 'half_open', 'absent', 'stale', 'ambiguous', 'unknown']) {
      const label = `status="${status}"`;
      expect([status, sumOf(body, 'salt_minion_status', label)]).toEqual([
        status,
        sumOf(body, 'salt_minions', label),
      ]);
    }
    for (const port of ['publish', 'request']) {
      expect(sumOf(body, 'salt_minion_links', `port="${port}"`)).toBe(
        sumOf(body, 'salt_links', `port="${port}",peer="minion"`),
      );
    }
    expect(sumOf(body, 'salt_minion_flaps_total')).toBe(sumOf(body, 'salt_flaps_total'));
    expect(sumOf(body, 'salt_minion_connects_total')).toBe(
      sumOf(body, 'salt_connects_total', 'port="publish",peer="minion"'),
    );
  });

  it('has each family once, with its series together', async () => {
    const { body, report } = await renderBody(syntheticEpoch());
    const names = familiesOf(body);
    expect(new Set(names).size).toBe(names.length);
    const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples).toHaveLength(report.series);
    expect(new Set(samples.map((line) => line.slice(0, line.lastIndexOf(' ')))).size).toBe(
      samples.length,
    );
    const order = samples.map((line) => line.replace(/(_bucket|_sum|_count)?[{ ].*$/, ''));
    const runs = order.filter((name, i) => name !== order[i - 1]);
    expect(new Set(runs).size).toBe(runs.length);
  });

  it('does not change while it is read slowly', async () => {
    const epoch = bigEpoch(20_000);
    const whole = new Reader();
    const slow = new Reader(() => nextTurn());
    const exposition = createExposition(fixedOptions());
    await exposition.render(epoch, { format: 'openmetrics', gzip: false, out: whole });
    const counted = whole.text.replace('{result="complete"} 0', '{result="complete"} 1');
    await exposition.render(epoch, { format: 'openmetrics', gzip: false, out: slow });
    expect(slow.text === counted).toBe(true);
    expect(slow.text.endsWith('# EOF\n')).toBe(true);
  });

  it('is the same compressed', async () => {
    const epoch = bigEpoch(20_000);
    const plain = await renderBody(epoch);
    const out = new Reader();
    const exposition = createExposition(fixedOptions());
    const report = await exposition.render(epoch, { format: 'text', gzip: true, out });
    expect(gunzipSync(Buffer.concat(out.chunks)).toString() === plain.body).toBe(true);
    expect(report.bytes).toBe(Buffer.byteLength(plain.body));
  });

  it('takes an id that is longer than a chunk', async () => {
    const [sketch] = SKETCHES;
    const id = 'é"'.repeat(60_000);
    const minions = sketchedMinions([{ ...sketch, id, status: 'ok' }]);
    const { body } = await renderBody(syntheticEpoch({ minions }));
    const escaped = id.replaceAll('"', '\\"');
    expect(seriesOf(body, 'salt_minion_status')).toEqual([`{minion="${escaped}",status="ok"} 1`]);
  });

  it('leaves the event loop alone between slices', async () => {
    let turns = 0;
    let now = 0;
    // Every look at the clock takes a millisecond: a slice is over after a few.
    const options = fixedOptions({ now: () => (now += 1) });
    const exposition = createExposition(options);
    let running = true;
    const spin = async () => {
      while (running) {
        turns += 1;
        await nextTurn();
      }
    };
    const spinning = spin();
    await exposition.render(bigEpoch(20_000), { format: 'text', gzip: false, out: new Reader() });
    running = false;
    await spinning;
    expect(turns).toBeGreaterThan(30);
  });
});

describe('a group that fails', () => {
  it.each([
    ['at its first row', 0],
    ['after many rows', 3000],
  ])('%s is left out whole, and the rest stands', async (_when, afterRows) => {
    const groups = [failing('broken', afterRows), ...FAMILY_GROUPS];
    const { body, report } = await renderBody(bigEpoch(4000), { groups, format: 'openmetrics' });
    expect(body).not.toContain('salt_before');
    expect(body).not.toContain('salt_minion_broken');
    expect(body).toContain('brinescope_group_success{group="broken"} 0\n');
    expect(body).toContain('brinescope_group_success{group="links"} 1\n');
    expect(body).toContain('brinescope_group_duration_seconds{group="broken"} ');
    expect(body.endsWith('# EOF\n')).toBe(true);
    expect(report.result).toBe('complete');
  });

  it('is logged when it begins to fail, not with every scrape', async () => {
    const lines: unknown[] = [];
    const log: Logger = { ...silentLogger, error: (...line) => lines.push(line) };
    let broken = true;
    const group: FamilyGroup = {
      name: 'sometimes',
      heading: 'Test',
      families: [
        defineScalar({
          name: 'salt_sometimes',
          help: 'H.',
          type: 'gauge',
          unit: 'none',
          labels: [],
          sample: (_frame, emit) => {
            if (broken) throw new Error('out of order');
            emit(1);
          },
        }),
      ],
    };
    const exposition = createExposition(fixedOptions({ log, groups: [group] }));
    const scrape = () =>
      exposition.render(syntheticEpoch(), { format: 'text', gzip: false, out: new Reader() });
    await scrape();
    await scrape();
    expect(lines).toEqual([[expect.any(String), { group: 'sometimes', error: 'out of order' }]]);
    broken = false;
    await scrape();
    broken = true;
    await scrape();
    expect(lines).toHaveLength(2);
  });

  it('may be the one of prom-client', async () => {
    const registry = fixedRegistry();
    const collect = () => {
      throw new Error('no such file');
    };
    registry.registerMetric(new Gauge({ name: 'process_odd', help: 'H', collect, registers: [] }));
    const { body } = await renderBody(syntheticEpoch(), { registry });
    expect(body).toContain('brinescope_group_success{group="process"} 0\n');
    expect(body).not.toContain('process_cpu_seconds_total');
    expect(body).toContain('salt_flaps_total 2\n');
  });
});

describe('a client', () => {
  it('that goes away ends the work for it', async () => {
    const out = new Reader(() => new Promise(() => undefined));
    const exposition = createExposition(fixedOptions());
    const rendering = exposition.render(bigEpoch(50_000), { format: 'text', gzip: false, out });
    await nextTurn();
    out.destroy();
    const report = await rendering;
    expect(report.result).toBe('client_gone');
    expect(report.bytes).toBeLessThan(4_000_000);
  });

  it.each([false, true])('that stops reading is cut off in time (gzip %s)', async (gzip) => {
    const out = new Reader(() => new Promise(() => undefined));
    const exposition = createExposition(fixedOptions({ timeoutMs: 20 }));
    const report = await exposition.render(bigEpoch(50_000), { format: 'text', gzip, out });
    expect(report.result).toBe('timeout');
    expect(out.destroyed).toBe(true);
  });

  it.each([false, true])('that was gone before we began is no failure (gzip %s)', async (gzip) => {
    const out = new Reader();
    const closed = new Promise((resolve) => out.once('close', resolve));
    out.destroy();
    await closed;
    const exposition = createExposition(fixedOptions());
    const report = await exposition.render(syntheticEpoch(), { format: 'text', gzip, out });
    expect(report).toMatchObject({ result: 'client_gone', bytes: 0 });
  });

  it('finds in the next body how the scrapes before it ended', async () => {
    const exposition = createExposition(fixedOptions());
    const gone = new Reader();
    gone.destroy();
    await exposition.render(syntheticEpoch(), { format: 'text', gzip: false, out: gone });
    await exposition.render(syntheticEpoch(), { format: 'text', gzip: false, out: new Reader() });
    const out = new Reader();
    await exposition.render(syntheticEpoch(), { format: 'text', gzip: false, out });
    expect(seriesOf(out.text, 'brinescope_scrapes_total')).toEqual([
      '{result="complete"} 1',
      '{result="client_gone"} 1',
      '{result="timeout"} 0',
      '{result="busy"} 0',
      '{result="failed"} 0',
    ]);
  });

  it('is cut off rather than given half a body when the rendering itself fails', async () => {
    const exposition = createExposition(
      fixedOptions({
        detail: () => {
          throw new Error('no settings');
        },
      }),
    );
    const out = new Reader();
    const report = await exposition.render(syntheticEpoch(), { format: 'text', gzip: false, out });
    expect(report.result).toBe('failed');
    expect(out.destroyed).toBe(true);
  });
});

describe('scrapes at once', () => {
  it('share an epoch while they overlap, up to a second old', () => {
    let now = 0;
    let frozen = 0;
    const freeze = () => {
      frozen += 1;
      return syntheticEpoch();
    };
    const exposition = createExposition(fixedOptions({ now: () => now }));
    const first = exposition.admit(freeze);
    now = 900;
    const second = exposition.admit(freeze);
    expect(second?.epoch).toBe(first?.epoch);
    now = 1100;
    expect(exposition.admit(freeze)?.epoch).not.toBe(first?.epoch);
    expect(frozen).toBe(2);
  });

  it('get a fresh epoch once the last one ended', () => {
    const exposition = createExposition(fixedOptions());
    const first = exposition.admit(() => syntheticEpoch());
    first?.release();
    expect(exposition.admit(() => syntheticEpoch())?.epoch).not.toBe(first?.epoch);
  });

  it('are refused beyond the maximum, and admitted again after a release', () => {
    const exposition = createExposition(fixedOptions());
    const admit = () => exposition.admit(() => syntheticEpoch());
    const admitted = Array.from({ length: SCRAPES_MAX }, admit);
    expect(admitted).not.toContain(undefined);
    expect(admit()).toBeUndefined();
    admitted[0]?.release();
    admitted[0]?.release();
    expect(admit()).toBeDefined();
    expect(admit()).toBeUndefined();
  });

  it('do not lose a place when the state cannot be frozen', () => {
    const exposition = createExposition(fixedOptions());
    const broken = () => {
      throw new Error('no state');
    };
    for (let i = 0; i < SCRAPES_MAX + 1; i += 1) expect(() => exposition.admit(broken)).toThrow();
    expect(exposition.admit(() => syntheticEpoch())).toBeDefined();
  });

  it('do not share a picture that could not be taken', async () => {
    const exposition = createExposition(fixedOptions());
    const failed = exposition.admit(() => Promise.reject(new Error('no picture')));
    await expect(failed?.epoch).rejects.toThrow('no picture');
    const next = exposition.admit(() => Promise.resolve(syntheticEpoch()));
    expect((await next?.epoch)?.minions.count).toBeGreaterThan(0);
  });
});
