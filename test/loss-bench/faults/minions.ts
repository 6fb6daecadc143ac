/** Link 4: the minion's host has the publish, and the minion does not return. */
import type { SaltVersion } from '../../lab/install.js';
import { pause } from '../../lab/run.js';
import { type Ceiling, DECIDABLE, type Fault } from '../fault.js';
import { freeze, killChildren, killMinions, startMinions, thaw } from '../injections.js';
import { PLAIN } from './labs.js';

export const MINIONS: readonly Fault[] = [
  {
    name: 'process-stopped',
    what: "the victims' whole processes stand still for 26 s: judged while they do, and when all has returned",
    lab: PLAIN,
    jobs: { perRound: 15, seconds: 0 },
    before: async ({ lab, victims }) => freeze(lab, victims),
    // a link without PONG is ended by the master after 31 s
    after: () => pause(26_000),
    judgedWhileHeld: true,
    heal: async ({ lab, victims }) => thaw(lab, victims),
    // all that acknowledgements without heartbeats can say
    lost: ({ victim, started }, { line }) =>
      victim && !started
        ? { link: '4', reason: line === '3007' ? 'host_only' : 'process_stopped' }
        : undefined,
    unknown: stoppedProcess,
    expects: 'losses',
  },
  {
    name: 'child-killed',
    what: "the processes that work on the victims' jobs are killed; the client asks after them",
    lab: PLAIN,
    jobs: { perRound: 5, seconds: 20, ask: true },
    after: async (scene) => {
      await scene.started();
      for (const id of scene.victims) await killChildren(scene.lab, id, scene.jids);
    },
    heal: (scene) => scene.asked(120_000),
    lost: ({ victim, started, ended }) =>
      victim && started && !ended ? { link: '4', reason: 'child_killed' } : undefined,
    expects: 'losses',
  },
  {
    name: 'minion-killed',
    what: 'all processes of the victims are killed while they work on their jobs',
    lab: PLAIN,
    jobs: { perRound: 5, seconds: 8 },
    after: async (scene) => {
      await scene.started();
      await killMinions(scene.lab, scene.victims);
      await pause(12_000);
    },
    heal: async ({ lab, victims }) => startMinions(lab, victims),
    lost: ({ victim, started, ended }) =>
      victim && started && !ended ? { link: '4', reason: 'died' } : undefined,
    expects: 'losses',
  },
];

/** A host acknowledges for its process until its buffers are full, and these jobs are small. */
function stoppedProcess(version: SaltVersion): Ceiling {
  if (!version.startsWith('3007')) return DECIDABLE;
  return {
    share: 1,
    why: 'no heartbeats: a host whose process stands still acknowledges all the same',
  };
}
