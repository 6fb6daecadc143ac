/** What a fault of the bench is: how it is injected and healed, and what is then true of a pair that did not return. */
import type { SaltOptions } from '../lab/daemon.js';
import type { SaltVersion } from '../lab/install.js';
import type { Scene } from './scene.js';

/** `4_or_5`: nobody can tell from the master; `unknown`: nothing decides. */
export type Link = '2' | '3' | '4' | '5' | '6' | '4_or_5' | 'unknown';

export interface Cause {
  readonly link: Link;
  readonly reason: string;
}

/** What those who were there wrote down of one pair. */
export interface PairFacts {
  readonly jid: string;
  readonly minion: string;
  /** Number of the job in its round, in the order of publishing. */
  readonly index: number;
  /** The injector picked this minion in this round. */
  readonly victim: boolean;
  /** By the minion's own record. */
  readonly started: boolean;
  readonly ended: boolean;
  /** The master's job cache holds the return. */
  readonly kept: boolean;
  /** The event bus of the master told of the return. */
  readonly told: boolean;
}

export interface JobShape {
  /** Jobs that one injection covers; more are published in further rounds. */
  readonly perRound: number;
  readonly seconds: number;
  /** Of the argument; small unless given. */
  readonly bytes?: number;
  /** The burst is what loses: a round is never cut down. */
  readonly wholeRounds?: boolean;
  /** The client stays and asks with `find_job`. */
  readonly ask?: boolean;
  /** Instead of `seconds` in the short form. */
  readonly shortSeconds?: number;
  /** As many jobs as fit into so many rounds, and no more. */
  readonly roundsMost?: number;
}

/** What a lab has to be started with; faults with equal needs share one. */
export interface LabNeeds {
  readonly name: string;
  readonly master?: SaltOptions;
  readonly minion?: SaltOptions;
}

/** Share of lost pairs that may stay undecided, stated before the run, and why. */
export interface Ceiling {
  readonly share: number;
  readonly why: string;
}

export interface Fault {
  readonly name: string;
  /** One sentence: what is done to whom. */
  readonly what: string;
  readonly lab: LabNeeds;
  readonly jobs: JobShape;
  /** `losses`: some pairs are lost, or the injection failed; `none`: everything returns in the end. */
  readonly expects: 'losses' | 'none' | 'either' | 'publishes';
  /** Victims of a round; default: two of four, four of ten. */
  readonly victims?: 'some' | 'all' | 'none';
  /** Before the jobs are published. */
  readonly before?: (scene: Scene) => Promise<void>;
  /** Instead of publishing the round's jobs to all minions. */
  readonly publish?: (scene: Scene) => Promise<void>;
  /** Once they are published. */
  readonly after?: (scene: Scene) => Promise<void>;
  /** The verdicts are read while the fault lasts, too. */
  readonly judgedWhileHeld?: boolean;
  readonly heal?: (scene: Scene) => Promise<void>;
  /** Why this pair did not return; undefined = this fault does not explain it. */
  readonly lost?: (pair: PairFacts, scene: Scene) => Cause | undefined;
  /** Why nobody was told of a return that the job cache holds; undefined = it counts as returned. */
  readonly untold?: (pair: PairFacts, scene: Scene) => Cause | undefined;
  /** Publishes that never became a job, by the reason they are counted under. */
  readonly publishesLost?: (scene: Scene) => { readonly reason: string; readonly count: number };
  /** Default: 0, every lost pair can be decided. */
  readonly unknown?: (version: SaltVersion) => Ceiling;
}

export const DECIDABLE: Ceiling = { share: 0, why: 'everything needed is seen from the master' };
