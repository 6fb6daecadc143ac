/** What readers see of a minion's own view: frozen with the epoch. */
import type { Instant } from '../lib/clock.js';
import { stormAdvice } from './local-advice.js';
import type { LocalBook } from './local-book.js';
import type { LocalFigures, LocalMasterFigures } from './local-epoch.js';
import { LOG_SIGNALS } from './log-signals.js';
import type { State } from './state.js';

const SERIAL = LOG_SIGNALS.findIndex(({ signal }) => signal === 'invalid_serial');
const DECRYPT = LOG_SIGNALS.findIndex(({ signal }) => signal === 'decryption_failed');

/** undefined unless this is a minion's exporter. */
export function freezeLocal(state: State, now: Instant): LocalFigures | undefined {
  const { local } = state;
  if (local === undefined) return undefined;
  const { config } = local;
  const signals = state.logs.get('minion')?.signals;
  const signal = (index: number) => signals?.[index] ?? 0;
  const options = config?.options ?? new Map<string, number>();
  return {
    minionId: config?.minionId,
    version: config?.version,
    masters: [...local.masters.keys()].map((name) => masterFigures(local, name, now)),
    options,
    advice: stormAdvice(options, state.options.fleetSize),
    executed: local.executed,
    queued: local.queued,
    rejectedSerial: signal(SERIAL),
    rejectedDecrypt: signal(DECRYPT),
    notReturned: local.notReturned,
  };
}

function masterFigures(local: LocalBook, name: string, now: Instant): LocalMasterFigures {
  const counts = local.masters.get(name) ?? { answered: 0, abandoned: 0, refused: 0 };
  let publish = 0;
  let request = 0;
  let queue = 0;
  let waitsMonoMs = Number.POSITIVE_INFINITY;
  for (const link of local.links.values()) {
    if (link.master !== name || !link.isEstablished) continue;
    if (link.isRequest) request += 1;
    else publish += 1;
    queue += link.isRequest ? 0 : link.receiveQueue;
    if (link.waitsMonoMs < waitsMonoMs) waitsMonoMs = link.waitsMonoMs;
  }
  const isWaiting = Number.isFinite(waitsMonoMs);
  return {
    name,
    publishLinks: local.isSeen ? publish : undefined,
    requestLinks: local.isSeen ? request : undefined,
    receiveQueueBytes: local.isSeen && publish > 0 ? queue : undefined,
    ...counts,
    requestWaitSeconds: isWaiting ? Math.max(0, now.monoMs - waitsMonoMs) / 1_000 : undefined,
  };
}
