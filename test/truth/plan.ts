/** What happens in one run: publisher, subscribers and faults, drawn from a seed alone, so that it can be printed and made again. */
import { Random } from './random.js';

/** Messages of one step: sizes are those of the payload without topic. */
export interface Publishing {
  readonly count: number;
  /** Smallest and largest payload, bytes; equal: all of one size. */
  readonly bytes: readonly [number, number];
  /** Frames of each message; with filtering it is one behind the topic. */
  readonly frames: number;
  /** Pause after each message; 0: as fast as the publisher can. */
  readonly gapMs: number;
  /** `mixed`: broadcasts and messages for one minion; means `all` without filtering. */
  readonly targets: 'all' | 'mixed';
}

export type Step =
  /** All subscribers connect. */
  | { readonly do: 'connect' }
  /** Starts the exporter; goes on when it reads the publish stream. */
  | { readonly do: 'exporter' }
  | ({ readonly do: 'publish' } & Publishing)
  /** SIGSTOP and SIGCONT of whole processes of subscribers. */
  | { readonly do: 'stop' | 'continue'; readonly crews: readonly number[] }
  /** Subscribers read so many messages a second; 0: none; undefined: as fast as they can. */
  | { readonly do: 'pace'; readonly subscribers: readonly number[]; readonly perSecond?: number }
  /** SIGKILL of stopped crews, while nothing is published; new processes come in their place. */
  | { readonly do: 'kill'; readonly crews: readonly number[] }
  /** Waits until the publisher's heartbeats have given up the links of stopped crews. */
  | { readonly do: 'leave'; readonly crews: readonly number[] }
  /** Subscribers disconnect and connect again. */
  | { readonly do: 'reconnect'; readonly subscribers: readonly number[] }
  /** The publisher stops itself right behind a few messages, before its I/O thread has sent them all. */
  | ({ readonly do: 'freeze'; readonly spinMicros: number; readonly holdMs: number } & Publishing)
  /** Compares the depth of the queues now. */
  | { readonly do: 'depth' }
  | { readonly do: 'wait'; readonly ms: number }
  /** Waits until every message has arrived or is lost, and compares everything. */
  | { readonly do: 'settle' };

export interface SubscriberPlan {
  readonly id: string;
  readonly address: string;
  /** Reads through a queue of one message and a small receive buffer. */
  readonly narrow: boolean;
  readonly receiveBufferBytes: number | undefined;
}

export interface Plan {
  readonly seed: number;
  readonly hwm: number;
  /** 0: off. */
  readonly heartbeatMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly filtering: boolean;
  /** Of the publisher's connections; undefined: the kernel's own, which grow. */
  readonly sendBufferBytes: number | undefined;
  /** `prefixed`: frames of 3006.26 and newer. */
  readonly bus: 'none' | 'plain' | 'prefixed';
  /** Events come so much later than the message they announce. */
  readonly busLateMs: number;
  readonly scanIntervalMs: number;
  /** Subscribers by process. */
  readonly crews: readonly (readonly SubscriberPlan[])[];
  readonly steps: readonly Step[];
}

/**
 * Goes out behind every act: small, of different sizes, to everybody; what is acknowledged of them
 * proves what was lost before.
 */
export const PROBE: Publishing = {
  count: 1,
  bytes: [20, 300],
  frames: 1,
  gapMs: 0,
  targets: 'all',
};

/** What one act may send in total, so that a run takes seconds. */
const ACT_BYTES = 150_000_000;
const PER_LINK_BYTES = 12_000_000;

const ACTS = [
  'steady',
  'burst',
  'stopped',
  'slow',
  'kill',
  'leave',
  'reconnect',
  'freeze',
] as const;
export type Act = (typeof ACTS)[number];

/** When links that do not answer are given up, in plans that have it. */
const GIVE_UP_MS = 5_000;
/** What then takes nobody's link away that it is not to take. */
const GIVING_UP: readonly Act[] = ['steady', 'burst', 'leave', 'leave', 'reconnect'];

/** What is drawn; a field that is given is kept. */
export interface Wishes {
  readonly acts?: readonly Act[];
  readonly hwm?: number;
  readonly heartbeatMs?: number;
  readonly filtering?: boolean;
  readonly subscribers?: number;
  readonly bus?: Plan['bus'];
  /** `none`: only the truth itself is checked. */
  readonly exporter?: 'before' | 'during' | 'after' | 'none';
}

