/** Recommendations of the API: whole with data, honest without; the documentation says the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emptyEpoch, syntheticEpoch } from '../../../test/golden/synthetic-epoch.js';
import { DOCUMENTED_8000, SOCKET_MARKS } from '../domain/socket-marks.js';
import { familyCatalogue } from '../metrics/catalogue.js';
import { recommendationsView } from './advice-view.js';
import { advicePairs } from './page/advice-words.js';

const DOCS = new URL('../../docs/high-water-marks.md', import.meta.url);

describe('the recommendations', () => {
  it('rest on what was measured', () => {
    const view = recommendationsView(syntheticEpoch());
    expect(view.measured).toEqual({
      burstMessagesMax: 700,
      queueMessagesMax: 750,
      lagMessagesMax: 900,
      stallSecondsMax: 4.25,
      droppedAtMark: 35,
      requestsWaitingMax: 8,
      watchedSeconds: 7_186,
    });
    expect(view.options).toEqual({ pub_hwm: 1_000, worker_threads: 5 });
    expect(view.ignoredOptions).toEqual(['salt_event_pub_hwm']);
    expect(view.advice.map(({ option, verdict }) => [option, verdict])).toEqual([
      ['pub_hwm', 'raise'],
      ['worker_threads', 'ineffective'],
    ]);
    expect(view.advice[0]?.recommended).toBe(2_048);
  });

  it('say unknown where nothing was seen, never 0', () => {
    const view = recommendationsView(emptyEpoch());
    expect(view.options).toBeNull();
    expect(view.measured).toMatchObject({ burstMessagesMax: null, requestsWaitingMax: null });
    for (const advice of view.advice)
      expect(advice).toMatchObject({ verdict: 'unknown', current: null, recommended: null });
    expect(advicePairs(view.advice).map(({ word, cells }) => `${word}: ${cells.join()}`)).toEqual([
      "pub_hwm: not known: nothing can be said yet. The master's configuration is not known.",
      "worker_threads: not known: nothing can be said yet. The master's configuration is not known.",
    ]);
  });

  it('stand on the page in words', () => {
    const { advice } = recommendationsView(syntheticEpoch());
    const [mark, workers] = advicePairs(advice).map(({ cells }) => cells.join());
    expect(mark).toMatch(/^1,?000; raise it to 2,?048\. At most 700 messages/);
    expect(workers).toMatch(/^5; another value would not help\. 1 of 5 workers/);
  });

  it('name families that there are', () => {
    const known = new Set(familyCatalogue().map(({ name }) => name));
    const named = SOCKET_MARKS.flatMap(({ families }) => families);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('stand in the documentation, row by row', () => {
    const text = readFileSync(DOCS, 'utf8');
    for (const { type, socket, atMark, detail, mark, families } of SOCKET_MARKS) {
      const figures = families.map((name) => `\`${name}\``).join(' ');
      expect(text).toContain(
        `| ${type} | ${socket} | ${atMark}. ${detail} | ${mark} | ${figures} |`,
      );
    }
    expect(text).toContain(DOCUMENTED_8000);
  });
});
