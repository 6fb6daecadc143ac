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
  it('freezes once a second for any number of readers', () => {
    const { snapshots, freezes, pass } = withClock();
    for (let reader = 0; reader < 100; reader += 1) {
      snapshots.overview(undefined);
      snapshots.overview('absent');
      snapshots.epoch();
    }
    expect(freezes()).toBe(1);
    pass(999);
    snapshots.epoch();
    expect(freezes()).toBe(1);
    pass(1);
    snapshots.overview(undefined);
    expect(freezes()).toBe(2);
  });

  it('tags each picture and each filter apart, and one picture alike', () => {
    const { snapshots, pass } = withClock();
    const first = snapshots.overview(undefined);
    expect(snapshots.overview(undefined)).toBe(first);
    const filtered = snapshots.overview('absent');
    pass(1000);
    const tags = [first.etag, filtered.etag, snapshots.overview(undefined).etag];
    expect(new Set(tags).size).toBe(3);
    for (const tag of tags) expect(tag).toMatch(/^W\/"[\w-]+"$/);
  });

  it('never tags alike in two runs', () => {
    const tags = [withClock(), withClock()].map(
      ({ snapshots }) => snapshots.overview(undefined).etag,
    );
    expect(tags[0]).not.toBe(tags[1]);
  });

  it('compresses the same bytes, once', async () => {
    const { snapshots } = withClock();
    const body = snapshots.overview(undefined);
    const [one, two] = await Promise.all([body.gzipped(), body.gzipped()]);
    expect(one).toBe(two);
    expect(gunzipSync(one).equals(body.json)).toBe(true);
    expect(one.length).toBeLessThan(body.json.length);
  });
});