export function drawPlan(seed: number, wishes: Wishes = {}): Plan {
  const random = new Random(seed);
  const hwm = wishes.hwm ?? random.scaled(10, 2_000);
  const heartbeatMs = wishes.heartbeatMs ?? (random.chance(0.5) ? random.scaled(100, 10_000) : 0);
  const suits = wishes.acts?.every((act) => GIVING_UP.includes(act)) ?? true;
  const wanted = wishes.acts?.includes('leave') === true;
  const gives = heartbeatMs > 0 && heartbeatMs <= 1_000 && suits && (random.chance(0.3) || wanted);
  const filtering = wishes.filtering ?? random.chance(0.3);
  const drawn = drawCrews(random, wishes.subscribers ?? random.scaled(2, 40));
  // A subscriber of libzmq 4.3.5 whose queue is full when its link is reset may abort (an assertion).
  const crews = gives ? drawn.map((crew) => crew.map((one) => ({ ...one, narrow: false }))) : drawn;
  const draft = {
    seed,
    hwm,
    heartbeatMs,
    heartbeatTimeoutMs: gives ? GIVE_UP_MS : 120_000,
    filtering,
    sendBufferBytes: random.chance(0.4) ? random.scaled(16_384, 262_144) : undefined,
    bus: wishes.bus ?? random.pick(['none', 'plain', 'plain', 'prefixed'] as const),
    busLateMs: random.chance(0.15) ? random.whole(1, 1_500) : 0,
    scanIntervalMs: random.pick([100, 200, 250, 500, 1_000]),
    crews,
  };
  const possible = gives ? GIVING_UP : ACTS.filter((act) => act !== 'leave');
  const acts =
    wishes.acts ?? Array.from({ length: random.whole(2, 4) }, () => random.pick(possible));
  const start =
    wishes.exporter ?? random.pick(['before', 'before', 'before', 'during', 'after'] as const);
  const steps: Step[] = [{ do: 'connect' }];
  if (start === 'before') steps[random.chance(0.5) ? 'push' : 'unshift']({ do: 'exporter' });
  steps.push({ do: 'settle' });
  acts.forEach((act, index) => {
    const during = index === 0 && start === 'during';
    steps.push(...drawAct(random, draft, { act, during }), { do: 'settle' });
    if (index === 0 && start === 'after') steps.push({ do: 'exporter' }, { do: 'settle' });
  });
  if (start !== 'before' && acts.length < 2) {
    steps.push(...drawAct(random, draft, { act: 'stopped', during: false }), { do: 'settle' });
  }
  return { ...draft, steps };
}

type Draft = Omit<Plan, 'steps'>;

function drawCrews(random: Random, subscribers: number): SubscriberPlan[][] {
  const crews: SubscriberPlan[][] = [];
  const size = Math.max(1, Math.ceil(subscribers / random.whole(2, 5)));
  for (let index = 0; index < subscribers; index += 1) {
    const narrow = random.chance(0.3);
    const buffer = narrow || random.chance(0.3) ? random.scaled(4_096, 65_536) : undefined;
    const crew = Math.floor(index / size);
    crews[crew] ??= [];
    crews[crew].push({
      id: `minion-${index}`,
      address: `127.${40 + (index % 3)}.${index}.${1 + index}`,
      narrow,
      receiveBufferBytes: buffer,
    });
  }
  return crews;
}

function drawAct(
  random: Random,
  draft: Draft,
  { act, during }: { readonly act: Act; readonly during: boolean },
): Step[] {
  const start: Step[] = during ? [{ do: 'exporter' }] : [];
  switch (act) {
    case 'steady':
      return [
        ...start,
        {
          do: 'publish',
          ...drawPublishing(random, draft, { most: 100, gapMs: random.scaled(1, 30) }),
        },
      ];
    case 'burst':
      return [
        { do: 'publish', ...drawPublishing(random, draft, { most: 6 * draft.hwm + 20, gapMs: 0 }) },
        ...start,
        { do: 'wait', ms: random.whole(0, 300) },
        { do: 'publish', ...drawPublishing(random, draft, { most: 3 * draft.hwm, gapMs: 0 }) },
      ];
    case 'stopped':
      return drawStopped(random, draft, start);
    case 'slow':
      return drawSlow(random, draft, start);
    case 'kill':
    case 'leave':
      return drawEnd(random, draft, { act, start });
    case 'reconnect':
      return [...start, { do: 'reconnect', subscribers: random.some(allSubscribers(draft)) }];
    case 'freeze':
      return [...start, drawFreeze(random, draft)];
  }
}

function allSubscribers({ crews }: Draft): number[] {
  return crews.flat().map((_, index) => index);
}

function crewNumbers({ crews }: Draft): number[] {
  return crews.map((_, index) => index);
}

function drawPublishing(
  random: Random,
  { crews, filtering }: Draft,
  { most, gapMs }: { readonly most: number; readonly gapMs: number },
): Publishing {
  const largest = random.scaled(20, 200_000);
  const smallest = random.chance(0.5) ? largest : random.scaled(20, largest);
  const links = crews.flat().length + 1;
  const room = Math.min(PER_LINK_BYTES, ACT_BYTES / links) / largest;
  // A slow publisher is to take two seconds, not a minute.
  const patience = gapMs > 0 ? 2_000 / gapMs : 4_000;
  const bound = Math.max(3, Math.floor(Math.min(most, room, patience)));
  return {
    count: random.whole(Math.min(bound, Math.ceil(bound / 3)), bound),
    bytes: [smallest, largest],
    frames: filtering ? 1 : random.pick([1, 1, 1, 2, 3]),
    gapMs,
    targets: random.chance(0.5) ? 'mixed' : 'all',
  };
}

