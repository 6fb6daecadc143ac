/**
 * Evidence sentences: subject first, then the fact, then the number with its unit and instant; the
 * source stands behind.
 */
import type { ActiveStorm } from './storms.js';
import type { MinionStatus, Port, StormCause } from './vocabulary.js';

export function reconnectedText(): string {
  return 'Its publish link opened. (kernel)';
}

export function endedText(troubled: boolean): string {
  return troubled
    ? 'Its publish link ended, with retransmissions unanswered before. (kernel)'
    : 'Its publish link ended. (kernel)';
}

/**
 * `downMs`: from the disconnect to the connect; negative when the new link opened before the old
 * one ended.
 */
export function flapText(downMs: number): string {
  return downMs >= 0
    ? `Its publish link was back ${seconds(downMs)} after it ended. (kernel)`
    : `Its publish link was replaced ${seconds(-downMs)} before the old one ended. (kernel)`;
}

/** Messages that never reached it. */
export function droppedText(messages: number, reason: 'hwm' | 'disconnect'): string {
  const what = `${messages} ${messages === 1 ? 'publication' : 'publications'} for it`;
  return reason === 'hwm'
    ? `${what} dropped: its queue stood at the mark. (delivery ledger)`
    : `${what} lost with the link that they waited for. (delivery ledger)`;
}

export function gapText(messages: number): string {
  const what = messages === 1 ? 'publication' : 'publications';
  return `${messages} ${what} never came over our own subscription. (delivery ledger)`;
}

export function abandonedText(bytes: number): string {
  return `A request of ${bytes} bytes was never answered: its connection ended. (request ledger)`;
}

export function failedText(): string {
  return 'A request was answered by a handler that raised. (request ledger)';
}

export function minionText(isNew: boolean): string {
  return isNew ? 'It is a minion now. (keys)' : 'It is no minion any more. (keys)';
}

/** `answerMs`: its shortest answer to a heartbeat; `behindMs`: how much earlier it is acknowledged. */
export function proxyText(answerMs: number, behindMs: number): string {
  const answers = `Its heartbeats are answered after ${answerMs.toFixed(0)} ms at best`;
  const acknowledged = `and acknowledged ${behindMs.toFixed(0)} ms before that`;
  return `${answers} ${acknowledged}: a proxy acknowledges for its host. (kernel)`;
}

export function listenerDiedText(port: Port): string {
  const daemon = port === 'publish' ? 'the publish daemon' : 'the request server';
  return `The listening socket of the ${port} port died: ${daemon} ended. (kernel)`;
}

export function masterRestartText(): string {
  const fact = 'Both listening sockets died and both ports are served again';
  return `${fact}: the master restarted. (kernel)`;
}

export function stormText(storm: ActiveStorm, cause: StormCause): string {
  const reasons: Record<StormCause, string> = {
    master_restart: 'both listening sockets died',
    publish_daemon: 'the listening socket of the publish port died',
    network: 'most of their links had unanswered retransmissions',
    rack: 'most of them share one network, and links of others live on',
    unknown: 'nothing tells why',
  };
  const from = timeOfDay(storm.startWallMs);
  return `${storm.minions} minions lost their publish link from ${from} on; ${reasons[cause]}. (kernel)`;
}

export interface StatusEvidence {
  readonly lastAckWallMs: number;
  readonly linklessWallMs: number;
  /** Since when its process gives no sign; NaN = it does. */
  readonly stalledWallMs: number;
  /** It does not read what is sent; else it leaves heartbeats unanswered. */
  readonly windowClosed: boolean;
  readonly hasKey: boolean;
  readonly everLinked: boolean;
  /**
   * Text of an address that it shares with others that are connected, how many can be behind it.
   */
  readonly shared: { readonly address: string; readonly minions: number } | undefined;
  readonly unexplained: number;
}

export function statusText(status: MinionStatus, evidence: StatusEvidence): string {
  switch (status) {
    case 'ok':
      // Its host, or a proxy for it: the sentence of the proxy says which, where it is known.
      return 'Its publish link is established and acknowledged. (kernel)';
    case 'half_open':
      return halfOpenText(evidence);
    case 'stalled':
      return stalledText(evidence);
    case 'slow':
      return 'Its host acknowledges late: it is behind what was published, and drains. (kernel + stream)';
    case 'absent':
      return absentText(evidence);
    case 'stale':
      return evidence.everLinked
        ? `No publish link is open since ${dayOf(evidence.linklessWallMs)}. (kernel + keys)`
        : 'No publish link was seen, and its key and grains are old. (kernel + keys)';
    case 'ambiguous':
      return ambiguousText(evidence);
    default:
      return 'Nothing decides whether it is connected. (kernel)';
  }
}

function halfOpenText(evidence: StatusEvidence): string {
  const since = timeOfDay(evidence.lastAckWallMs);
  const still = 'The connection still counts as established.';
  return `Nothing acknowledged since ${since}, while others acknowledge. ${still} (kernel)`;
}

function stalledText({ stalledWallMs, windowClosed }: StatusEvidence): string {
  const since = timeOfDay(stalledWallMs);
  return windowClosed
    ? `Its host acknowledges, its process reads nothing since ${since}: the window is closed. (kernel)`
    : `Its host acknowledges, its process answers no heartbeat since ${since}. (kernel)`;
}

function ambiguousText({ shared, unexplained }: StatusEvidence): string {
  if (shared === undefined) {
    if (unexplained === 1) {
      const stranger = 'One publish link comes from an address that no minion has';
      return `${stranger}; it can be its. (kernel + grains)`;
    }
    const strangers = `${unexplained} publish links come from addresses that no minion has`;
    return `${strangers}; one of them can be its. (kernel + grains)`;
  }
  const sharing = `${shared.minions} minions share the address ${shared.address}`;
  return `${sharing}; nothing has told yet which link is whose. (kernel + grains)`;
}

function absentText(evidence: StatusEvidence): string {
  const key = evidence.hasKey ? 'Its key is accepted' : 'It is expected and has no key';
  const since = evidence.everLinked ? 'since' : 'since before';
  const instant = timeOfDay(evidence.linklessWallMs);
  return `${key}, and no publish link is open ${since} ${instant}. (kernel + keys)`;
}

function timeOfDay(wallMs: number): string {
  return isDate(wallMs) ? `${new Date(wallMs).toISOString().slice(11, 19)} UTC` : 'an unknown time';
}

function dayOf(wallMs: number): string {
  return isDate(wallMs) ? new Date(wallMs).toISOString().slice(0, 10) : 'an unknown day';
}

/** Largest instant that a Date can hold. */
function isDate(wallMs: number): boolean {
  return Math.abs(wallMs) <= 8.64e15;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
