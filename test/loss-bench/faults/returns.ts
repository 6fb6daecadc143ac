/** Links 5 and 6: the job was executed and its return did not arrive, or the master lost it. */

import type { SaltVersion } from '../../lab/install.js';
import { signalAll } from '../../lab/processes.js';
import { pause, until } from '../../lab/run.js';
import type { Ceiling, Fault, PairFacts } from '../fault.js';
import {
  blockRequests,
  killLinks,
  partOf,
  plug,
  replacePart,
  setImmutable,
  signalPart,
  unblockRequests,
  unplug,
} from '../injections.js';
import { jobDirectory } from '../records.js';
import type { Scene } from '../scene.js';
import { PLAIN } from './labs.js';

/** Three tries of 1 to 2 s and one return after the other: all were given up by then. */
const GIVEN_UP_MS = 35_000;

export const RETURNS: readonly Fault[] = [
  {
    name: 'cable-during',
    what: "the victims' cables are pulled while they work, and put back when they gave their returns up",
    lab: PLAIN,
    jobs: { perRound: 5, seconds: 4 },
    after: async (scene) => {
      await scene.started();
      await unplug(scene.lab, scene.victims);
      await scene.ended();
      await pause(GIVEN_UP_MS);
    },
    heal: ({ lab, victims }) => plug(lab, victims),
    lost: returnLost('blocked'),
    unknown: silentReturnPath,
    expects: 'losses',
  },
  {
    name: 'request-blocked',
    what: 'what the victims send to 4506 is dropped until they gave their returns up',
    lab: PLAIN,
    jobs: { perRound: 5, seconds: 4 },
    after: async (scene) => {
      await scene.started();
      await blockRequests(scene.lab, scene.victims, 'drop');
      await scene.ended();
      await pause(GIVEN_UP_MS);
    },
    heal: ({ lab, victims }) => unblockRequests(lab, victims),
    lost: returnLost('blocked'),
    unknown: silentReturnPath,
    expects: 'losses',
  },
  {
    name: 'request-reset',
    what: 'what the victims send to 4506 is reset until they gave their returns up',
    lab: PLAIN,
    jobs: { perRound: 5, seconds: 4 },
    after: async (scene) => {
      await scene.started();
      await blockRequests(scene.lab, scene.victims, 'reject with tcp reset');
      await scene.ended();
      await pause(GIVEN_UP_MS);
    },
    heal: ({ lab, victims }) => unblockRequests(lab, victims),
    lost: returnLost('blocked'),
    unknown: silentReturnPath,
    expects: 'losses',
  },
  {
    name: 'publish-link-killed-at-return',
    what: "the victims' links to 4505 are ended by the master's kernel at the moment of a return",
    lab: PLAIN,
    jobs: { perRound: 5, seconds: 3 },
    after: async (scene) => {
      await scene.started();
      await pause(2_800);
      await killLinks(scene.lab, 4505, scene.victims);
    },
    lost: ({ victim, ended }, { line }) =>
      victim && ended && line !== '3006' ? { link: '5', reason: 'reconnect' } : undefined,
    // 3006 returns over the link that it has; from 3007 on it is a matter of milliseconds
    expects: 'either',
  },
  {
    name: 'workers-stopped',
    what: 'all workers stand still when the jobs return, and are killed when the minions gave up',
    lab: PLAIN,
    jobs: { perRound: 5, seconds: 4 },
    victims: 'all',
    after: async (scene) => {
      await scene.started();
      await signalPart(scene.lab, 'workers', 'SIGSTOP');
      await scene.ended();
      await pause(GIVEN_UP_MS);
    },
    heal: ({ lab }) => replacePart(lab, 'workers'),
    lost: ({ ended }) => (ended ? { link: '6', reason: 'worker' } : undefined),
    expects: 'losses',
  },
  {
    name: 'worker-wedged',
    what: 'one of three workers stands still when the jobs return, and is killed 20 s later',
    ...wedged(1),
  },
  {
    name: 'workers-wedged',
    what: 'two of three workers stand still when the jobs return, and are killed 20 s later',
    ...wedged(2),
  },
  {
    name: 'event-publisher-killed',
    what: 'the EventPublisher is killed while all minions work',
    lab: PLAIN,
    jobs: { perRound: 4, seconds: 4 },
    victims: 'all',
    after: async (scene) => {
      await scene.started();
      await signalPart(scene.lab, 'eventPublisher', 'SIGKILL');
      await scene.ended();
      await pause(5_000);
    },
    // 3006 and 3007 fail once more for each kind of sender, 3008 for good
    heal: ({ lab }) => lab.restartMaster(),
    lost: ({ ended }) => (ended ? { link: '6', reason: 'handler' } : undefined),
    // a worker of 3006 and 3007 may write down a return that it had no bus for
    untold: ({ told }) => (told ? undefined : { link: '6', reason: 'bus' }),
    expects: 'losses',
  },
  {
    name: 'cache-not-writable',
    what: "the jobs' directories of the job cache are made immutable before the returns arrive",
    lab: PLAIN,
    jobs: { perRound: 5, seconds: 8, ask: true },
    victims: 'all',
    after: async (scene) => {
      await scene.started();
      await setImmutable(directories(scene), true);
      await scene.ended(scene.all);
      await scene.asked(120_000);
    },
    heal: (scene) => setImmutable(directories(scene), false),
    lost: ({ ended, told }) => (ended && told ? { link: '6', reason: 'cache' } : undefined),
    expects: 'losses',
  },
];

/** Requests take turns among the workers: lost is a return whose tries all met one that stands still. */
function wedged(count: number): Omit<Fault, 'name' | 'what'> {
  return {
    lab: PLAIN,
    jobs: { perRound: 5, seconds: 4 },
    victims: 'all',
    after: async (scene) => {
      await scene.started();
      const workers = (await partOf(scene.lab, 'workers')).slice(0, count);
      signalAll(workers, 'SIGSTOP');
      await scene.ended();
      await pause(20_000);
      signalAll(workers, 'SIGKILL');
    },
    heal: ({ lab }) => workersAre(lab, 3),
    lost: ({ ended }) => (ended ? { link: '6', reason: 'worker' } : undefined),
    expects: 'either',
  };
}

/** Executed, and cut off from the request port when it returned. */
function returnLost(reason: string) {
  return ({ victim, ended }: PairFacts) =>
    victim && ended ? ({ link: '5', reason } as const) : undefined;
}

/** Seen from the master a minion that does not return and one whose return is thrown away on its way are alike. */
function silentReturnPath(version: SaltVersion): Ceiling {
  if (version.startsWith('3008')) {
    return { share: 0.03, why: 'heartbeats on 4506 tell a cut return path from a silent minion' };
  }
  const why = 'no heartbeats on 4506: a minion that is silent and one that is cut off look alike';
  return { share: 1, why };
}

function directories({ lab, jids }: Scene): string[] {
  return jids.map((jid) => jobDirectory(lab, jid));
}

async function workersAre(lab: Scene['lab'], count: number): Promise<void> {
  const look = async () => ((await partOf(lab, 'workers')).length === count ? true : undefined);
  await until(`${count} workers`, look);
}
