/** One frozen epoch a second at most, whoever asks and however often. */
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { syntheticEpoch } from '../../../test/golden/synthetic-epoch.js';
import type { Instant } from '../lib/clock.js';
import { createSnapshots } from './snapshots.js';

function withClock() {
  let monoMs = 0;
  let freezes = 0;
  const clock = { now: (): Instant => ({ monoMs, wallMs: monoMs }) };
  const freeze = () => {
    freezes += 1;
    return syntheticEpoch();
  };
  return {
    snapshots: createSnapshots({ freeze, clock, version: '0.1.0' }),
    freezes: () => freezes,
    pass: (ms: number) => {
      monoMs += ms;
    },
  };
}

describe('createSnapshots', () => {
  it('freezes once a second for any number of readers', async () => {
    const { snapshots, freezes, pass } = withClock();
    for (let reader = 0; reader < 100; reader += 1) {
      await snapshots.overview(undefined);
      await snapshots.overview('absent');
      await snapshots.epoch();
    }
    expect(freezes()).toBe(1);
    pass(999);
    await snapshots.epoch();
    expect(freezes()).toBe(1);
    pass(1);
    await snapshots.overview(undefined);
    expect(freezes()).toBe(2);
  });

  it('tags each picture and each filter apart, and one picture alike', async () => {
    const { snapshots, pass } = withClock();
    const first = await snapshots.overview(undefined);
    expect(await snapshots.overview(undefined)).toBe(first);
    const filtered = await snapshots.overview('absent');
    pass(1000);
    const tags = [first.etag, filtered.etag, (await snapshots.overview(undefined)).etag];
    expect(new Set(tags).size).toBe(3);
    for (const tag of tags) expect(tag).toMatch(/^W\/"[\w-]+"$/);
  });

  it('never tags alike in two runs', async () => {
    const [one, two] = [withClock(), withClock()];
    const { etag } = await one.snapshots.overview(undefined);
    expect((await two.snapshots.overview(undefined)).etag).not.toBe(etag);
  });

  it('shares a picture that is still being taken', async () => {
    const { snapshots, freezes } = withClock();
    const [one, two] = await Promise.all([snapshots.overview('ok'), snapshots.overview('ok')]);
    expect(one).toBe(two);
    expect(await snapshots.epoch()).toBe(await snapshots.epoch());
    expect(freezes()).toBe(1);
  });

  it('tries again after a picture that could not be taken', async () => {
    let isBroken = true;
    const snapshots = createSnapshots({
      freeze: () => (isBroken ? Promise.reject(new Error('broken')) : syntheticEpoch()),
      clock: { now: () => ({ monoMs: 0, wallMs: 0 }) },
      version: '0.1.0',
    });
    await expect(snapshots.overview(undefined)).rejects.toThrow('broken');
    isBroken = false;
    expect((await snapshots.overview(undefined)).json.length).toBeGreaterThan(0);
  });

  it('compresses the same bytes, once', async () => {
    const { snapshots } = withClock();
    const body = await snapshots.overview(undefined);
    const [one, two] = await Promise.all([body.gzipped(), body.gzipped()]);
    expect(one).toBe(two);
    expect(gunzipSync(one).equals(body.json)).toBe(true);
    expect(one.length).toBeLessThan(body.json.length);
  });
});
