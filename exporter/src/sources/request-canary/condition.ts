/** What the last ping says about the request port, in one sentence for people. */
import type { ProbeEnd } from './probe.js';

/** `silent`: timed out before a handshake. `unanswered`: the request went out and timed out. */
export type LastPing = ProbeEnd | 'silent' | 'unanswered';

export interface Condition {
  /** `127.0.0.1:4506 from 127.0.0.77`. */
  readonly where: string;
  readonly last: LastPing | undefined;
  /** Pings that timed out and still wait for their answer. */
  readonly unanswered: number;
  /** How many may be unanswered at once. */
  readonly unansweredLimit: number;
  readonly timeoutSeconds: number;
  readonly expirySeconds: number;
}

/** `up` says whether this source can see the request port, not whether the master is well. */
export function describeCondition(condition: Condition): { up: boolean; detail: string } {
  const { where, unanswered, unansweredLimit, expirySeconds } = condition;
  if (unanswered >= unansweredLimit) {
    return {
      up: false,
      detail:
        `${unanswered} pings to ${where} are unanswered, as many as the master has workers: ` +
        `none is sent until one is answered, its connection ends or ${expirySeconds} s have passed`,
    };
  }
  const sentence = lastPingDetail(condition);
  if (unanswered === 0) return sentence;
  const waiting = `${unanswered} of at most ${unansweredLimit} pings still unanswered`;
  return { up: sentence.up, detail: `${sentence.detail}; ${waiting}` };
}

function lastPingDetail(condition: Condition): { up: boolean; detail: string } {
  const { where, last, timeoutSeconds } = condition;
  switch (last) {
    case undefined:
      return { up: false, detail: `the first ping to ${where} is on its way` };
    case 'echo':
      return { up: true, detail: `pings to ${where} are answered` };
    case 'unanswered':
      return {
        up: true,
        detail:
          `the last ping to ${where} was not answered within ${timeoutSeconds} s: ` +
          'a worker is busy or wedged',
      };
    case 'silent':
      return {
        up: false,
        detail:
          `${where} did not complete a ZeroMQ handshake within ${timeoutSeconds} s: ` +
          'stopped, overloaded or no Salt master',
      };
    case 'wrong_reply':
      return {
        up: false,
        detail: `${where} answers, but not with the echo of a ping: this is no Salt request port`,
      };
    case 'refused':
      return {
        up: false,
        detail:
          `nothing accepts a connection to ${where}: ` +
          "the master is down or the source address is not this host's",
      };
    case 'stranger':
      return { up: false, detail: `${where} takes connections but is no ZeroMQ request port` };
    case 'ended':
      return {
        up: false,
        detail: `${where} ended the connection before it answered: a restart, or no Salt master`,
      };
    case 'failed':
      return { up: false, detail: `no ping to ${where} could be sent: our own socket failed` };
  }
}
