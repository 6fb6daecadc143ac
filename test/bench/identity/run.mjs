/**
 * How many returns name the request links behind one router, and how many names are wrong, with the
 * noise that real fleets make: `npm run bench -- identity`, or `node run.mjs RUNS` for more of it.
 */
import { clearRow, createBusColumns } from '../../../exporter/dist/domain/bus-batch.js';
import { apply, createState, DEFAULT_LIMITS } from '../../../exporter/dist/domain/index.js';
import { findLink } from '../../../exporter/dist/domain/link-table.js';
import { BUS_KINDS } from '../../../exporter/dist/domain/vocabulary.js';
import { soak } from './model.mjs';

const RUNS = Number(process.argv[2] ?? 20);
const bus = { createBusColumns, clearRow, kinds: BUS_KINDS };
const domain = { apply, createState, findLink, limits: DEFAULT_LIMITS, bus };
const SIX = { minions: 6, outside: 4 };
const CASES = [
  { what: 'six of ten, each alone', ...SIX, single: true, rounds: 4 },
  { what: 'the same, 200 strangers', ...SIX, single: true, rounds: 4, strangers: 200 },
  { what: 'six of ten together', ...SIX, rounds: 7 },
  { what: 'the same, no heartbeats', ...SIX, rounds: 7, heartbeats: false },
  { what: 'the same, 200 strangers', ...SIX, rounds: 7, strangers: 200 },
  { what: 'the same, a bus late by seconds', ...SIX, rounds: 7, late: 0.5 },
  { what: 'six of ten, links end all the time', ...SIX, rounds: 30, restarts: 1.7, strangers: 20 },
  { what: 'four of ten', minions: 10, perRound: 4, rounds: 30 },
  { what: 'forty together', minions: 40, rounds: 30 },
  { what: 'forty together, 200 strangers', minions: 40, rounds: 30, strangers: 200 },
  { what: 'hundred together', minions: 100, rounds: 40 },
];

const percentile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

console.log('rounds until half, nine in ten and all links are named, median of runs (worst)');
for (const { what, ...options } of CASES) {
  const runs = Array.from({ length: RUNS }, (_, run) =>
    soak(domain, { ...options, seed: run + 1 }),
  );
  const { minions } = options;
  const roundsFor = (share) => {
    const found = runs.map(({ named }) => named.findIndex((count) => count >= share * minions) + 1);
    const sorted = found.map((round) => (round === 0 ? Infinity : round)).sort((a, b) => a - b);
    return `${percentile(sorted, 0.5)} (${sorted.at(-1)})`;
  };
  const end = runs.reduce((sum, { named }) => sum + named.at(-1), 0) / (RUNS * minions);
  const wrong = runs.reduce((sum, run) => sum + run.wrong.length, 0);
  const returns = runs.reduce((sum, run) => sum + run.returns, 0);
  const rounds = [0.5, 0.9, 1].map(roundsFor).join(', ');
  console.log(
    `${what}: ${rounds}; named at the end ${(100 * end).toFixed(1)} %; wrong ${wrong} of ${returns} returns in ${RUNS} runs`,
  );
  for (const { wrong: names } of runs) for (const name of names) console.log(`  wrong: ${name}`);
}
