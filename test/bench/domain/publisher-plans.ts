/** Random plans for runs of the publisher in miniature: one seed, one plan. */
import { seeded } from './publisher-model.js';

export interface RunPlan {
  readonly seed: number;
  readonly hwm: number;
  readonly links: number;
  readonly pingMs: number | undefined;
  readonly sizeOf: (random: () => number) => number;
  readonly seconds: number;
  /** The bus announces every publish. */
  readonly announced: boolean;
  /** What the bus tells comes so much later than it happened, and up to 20 ms more. */
  readonly busLateMs: number;
  /** Disturbances that may happen. */
  readonly acts: readonly Act[];
  readonly servicesPerMs: number;
  /** Most messages of one burst, and most a millisecond. */
  readonly burstMost: number;
  readonly ratePerMs: number;
  /** So many bursts, each followed by a pause in which everybody reads all; 0 = no pauses. */
  readonly rounds: number;
}

export type Act = 'stop' | 'slow' | 'freeze' | 'kill' | 'pause' | 'late';

const MARKS = [10, 20, 50, 100, 500, 2_000] as const;
const INTERVALS = [undefined, 100, 1_000, 10_000] as const;
const ACTS: readonly (readonly Act[])[] = [
  ['stop'],
  ['stop', 'slow'],
  ['stop', 'slow', 'freeze', 'pause', 'late'],
  ['stop', 'kill'],
  ['freeze', 'pause', 'late'],
];

/** The plan of a seed: sizes all alike, as Salt's, of 22 to 20,000 or to 200,000 bytes. */
export function planOf(seed: number): RunPlan {
  const random = seeded(seed * 7_919);
  const pick = <T>(list: readonly T[]): T => {
    const picked = list[Math.floor(random() * list.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  };
  const one = 22 + Math.floor(random() * 60_000);
  const sizeOf = pick([
    () => one,
    (next: () => number) => 472 + 16 * Math.floor(next() * 3),
    (next: () => number) => 22 + Math.floor(next() * 20_000),
    (next: () => number) => 22 + Math.floor(next() * 200_000),
  ]);
  const hwm = pick(MARKS);
  return {
    seed,
    hwm,
    links: 2 + Math.floor(random() * 4),
    pingMs: pick([...INTERVALS].map((ms) => ({ ms }))).ms,
    sizeOf,
    seconds: 40,
    announced: random() < 0.5,
    busLateMs: 0,
    acts: pick(ACTS),
    servicesPerMs: 20 + Math.floor(random() * 100),
    burstMost: hwm * 4,
    ratePerMs: pick([0.03, 0.1, 0.5, Math.max(0.5, hwm / 40)]),
    rounds: 0,
  };
}

/** The plan of a seed in which bursts meet slow readers and pauses follow: losses in several holes. */
export function slowPlanOf(seed: number): RunPlan {
  const plan = planOf(seed);
  const random = seeded(seed * 6_007);
  const hwm = 10 + Math.floor(random() ** 3 * 990);
  return {
    ...plan,
    hwm,
    announced: true,
    busLateMs: seed % 3 === 0 ? random() * 3_000 : 0,
    acts: seed % 4 === 0 ? ['slow', 'stop', 'freeze', 'pause', 'late'] : ['slow', 'slow', 'stop'],
    burstMost: hwm * 4,
    ratePerMs: (hwm / 100) * 0.2 ** random(),
    rounds: 6,
  };
}

/** Of a hundred messages of a plan. */
export function meanBytes({ seed, sizeOf }: RunPlan): number {
  const random = seeded(seed ^ 0x5eed);
  return Array.from({ length: 100 }, () => sizeOf(random)).reduce((a, b) => a + b, 0) / 100;
}