function drawStopped(random: Random, draft: Draft, start: readonly Step[]): Step[] {
  const crews = random.some(crewNumbers(draft));
  const steps: Step[] = [{ do: 'stop', crews }];
  const bursts = random.whole(1, 3);
  for (let burst = 0; burst < bursts; burst += 1) {
    const gapMs = random.chance(0.5) ? 0 : random.scaled(1, 20);
    const most = draft.hwm * random.pick([1, 3, 6]) + 40;
    steps.push({ do: 'publish', ...drawPublishing(random, draft, { most, gapMs }) });
    if (burst === 0) steps.push(...start);
    if (random.chance(0.7)) steps.push({ do: 'depth' });
    if (random.chance(0.2)) steps.push(drawFreeze(random, draft));
    if (random.chance(0.3)) steps.push({ do: 'continue', crews }, { do: 'stop', crews });
  }
  return [...steps, { do: 'wait', ms: random.whole(0, 1_000) }, { do: 'continue', crews }];
}

function drawSlow(random: Random, draft: Draft, start: readonly Step[]): Step[] {
  const narrow = draft.crews.flat().flatMap(({ narrow: is }, index) => (is ? [index] : []));
  const subscribers = random.some(narrow.length > 0 ? narrow : allSubscribers(draft));
  const perSecond = random.chance(0.3) ? 0 : random.scaled(5, 500);
  const most = draft.hwm * random.pick([1, 3]) + 40;
  const gapMs = random.chance(0.4) ? 0 : random.scaled(1, 10);
  return [
    { do: 'pace', subscribers, perSecond },
    { do: 'publish', ...drawPublishing(random, draft, { most, gapMs }) },
    ...start,
    { do: 'depth' },
    { do: 'publish', ...drawPublishing(random, draft, { most, gapMs }) },
    { do: 'depth' },
    { do: 'pace', subscribers },
  ];
}

/**
 * Nothing of a killed subscriber's record tells what its kernel had. The other end's count does when all messages have one size,
 * or when there are too few to be lost at the mark, so that what arrived is the beginning.
 */
function drawEnd(
  random: Random,
  draft: Draft,
  { act, start }: { readonly act: 'kill' | 'leave'; readonly start: readonly Step[] },
): Step[] {
  const crews = random.some(crewNumbers(draft));
  const few = random.chance(0.4);
  const most = few ? Math.floor(draft.hwm / 2) : draft.hwm * random.pick([1, 3]) + 40;
  const drawn = drawPublishing(random, draft, { most, gapMs: 0 });
  const count = Math.min(drawn.count, most);
  const equal: Publishing = {
    ...drawn,
    count,
    targets: 'all',
    bytes: [drawn.bytes[1], drawn.bytes[1]],
  };
  const publishing: Publishing = few ? { ...drawn, count, targets: 'all' } : equal;
  return [
    { do: 'stop', crews },
    ...start,
    { do: 'publish', ...publishing },
    { do: 'wait', ms: random.whole(0, 600) },
    { do: act, crews },
  ];
}

/**
 * So few messages that none can be lost: whatever is reported as dropped meanwhile is wrong. Large
 * ones to many links keep the I/O thread busy for long enough to be stopped half way.
 */
function drawFreeze(random: Random, draft: Draft): Step {
  const most = Math.max(1, Math.min(20, Math.floor(draft.hwm / 2)));
  const links = draft.crews.flat().length + 1;
  const largest = random.scaled(20_000, 200_000);
  const smallest = random.chance(0.5) ? largest : random.scaled(20, largest);
  const room = Math.max(1, Math.floor(Math.min(PER_LINK_BYTES, ACT_BYTES / links) / largest));
  const count = random.whole(Math.ceil(Math.min(most, room) / 2), Math.min(most, room));
  // A gigabyte a second is what one thread writes; it begins a little late.
  const lastsMicros = 500 + (links * count * (smallest + largest)) / 2 / 1_000;
  return {
    do: 'freeze',
    count,
    bytes: [smallest, largest],
    frames: draft.filtering ? 1 : random.pick([1, 1, 2]),
    gapMs: 0,
    targets: random.chance(0.5) ? 'mixed' : 'all',
    spinMicros: random.chance(0.1) ? 0 : random.whole(100, Math.ceil(lastsMicros)),
    holdMs: random.whole(300, draft.heartbeatMs > 0 ? 2_500 : 1_500),
  };
}
