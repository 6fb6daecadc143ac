/** Why canary jobs are sent or not, in one sentence for people. */
import type { CanaryPlan } from '../../domain/canary-job.js';
import type { ReplyProblem } from './reply.js';
import { roundSeconds, roundText } from './round-text.js';

/** Why a job was not published, beside what the master may answer. */
export const PUBLISH_PROBLEMS = [
  'key_missing',
  'key_unreadable',
  'publish_timeout',
  'not_reached',
  'socket_failed',
] as const;
export type PublishProblem = (typeof PUBLISH_PROBLEMS)[number] | ReplyProblem;

export interface Situation {
  readonly jobsPerMinute: number;
  /** undefined before the first round. */
  readonly minions: number | undefined;
  /** Why files are not pulled; undefined = they are. */
  readonly filesOff: string | undefined;
  /** Why no job can ever be sent as things are. */
  readonly obstacle: string | undefined;
  /** The last publish failed. */
  readonly problem: { readonly kind: PublishProblem; readonly detail: string } | undefined;
  /** The master is in trouble. */
  readonly trouble: string | undefined;
}

export function planOf(situation: Situation): CanaryPlan {
  const { jobsPerMinute, minions, filesOff } = situation;
  return {
    kind: 'canary_plan',
    ...stanceOf(situation),
    jobsPerMinute,
    minions,
    roundSeconds: minions === undefined ? undefined : roundSeconds(minions, jobsPerMinute),
    filesOff,
  };
}

function stanceOf(situation: Situation): Pick<CanaryPlan, 'stance' | 'detail'> {
  const { jobsPerMinute, minions, filesOff, obstacle, problem, trouble } = situation;
  if (obstacle !== undefined) return { stance: 'off', detail: `no canary jobs: ${obstacle}` };
  if (problem !== undefined) {
    const why = `${problemText(problem.kind)}${problem.detail === '' ? '' : `: ${problem.detail}`}`;
    return { stance: 'error', detail: `${why}; tried again after a pause` };
  }
  if (trouble !== undefined)
    return { stance: 'paused', detail: `canary jobs pause while ${trouble}` };
  const round =
    minions === undefined
      ? `canary jobs begin: ${jobsPerMinute} a minute`
      : minions === 0
        ? 'no minion has an accepted key'
        : roundText(minions, jobsPerMinute);
  const files = filesOff === undefined ? 'pings and file pulls in turn' : 'pings only';
  const why = filesOff === undefined ? '' : ` (${filesOff})`;
  return { stance: 'running', detail: `${round}; ${files}${why}` };
}

function problemText(kind: PublishProblem): string {
  switch (kind) {
    case 'key_missing':
      return 'the key file of the master is not there';
    case 'key_unreadable':
      return 'the key file of the master cannot be used';
    case 'refused_authentication':
      return 'the master refused the key: it was started anew, or the key is of another master';
    case 'refused_authorization':
      return 'the master does not let this user publish test.ping and cp.get_file_str (publisher_acl)';
    case 'no_target':
      return 'the master knows no minion of the id that was asked';
    case 'no_jid':
      return 'the master could not store the job: its job cache cannot be written';
    case 'handler_failed':
      return 'the master could not publish: its worker raised an error';
    case 'publish_timeout':
      return 'a publish was not answered';
    case 'not_reached':
      return 'the request port of the master was not reached';
    case 'socket_failed':
      return 'a publish could not be sent: our own socket failed';
    case 'unexpected_reply':
      return 'the answer to a publish is none that Salt gives';
  }
}
