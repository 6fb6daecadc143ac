/**
 * Flaps: a disconnect followed by a connect of the same minion within the window, each connect and
 * each disconnect in one flap at most. A half-open link is often replaced before it ends; then
 * connect comes before disconnect, and the pair is a flap all the same: the minion lost its
 * connection and made a new one.
 */
import { diedBetween, type Listeners, RESTART_WINDOW_MS } from './listeners.js';
import type { MinionTable } from './minion-table.js';

export interface FlapContext {
  readonly minions: MinionTable;
  readonly listeners: Listeners;
  readonly windowMs: number;
}

/**
 * True when this connect completes a flap. `overlaps`: another publish link of this minion is still
 * established.
 */
export function flapOnConnect(
  context: FlapContext,
  minion: number,
  connect: { readonly monoMs: number; readonly overlaps: boolean },
): boolean {
  const { minions } = context;
  const disconnect = minions.openDisconnectMonoMs[minion] ?? Number.NaN;
  minions.openDisconnectMonoMs[minion] = Number.NaN;
  if (isPair(context, disconnect, connect.monoMs)) return true;
  if (connect.overlaps) minions.openConnectMonoMs[minion] = connect.monoMs;
  return false;
}

/**
 * True when this disconnect completes a flap whose connect came first. `openedMonoMs`: first sight
 * of the link that ended.
 */
export function flapOnDisconnect(
  context: FlapContext,
  minion: number,
  disconnect: { readonly monoMs: number; readonly openedMonoMs: number },
): boolean {
  const { minions } = context;
  const connect = minions.openConnectMonoMs[minion] ?? Number.NaN;
  if (disconnect.openedMonoMs < connect) {
    minions.openConnectMonoMs[minion] = Number.NaN;
    if (isPair(context, disconnect.monoMs, connect)) return true;
  }
  minions.openDisconnectMonoMs[minion] = disconnect.monoMs;
  return false;
}

/** Whether a publish link that ended then ended with its daemon: nobody's flap. */
export function endedWithDaemon(listeners: Listeners, monoMs: number): boolean {
  return diedBetween(
    listeners.ports.publish,
    monoMs - RESTART_WINDOW_MS,
    monoMs + RESTART_WINDOW_MS,
  );
}

/** NaN compares false: no disconnect, no flap. */
function isPair(context: FlapContext, disconnectMs: number, connectMs: number): boolean {
  const apart = Math.abs(connectMs - disconnectMs);
  return apart <= context.windowMs && !endedWithDaemon(context.listeners, disconnectMs);
}
