/** The latest result of each fault on each release, kept as counts in measured.jsonl: what the documentation shows. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SaltVersion } from '../lab/install.js';
import { confusion, type Line, type Phase } from './judge.js';

const FILE = fileURLToPath(new URL('measured.jsonl', import.meta.url));

export interface Measured {
  readonly version: SaltVersion;
  readonly fault: string;
  /** Date and time of the run. */
  readonly at: string;
  readonly jobs: number;
  /** That each job took; absent in older results. */
  readonly seconds?: number;
  readonly minions: number;
  readonly kernel: string;
  readonly node: string;
  /** Commit of the exporter under test. */
  readonly code: string;
  /** Returns, all of them real, that were called suspect; absent where they were not counted yet. */
  readonly suspects?: number;
  /** Rounds that could not be played. */
  readonly failures: readonly string[];
  readonly pairs: readonly {
    readonly phase: Phase;
    readonly truth: string;
    readonly verdict: string;
    readonly count: number;
  }[];
  readonly publishes: readonly {
    readonly reason: string;
    readonly lost: number;
    readonly counted: number;
    readonly others: number;
  }[];
}

export function readMeasured(): readonly Measured[] {
  if (!existsSync(FILE)) return [];
  const lines = readFileSync(FILE, 'utf8').split('\n').filter(Boolean);
  // `as`: written below
  return lines.map((line) => JSON.parse(line) as Measured);
}

/** Takes the place of an earlier result of the same fault and release. */
export function saveMeasured(result: Measured): void {
  const others = readMeasured().filter(
    ({ version, fault }) => version !== result.version || fault !== result.fault,
  );
  const all = [...others, result].sort((a, b) =>
    `${a.fault} ${a.version}`.localeCompare(`${b.fault} ${b.version}`),
  );
  writeFileSync(FILE, all.map((each) => `${JSON.stringify(each)}\n`).join(''));
}

/** The lines of one fault on one release. */
export function measuredOf(lines: readonly Line[]): Measured {
  const run = lines.find((line) => line.kind === 'run');
  if (run === undefined) throw new Error('lines without a run');
  const { kind: _kind, ...facts } = run;
  const phases: readonly Phase[] = ['held', 'end'];
  const pairs = phases.flatMap((phase) => {
    const own = lines.filter((line) => line.kind === 'pair').filter((line) => line.phase === phase);
    return [...confusion(own)].flatMap(([truth, row]) =>
      [...row].map(([verdict, count]) => ({ phase, truth, verdict, count })),
    );
  });
  const publishes = lines
    .filter((line) => line.kind === 'publish')
    .map(({ reason, lost, counted, others }) => ({ reason, lost, counted, others }));
  const failures = lines.flatMap((line) => (line.kind === 'failure' ? [line.why] : []));
  return { ...facts, failures, pairs, publishes };
}
