/**
 * One minion for the API: its columns with "not known" as null, and one sentence that says what its
 * status rests on.
 */
import type { Epoch, MinionColumns } from '../domain/epoch.js';
import {
  IDENTITY_BASES,
  type IdentityBasis,
  MINION_STATUSES,
  type MinionStatus,
} from '../domain/vocabulary.js';
import type { MinionView } from './api-types.js';
import { splitEvidence } from './evidence-text.js';
import { clockText, durationText } from './time-text.js';

/** Column value that means "not known". */
const UNKNOWN_BYTE = 255;

interface Evidence {
  readonly evidence: string;
  readonly evidenceFrom: string;
}

export function minionView(epoch: Epoch, row: number): MinionView {
  const { minions } = epoch;
  const id = minions.ids[row] ?? '';
  const status = MINION_STATUSES[minions.status[row] ?? UNKNOWN_BYTE] ?? 'unknown';
  return {
    id,
    status,
    sinceMs: numberOrNull(minions.statusSinceMs[row]),
    connects: minions.connects[row] ?? 0,
    disconnects: minions.disconnects[row] ?? 0,
    flaps: minions.flaps[row] ?? 0,
    lastConnectMs: numberOrNull(minions.lastConnectMs[row]),
    lastDisconnectMs: numberOrNull(minions.lastDisconnectMs[row]),
    lastAckMs: numberOrNull(minions.lastAckMs[row]),
    rttSeconds: numberOrNull(minions.rttSeconds[row]),
    links: {
      publish: minions.publishLinks[row] ?? 0,
      request: minions.requestLinks[row] ?? 0,
    },
    basis: {
      publish: basisOf(minions.publishBasis[row]),
      request: basisOf(minions.requestBasis[row]),
    },
    kernelPresent: flagOrNull(minions.kernelPresent[row]),
    saltPresent: flagOrNull(minions.saltPresent[row]),
    ...evidenceOf(epoch, { row, id, status }),
  };
}

/** 1 → true, 0 → false, 255 → null. */
export function flagOrNull(value: number | undefined): boolean | null {
  if (value === undefined || value === UNKNOWN_BYTE) return null;
  return value === 1;
}

/** NaN and infinities have no JSON and no meaning here. */
export function numberOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

function basisOf(value: number | undefined): IdentityBasis | null {
  return IDENTITY_BASES[value ?? UNKNOWN_BYTE] ?? null;
}

function evidenceOf(
  epoch: Epoch,
  minion: { row: number; id: string; status: MinionStatus },
): Evidence {
  const { row } = minion;
  switch (minion.status) {
    case 'absent':
      return from('kernel', `No publish link since ${lastSeenText(epoch, row)}.`);
    case 'half_open':
      return from('kernel', halfOpenSentence(epoch, row));
    case 'stale':
      return from('kernel', staleSentence(epoch, row));
    case 'stalled':
      return from('kernel', stalledSentence(epoch, row));
    case 'slow':
      return from('kernel + stream', slowSentence(epoch, row));
    case 'ambiguous':
      return (
        saidByDomain(epoch, minion) ??
        from(
          'kernel + grains',
          'Its address is shared; nothing has told yet which link is its own.',
        )
      );
    case 'unknown':
      return unknownEvidence(epoch, minion);
    case 'ok':
      return from('kernel', okSentence(epoch, row));
  }
}

function from(evidenceFrom: string, evidence: string): Evidence {
  return { evidence, evidenceFrom };
}

function staleSentence(epoch: Epoch, row: number): string {
  const disconnected = numberOrNull(epoch.minions.lastDisconnectMs[row]);
  return disconnected === null
    ? `No publish link of it was seen since before ${clockText(epoch.startedWallMs, epoch.at.wallMs)}.`
    : `Its last publish link ended at ${clockText(disconnected, epoch.at.wallMs)}.`;
}

function halfOpenSentence(epoch: Epoch, row: number): string {
  const ack = numberOrNull(epoch.minions.lastAckMs[row]);
  const at = ack === null ? '' : ` since ${clockText(ack, epoch.at.wallMs)}`;
  return `Nothing acknowledged${at}; still counted as established.`;
}

function stalledSentence(epoch: Epoch, row: number): string {
  const { minions, at } = epoch;
  const pong = numberOrNull(minions.lastPongMs[row]);
  // What waits in the master's kernel for a host that acknowledges waits for the process to read.
  const waits = (minions.sendQueueBytes[row] ?? 0) > 0;
  if (pong !== null && !waits) {
    return `Its host acknowledges, its process answers no heartbeat since ${clockText(pong, at.wallMs)}.`;
  }
  return `Its host acknowledges, its process does not read${since(epoch, row)}.`;
}

function slowSentence(epoch: Epoch, row: number): string {
  const lag = numberOrNull(epoch.minions.lagSeconds[row]);
  const behind = lag === null ? '' : ` ${durationText(lag)}`;
  return `It is${behind} behind what was published, and drains${since(epoch, row)}.`;
}

function unknownEvidence(epoch: Epoch, minion: { id: string; status: MinionStatus }): Evidence {
  if (epoch.links === undefined) {
    return from('kernel', 'The sockets were not read completely yet.');
  }
  return (
    saidByDomain(epoch, minion) ?? from('kernel + grains', 'No link can be given to this key yet.')
  );
}

function okSentence(epoch: Epoch, row: number): string {
  const { minions, at } = epoch;
  const ack = numberOrNull(minions.lastAckMs[row]);
  const flaps = minions.flaps[row] ?? 0;
  const connected = numberOrNull(minions.lastConnectMs[row]);
  if (flaps > 0 && connected !== null) {
    const times = flaps === 1 ? '1 flap' : `${flaps} flaps`;
    return `It is connected since ${clockText(connected, at.wallMs)}, after ${times}.`;
  }
  return ack === null
    ? 'It is connected; when it last acknowledged anything is not known.'
    : `It is connected; what was sent to it was acknowledged ${durationText((at.wallMs - ack) / 1000)} ago.`;
}

function since(epoch: Epoch, row: number): string {
  const at = numberOrNull(epoch.minions.statusSinceMs[row]);
  return at === null ? '' : ` since ${clockText(at, epoch.at.wallMs)}`;
}

/**
 * Its last disconnect; if this process saw none, it was gone before the process began, and no more
 * is known.
 */
function lastSeenText(epoch: Epoch, row: number): string {
  const { minions, at }: { minions: MinionColumns; at: Epoch['at'] } = epoch;
  const disconnected = numberOrNull(minions.lastDisconnectMs[row]);
  if (disconnected !== null) return clockText(disconnected, at.wallMs);
  return `before ${clockText(epoch.startedWallMs, at.wallMs)}`;
}

/**
 * Why nothing is known is known best where it was decided: the newest status event that gave it
 * this status.
 */
function saidByDomain(
  epoch: Epoch,
  minion: { id: string; status: MinionStatus },
): Evidence | undefined {
  const told = epoch.recentEvents.find(
    (event) =>
      event.kind === 'status' && event.minion === minion.id && event.status === minion.status,
  );
  if (told === undefined) return undefined;
  const { text, from: source } = splitEvidence(told.text);
  return from(source ?? 'kernel', text);
}
