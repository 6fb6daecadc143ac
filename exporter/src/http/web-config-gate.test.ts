/** Credentials in a header, and the rate limit by a clock made by hand. */
import { describe, expect, it } from 'vitest';
import { credentials, TokenBucket } from './web-config-gate.js';

const header = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('credentials', () => {
  it.each([
    [header('anna:secret'), { name: 'anna', password: 'secret' }],
    [header('anna:a:b'), { name: 'anna', password: 'a:b' }],
    [header('anna:'), { name: 'anna', password: '' }],
    [header('änna:pässwörd'), { name: 'änna', password: 'pässwörd' }],
    [header('anna:x').replace('Basic', 'bAsIc  '), { name: 'anna', password: 'x' }],
    [header('anna'), undefined],
    ['Basic', undefined],
    ['Basic ', undefined],
    ['Basic an na:x', undefined],
    [header('anna:x').replace('Basic', 'Bearer'), undefined],
    [undefined, undefined],
  ])('of %j are %j', (text, expected) => {
    expect(credentials(text)).toEqual(expected);
  });
});

describe('the rate limit', () => {
  it('lets a burst through, then one more each interval, and never more than the burst', () => {
    let nowMs = 5_000;
    const bucket = new TokenBucket(() => nowMs);
    const limit = { intervalSeconds: 0.5, burst: 2 };
    const take = (times: number) => Array.from({ length: times }, () => bucket.take(limit));
    expect(take(3)).toEqual([true, true, false]);
    nowMs += 499;
    expect(take(1)).toEqual([false]);
    nowMs += 1;
    expect(take(2)).toEqual([true, false]);
    nowMs += 60_000;
    expect(take(3)).toEqual([true, true, false]);
    expect(bucket.take({ intervalSeconds: 0.5, burst: 1 })).toBe(true);
    expect(bucket.take(undefined)).toBe(true);
  });
});
