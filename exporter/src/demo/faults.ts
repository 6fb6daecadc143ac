/** The script: which fault befalls whom and when, again and again; the same seed gives the same order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action } from './fleet.js';
import { CREWS, type FleetPlan, type MinionPlan, type Role, randomFrom } from './plan.js';

export const FAULTS = [
  'flap',
  'unplug',
  'freeze',
  'rack',
  'vanish',
  'slow',
  'stranger',
  'grains',
  'publisher',
  'master',
] as const;
export type Fault = (typeof FAULTS)[number];

/** One thing to do; `phase` is set where a fault begins or ends. */
export interface Step {
  readonly atSeconds: number;
  readonly action: Action;
  readonly fault: Fault;
  readonly phase: 'begin' | 'end' | undefined;
  readonly minions: readonly string[];
  /** For people; undefined when it is not worth a line. */
  readonly text: string | undefined;
}

/** Length of one round. */
export const ROUND_SECONDS = 240;

const FLAP_EVERY_SECONDS = 20;
const FLAP_FIRST_SECONDS = 8;
const UNPLUG = { at: 20, lasts: 25 };
/** Longer than the heartbeats' 30 s: the master gives the frozen minions up. */
const FREEZE = { at: 50, lasts: 50 };
const RACK = { at: 112, lasts: 2 };
const VANISH = { at: 130, lasts: 80 };
const BURST_AT = [70, 185];
const BURST_MESSAGES = 60;
const BURST_LOAD_BYTES = 20_000;
const PUBLISHER_AT = 165;
const MASTER_AT = 225;
const MASTER_DOWN_MS = 1_500;
/** Short enough that nobody's status rests on it. */
const STRANGER = { every: 45, first: 30, lasts: 1.5 };
const GRAINS_AT = 90;
/** So long after a fault began everybody is asked: who suffers from it does not return. */
const ASKED_AFTER = { unplug: 6, freeze: 6, rack: 0.8, vanish: 10 };
/** Below this a rack that flaps is no storm. */
const RACK_MINIONS_MIN = 10;

/** The steps of one round, in order of time. */
export function planRound(plan: FleetPlan, faults: readonly Fault[], seed: number): Step[] {
  const random = randomFrom(seed);
  const ids = (role: Role) =>
    plan.minions.filter((minion) => minion.role === role).map((minion) => minion.id);
  const steps: Step[] = [
    ...flapSteps(ids('flapping'), random),
    ...unplugSteps(ids('unplugged')),
    ...freezeSteps(ids('stopped')),
    ...rackSteps(plan, random),
    ...vanishSteps(ids('vanishing')),
    ...burstSteps(ids('slow')),
    ...jobStep('unplug', UNPLUG, ids('unplugged')),
    ...jobStep('freeze', FREEZE, ids('stopped')),
    ...jobStep('vanish', VANISH, ids('vanishing')),
    ...strangerSteps(ids('stranger')),
    single('grains', GRAINS_AT, {
      action: { do: 'cache_grains', minions: ids('fresh') },
      text: `${list(ids('fresh'))}: its grains are cached now, so its link has a name`,
    }),
    single('publisher', PUBLISHER_AT, {
      action: { do: 'restart_publisher' },
      text: 'the publish daemon restarts: every publish link ends, request links stay',
    }),
    single('master', MASTER_AT, {
      action: { do: 'restart_master', downMs: MASTER_DOWN_MS },
      text: 'the master restarts: every link ends and comes back',
    }),
  ];
  return steps
    .filter((step) => faults.includes(step.fault))
    .sort((a, b) => a.atSeconds - b.atSeconds);
}

/** Runs steps at their times, `tempo` times faster, until the end or until the signal; a step never overlaps the next. */
export async function playRound(
  steps: readonly Step[],
  options: { readonly tempo: number; readonly signal: AbortSignal; readonly seconds: number },
  perform: (step: Step) => Promise<void>,
): Promise<void> {
  const started = performance.now();
  const until = async (seconds: number) => {
    const waitMs = (seconds * 1000) / options.tempo - (performance.now() - started);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: options.signal });
  };
  for (const step of steps) {
    await until(step.atSeconds);
    await perform(step);
  }
  await until(options.seconds);
}

function single(
  fault: Fault,
  atSeconds: number,
  rest: { readonly action: Action; readonly text: string },
): Step {
  return { fault, atSeconds, phase: 'begin', minions: [], ...rest };
}

