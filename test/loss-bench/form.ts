/** Which faults a run plays, on which releases and how often: `npm run loss-bench -- --version 3008.5 --fault hwm`. */
import { SALT_VERSIONS, type SaltVersion } from '../lab/install.js';
import type { Fault } from './fault.js';
import { FAULTS, QUICK } from './faults/index.js';

export interface Form {
  readonly versions: readonly SaltVersion[];
  readonly faults: readonly Fault[];
  readonly jobs: number;
  readonly minions: number;
  /** Every line of truth and verdict is appended here. */
  readonly report: string | undefined;
  /** Puts what was measured into measured.jsonl, in the place of what stood there for this fault and release. */
  readonly save: boolean;
}

/** What `run.mjs` found on its command line; all of it is optional. */
interface Switches {
  readonly version?: string;
  readonly fault?: string;
  readonly jobs?: string;
  readonly minions?: string;
  readonly report?: string;
  readonly save?: boolean;
}

const LONG = { jobs: 30, minions: 10 } as const;
const SHORT = { jobs: 4, minions: 4 } as const;
const DAY_MS = 86_400_000;

/** Without switches it is the short form: quick faults on one release, another one each day. */
export function readForm(text: string | undefined, wallMs: number): Form {
  if (text === undefined) {
    const today = SALT_VERSIONS[Math.floor(wallMs / DAY_MS) % SALT_VERSIONS.length];
    const faults = FAULTS.filter(({ name }) => QUICK.some((quick) => quick === name));
    const versions = today === undefined ? [] : [today];
    return { ...SHORT, versions, faults: faults.map(shortened), report: undefined, save: false };
  }
  // `as`: written by run.mjs beside this file
  const switches = JSON.parse(text) as Switches;
  const jobs = positive(switches.jobs, LONG.jobs);
  const faults = chosen(switches.fault, FAULTS, ({ name }) => name);
  return {
    versions: chosen(switches.version, SALT_VERSIONS, (version) => version),
    faults: jobs < LONG.jobs ? faults.map(shortened) : faults,
    jobs,
    minions: positive(switches.minions, LONG.minions),
    report: switches.report,
    save: switches.save ?? false,
  };
}

function shortened(fault: Fault): Fault {
  const { shortSeconds: seconds = fault.jobs.seconds } = fault.jobs;
  return { ...fault, jobs: { ...fault.jobs, seconds } };
}

function chosen<T>(names: string | undefined, all: readonly T[], nameOf: (each: T) => string): T[] {
  if (names === undefined) return [...all];
  return names.split(',').map((name) => {
    const found = all.find((each) => nameOf(each) === name);
    if (found !== undefined) return found;
    throw new Error(`there is no "${name}": choose from ${all.map(nameOf).join(', ')}`);
  });
}

function positive(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`"${text}" is no number of jobs or minions`);
}
