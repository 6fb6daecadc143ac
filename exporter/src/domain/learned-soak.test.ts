/** Names learned amid what real fleets do: heartbeats over ages, requests without events, a late bus. */
import { describe, expect, it } from 'vitest';
import { soak } from '../../../test/bench/identity/model.mjs';
import { clearRow, createBusColumns } from './bus-batch.js';
import { apply, createState, DEFAULT_LIMITS } from './index.js';
import { findLink } from './link-table.js';
import { BUS_KINDS } from './vocabulary.js';

const bus = { createBusColumns, clearRow, kinds: BUS_KINDS };
const domain = { apply, createState, findLink, limits: DEFAULT_LIMITS, bus };
const SIX = { minions: 6, outside: 4 };
const CASES = [
  { what: 'six of ten, two pings each', ...SIX, single: true, rounds: 2, seeds: 4, least: 0.8 },
  { what: 'six of ten, seven pings of all', ...SIX, rounds: 7, seeds: 4, least: 0.8 },
  {
    what: 'six of ten that no heartbeat hides',
    ...SIX,
    rounds: 7,
    heartbeats: false,
    seeds: 4,
    least: 0.8,
  },
  {
    what: 'six of ten among 200 strangers',
    ...SIX,
    strangers: 200,
    rounds: 7,
    seeds: 3,
    least: 0.8,
  },
  {
    what: 'six of ten with a bus late by seconds',
    ...SIX,
    late: 0.5,
    rounds: 10,
    seeds: 3,
    least: 0.8,
  },
  {
    what: 'six whose links end all the time',
    ...SIX,
    restarts: 1.7,
    rounds: 30,
    seeds: 2,
    least: 0,
  },
  { what: 'four of ten', minions: 10, perRound: 4, rounds: 20, seeds: 3, least: 0.6 },
  { what: 'forty together', minions: 40, rounds: 8, seeds: 2, least: 0.8 },
];

describe('request links behind a router', () => {
  it.each(CASES)('are named, and none wrongly: $what', ({ seeds, least, what: _, ...options }) => {
    for (let seed = 101; seed < 101 + seeds; seed += 1) {
      const { named, wrong } = soak(domain, { ...options, seed });
      expect(wrong).toEqual([]);
      expect(named.at(-1), `seed ${seed}`).toBeGreaterThanOrEqual(least * options.minions);
    }
  });
});
