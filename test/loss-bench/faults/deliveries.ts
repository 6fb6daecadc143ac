/** Links 2 and 3: the publish did not reach the minion's host. */
import { onHost } from '../../lab/hosts.js';
import { pause, run } from '../../lab/run.js';
import type { Fault, PairFacts } from '../fault.js';
import {
  bytesAtHost,
  freeze,
  killLinks,
  killMinions,
  plug,
  replacePart,
  signalPart,
  startMinions,
  thaw,
  unplug,
} from '../injections.js';
import type { Scene } from '../scene.js';
import { PLAIN, SMALL_MARK } from './labs.js';

/** Of the argument of one job; its message is some 60 kB, too. */
const LARGE_BYTES = 60_000;
/** The host of a victim takes so much at most before its process reads: four large jobs. */
const RECEIVE_BYTES = 262_144;

export const DELIVERIES: readonly Fault[] = [
  {
    name: 'stopped-before',
    what: "the victims' processes were ended before the jobs are published",
    lab: PLAIN,
    jobs: { perRound: 15, seconds: 0 },
    before: async ({ lab, victims }) => {
      await killMinions(lab, victims);
      await pause(1_000);
    },
    after: () => pause(12_000),
    heal: async ({ lab, victims }) => startMinions(lab, victims),
    lost: ({ victim, started }) =>
      victim && !started ? { link: '2', reason: 'no_link' } : undefined,
    expects: 'losses',
  },
  {
    name: 'cable-before',
    what: "the victims' cables are pulled, jobs are published, and the hosts lose their power",
    lab: PLAIN,
    jobs: { perRound: 15, seconds: 0 },
    before: ({ lab, victims }) => unplug(lab, victims),
    after: () => pause(20_000),
    heal: async ({ lab, victims }) => {
      await killMinions(lab, victims);
      await plug(lab, victims);
      startMinions(lab, victims);
    },
    lost: ({ victim, started }) =>
      victim && !started ? { link: '3', reason: 'host_gone' } : undefined,
    expects: 'losses',
  },
  {
    name: 'link-killed-queue',
    what: "the victims' processes stand still, large jobs queue up, and the master's kernel ends their links",
    lab: PLAIN,
    jobs: { perRound: 15, seconds: 0, bytes: LARGE_BYTES, wholeRounds: true },
    before: async (scene) => {
      await smallBuffers(scene);
      await rememberBytes(scene);
      freeze(scene.lab, scene.victims);
    },
    after: async (scene) => {
      await pause(1_500);
      await countDelivered(scene);
      await killLinks(scene.lab, 4505, scene.victims);
      await pause(500);
    },
    heal: async ({ lab, victims }) => thaw(lab, victims),
    lost: queueLost,
    expects: 'losses',
  },
  {
    name: 'hwm',
    what: 'with `pub_hwm: 20` the victims stand still for some seconds while 40 large jobs are published',
    lab: SMALL_MARK,
    jobs: { perRound: 40, seconds: 0, bytes: LARGE_BYTES, wholeRounds: true },
    before: async (scene) => {
      await smallBuffers(scene);
      freeze(scene.lab, scene.victims);
    },
    after: () => pause(2_000),
    heal: async ({ lab, victims }) => thaw(lab, victims),
    lost: ({ victim, started }) => (victim && !started ? { link: '3', reason: 'hwm' } : undefined),
    expects: 'losses',
  },
  {
    name: 'publish-daemon-killed',
    what: 'the publish daemon is killed and jobs are published before the minions are back',
    lab: PLAIN,
    jobs: { perRound: 5, seconds: 0 },
    victims: 'all',
    before: async ({ lab }) => void (await signalPart(lab, 'publishDaemon', 'SIGKILL')),
    lost: publisherGone,
    expects: 'losses',
  },
  {
    name: 'publish-daemon-stopped',
    what: 'the publish daemon stands still, jobs are published, and after 15 s it is killed',
    lab: PLAIN,
    jobs: { perRound: 10, seconds: 0 },
    victims: 'all',
    before: async ({ lab }) => void (await signalPart(lab, 'publishDaemon', 'SIGSTOP')),
    after: () => pause(15_000),
    heal: ({ lab }) => replacePart(lab, 'publishDaemon'),
    lost: publisherGone,
    expects: 'losses',
  },
];

function publisherGone({ started }: PairFacts) {
  return started ? undefined : ({ link: '3', reason: 'publish_daemon' } as const);
}

/** What their kernels did not have was in the master's queue; what they had was thrown away with the link, or run. */
function queueLost(pair: PairFacts, scene: Scene) {
  if (!pair.victim) return undefined;
  if (pair.ended) {
    // executed, and from 3007 on a minion closes its request link when the other one ends
    return scene.line === '3006' ? undefined : ({ link: '5', reason: 'reconnect' } as const);
  }
  const delivered = scene.delivered.get(pair.minion) ?? 0;
  if (pair.index < delivered) return { link: '4', reason: 'died' } as const;
  return { link: '3', reason: 'disconnect' } as const;
}

/** Without it a host's buffers grow to 4 MB, and where a queue begins nobody can say beforehand. */
async function smallBuffers({ lab, victims }: Scene): Promise<void> {
  const words = `net.ipv4.tcp_rmem=4096 65536 ${RECEIVE_BYTES}`;
  for (const id of victims) {
    await run(onHost(lab.minion(id).host.namespace, ['sysctl', '-qw', words]));
  }
}

async function rememberBytes({ lab, victims, delivered }: Scene): Promise<void> {
  for (const id of victims) delivered.set(id, await bytesAtHost(lab, id));
}

/** Whole large messages that a victim's kernel has by now; what else is published in this while is far smaller than one. */
async function countDelivered({ lab, victims, delivered }: Scene): Promise<void> {
  for (const id of victims) {
    const grown = (await bytesAtHost(lab, id)) - (delivered.get(id) ?? 0);
    delivered.set(id, Math.floor(grown / LARGE_BYTES));
  }
}