function span(
  fault: Fault,
  when: { readonly at: number; readonly lasts: number },
  what: {
    readonly minions: readonly string[];
    readonly begin: Action;
    readonly end: Action;
    readonly beginText: string | undefined;
    readonly endText: string | undefined;
  },
): Step[] {
  if (what.minions.length === 0) return [];
  const common = { fault, minions: what.minions };
  return [
    {
      ...common,
      atSeconds: when.at,
      action: what.begin,
      phase: 'begin',
      text: what.beginText,
    },
    {
      ...common,
      atSeconds: when.at + when.lasts,
      action: what.end,
      phase: 'end',
      text: what.endText,
    },
  ];
}

function flapSteps(ids: readonly string[], random: () => number): Step[] {
  const steps: Step[] = [];
  for (let at = FLAP_FIRST_SECONDS; at < MASTER_AT - FLAP_EVERY_SECONDS; at += FLAP_EVERY_SECONDS) {
    for (const id of ids) {
      const minions = [id];
      const when = { at: at + random() * 8, lasts: 0.3 + random() * 3 };
      const begin: Action = { do: 'disconnect', minions };
      const end: Action = { do: 'connect', minions };
      steps.push(
        ...span('flap', when, { minions, begin, end, beginText: undefined, endText: undefined }),
      );
    }
  }
  return steps;
}

function strangerSteps(minions: readonly string[]): Step[] {
  const steps: Step[] = [];
  for (let at = STRANGER.first; at < MASTER_AT; at += STRANGER.every) {
    const begin: Action = { do: 'connect', minions };
    const end: Action = { do: 'disconnect', minions };
    const texts = { beginText: undefined, endText: undefined };
    steps.push(
      ...span('stranger', { at, lasts: STRANGER.lasts }, { minions, begin, end, ...texts }),
    );
  }
  return steps;
}

function unplugSteps(minions: readonly string[]): Step[] {
  return span('unplug', UNPLUG, {
    minions,
    begin: { do: 'unplug', minions },
    end: { do: 'plug', minions },
    beginText: `${list(minions)}: cable pulled, nothing is acknowledged any more; becomes half_open`,
    endText: `${list(minions)}: cable back`,
  });
}

function freezeSteps(minions: readonly string[]): Step[] {
  return span('freeze', FREEZE, {
    minions,
    begin: { do: 'freeze', crew: CREWS.frozen },
    end: { do: 'thaw', crew: CREWS.frozen },
    beginText: `${list(minions)}: process stopped (SIGSTOP); its host still acknowledges, the heartbeat gives it up after 30–40 s: absent`,
    endText: `${list(minions)}: process runs on`,
  });
}

function vanishSteps(minions: readonly string[]): Step[] {
  return span('vanish', VANISH, {
    minions,
    begin: { do: 'kill', crew: CREWS.mortal },
    end: { do: 'revive', crew: CREWS.mortal },
    beginText: `${list(minions)}: killed, their keys stay; become absent`,
    endText: `${list(minions)}: started again`,
  });
}

function rackSteps(plan: FleetPlan, random: () => number): Step[] {
  const steady = (rack: string) =>
    plan.minions.filter((minion: MinionPlan) => minion.rack === rack && minion.role === 'steady');
  const racks = plan.racks.filter((rack) => steady(rack).length >= RACK_MINIONS_MIN);
  const rack = racks[Math.floor(random() * racks.length)];
  if (rack === undefined) return [];
  const minions = steady(rack).map((minion) => minion.id);
  const outage = span('rack', RACK, {
    minions,
    begin: { do: 'disconnect', minions },
    end: { do: 'connect', minions },
    beginText: `rack "${rack}": ${minions.length} minions lose their links at once: a storm, not ${minions.length} alarms`,
    endText: undefined,
  });
  return [...outage, ...jobStep('rack', RACK, minions)];
}

function jobStep(
  fault: keyof typeof ASKED_AFTER,
  { at }: { readonly at: number },
  minions: readonly string[],
): Step[] {
  if (minions.length === 0) return [];
  const atSeconds = at + ASKED_AFTER[fault];
  const text = `a job to everybody, which ${list(minions)} cannot return: see "Lost returns"`;
  return [{ fault, atSeconds, action: { do: 'publish' }, phase: undefined, minions, text }];
}

function burstSteps(ids: readonly string[]): Step[] {
  const action: Action = { do: 'publish', loadBytes: BURST_LOAD_BYTES, count: BURST_MESSAGES };
  return BURST_AT.map((atSeconds) => ({
    fault: 'slow' as const,
    atSeconds,
    action,
    phase: undefined,
    minions: ids,
    text: `a burst of ${BURST_MESSAGES} large publishes; ${list(ids)} reads slowly, its Send-Q fills`,
  }));
}

function list(ids: readonly string[]): string {
  return ids.length <= 4
    ? ids.join(', ')
    : `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more`;
}
