/** Names learned amid what real fleets do: heartbeats over ages, requests without events, a late bus. */
import { describe, expect, it } from 'vitest';
import { soak } from '../../../test/bench/identity/model.mjs';
import { apply, createState, DEFAULT_LIMITS } from './index.js';
import { findLink } from './link-table.js';

const domain = { apply, createState, findLink, limits: DEFAULT_LIMITS };
const CASES = [
  { what: 'ten that return together', minions: 10, rounds: 12, seeds: 6, least: 0.8 },
  { what: 'four of ten', minions: 10, perRound: 4, rounds: 20, seeds: 4, least: 0.6 },
  { what: 'forty together', minions: 40, rounds: 10, seeds: 3, least: 0.5 },
  {
    what: 'ten among 100 strangers',
    minions: 10,
    strangers: 100,
    rounds: 12,
    seeds: 3,
    least: 0.3,
  },
];

describe('request links behind a router', () => {
  it.each(CASES)('are named, and none wrongly: $what', ({ seeds, least, ...options }) => {
    for (let seed = 101; seed < 101 + seeds; seed += 1) {
      const { named, wrong } = soak(domain, { ...options, seed });
      expect(wrong).toEqual([]);
      expect(named.at(-1), `seed ${seed}`).toBeGreaterThanOrEqual(least * options.minions);
    }
  });
});
