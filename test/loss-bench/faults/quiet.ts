/** No fault at all, and faults that heal: every pair returns in the end and none may stay lost. */
import { pause } from '../../lab/run.js';
import type { Fault } from '../fault.js';
import {
  blockRequests,
  freeze,
  killLinks,
  plug,
  signalPart,
  thaw,
  unblockRequests,
  unplug,
} from '../injections.js';
import type { Scene } from '../scene.js';
import { ONE_PROCESS, PLAIN } from './labs.js';

/** Longer than a pair is waited for without a word of it: 5 s and 5 s in these labs. */
const LONG_JOB_SECONDS = 600;
const SHORT_LONG_JOB_SECONDS = 40;

export const QUIET: readonly Fault[] = [
  {
    name: 'none',
    what: 'no fault',
    lab: PLAIN,
    jobs: { perRound: 15, seconds: 0 },
    victims: 'none',
    expects: 'none',
  },
  {
    name: 'none-long',
    what: 'no fault, one job of ten minutes (40 s in the short form) that its client asks after',
    lab: PLAIN,
    jobs: {
      perRound: 1,
      roundsMost: 1,
      seconds: LONG_JOB_SECONDS,
      shortSeconds: SHORT_LONG_JOB_SECONDS,
      ask: true,
    },
    victims: 'none',
    expects: 'none',
    heal: (scene) => scene.asked(2 * LONG_JOB_SECONDS * 1_000),
  },
  {
    name: 'duplicate-jid',
    what: 'every job is published twice under one job id: it is executed once',
    lab: PLAIN,
    jobs: { perRound: 10, seconds: 0 },
    victims: 'none',
    publish: publishTwice,
    expects: 'none',
  },
  {
    name: 'cable-short',
    what: "the victims' cables are out for 6 s when the jobs are published",
    lab: PLAIN,
    jobs: { perRound: 10, seconds: 0 },
    before: ({ lab, victims }) => unplug(lab, victims),
    after: () => pause(6_000),
    heal: ({ lab, victims }) => plug(lab, victims),
    expects: 'none',
  },
  {
    name: 'process-paused',
    what: "the victims' processes stand still for 6 s when the jobs are published",
    lab: PLAIN,
    jobs: { perRound: 10, seconds: 0 },
    before: async ({ lab, victims }) => freeze(lab, victims),
    after: () => pause(6_000),
    heal: async ({ lab, victims }) => thaw(lab, victims),
    expects: 'none',
  },
  {
    name: 'request-link-killed',
    what: "the victims' links to 4506 are ended by the master's kernel while their jobs run",
    lab: PLAIN,
    jobs: { perRound: 5, seconds: 3 },
    after: async (scene) => {
      await scene.started();
      await killLinks(scene.lab, 4506, scene.victims);
    },
    expects: 'none',
  },
  {
    name: 'request-reset-short',
    what: 'what the victims send to 4506 is reset for 2 s when their jobs return',
    lab: PLAIN,
    jobs: { perRound: 2, seconds: 3 },
    after: async (scene) => {
      await scene.started();
      await blockRequests(scene.lab, scene.victims, 'reject with tcp reset');
      await scene.ended();
      await pause(500);
    },
    heal: ({ lab, victims }) => unblockRequests(lab, victims),
    expects: 'none',
  },
  {
    name: 'workers-paused',
    what: 'all workers stand still for 2 s when the jobs return',
    lab: PLAIN,
    jobs: { perRound: 2, seconds: 3 },
    after: async (scene) => {
      await scene.started(scene.all);
      await signalPart(scene.lab, 'workers', 'SIGSTOP');
      await scene.ended(scene.all);
      await pause(500);
    },
    heal: async ({ lab }) => void (await signalPart(lab, 'workers', 'SIGCONT')),
    victims: 'all',
    expects: 'none',
  },
  {
    name: 'event-publisher-stopped',
    what: 'the EventPublisher stands still for 10 s while the jobs are published and return',
    lab: PLAIN,
    jobs: { perRound: 10, seconds: 1 },
    before: async ({ lab }) => void (await signalPart(lab, 'eventPublisher', 'SIGSTOP')),
    after: () => pause(10_000),
    heal: async ({ lab }) => void (await signalPart(lab, 'eventPublisher', 'SIGCONT')),
    victims: 'all',
    expects: 'none',
  },
  {
    name: 'publish-daemon-paused',
    what: 'the publish daemon stands still for 8 s when the jobs are published',
    lab: PLAIN,
    jobs: { perRound: 10, seconds: 0 },
    before: async ({ lab }) => void (await signalPart(lab, 'publishDaemon', 'SIGSTOP')),
    after: () => pause(8_000),
    heal: async ({ lab }) => void (await signalPart(lab, 'publishDaemon', 'SIGCONT')),
    victims: 'all',
    expects: 'none',
  },
  {
    name: 'process-limit',
    what: '`process_count_max: 1` and three jobs of 5 s at once: two wait for their turn',
    lab: ONE_PROCESS,
    jobs: { perRound: 3, seconds: 5 },
    victims: 'all',
    heal: async (scene) => void (await scene.ended(scene.all)),
    expects: 'none',
  },
];

async function publishTwice(scene: Scene): Promise<void> {
  for (let number = 0; number < scene.jobs; number += 1) {
    const { jids } = await scene.publish({ count: 1 });
    const [jid] = jids;
    if (jid !== undefined) await scene.publish({ count: 1, jid });
  }
}
