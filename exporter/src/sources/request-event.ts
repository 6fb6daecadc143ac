/** What a request socket of ours went through, told to the domain: both request canaries have one. */
import type { SocketEvent } from '../lib/zmq-monitor.js';
import type { Source, SourceContext } from './source.js';

/** `undefined`: an event without a name. `peerOpen`: it had a peer before the event. */
export function emitRequestEvent(
  { emit }: SourceContext,
  source: Source['name'],
  { event, peerOpen }: { readonly event: SocketEvent | undefined; readonly peerOpen: boolean },
): void {
  if (event === undefined) {
    emit({ kind: 'source_error', source, reason: 'unknown_monitor_event', count: 1 });
    return;
  }
  const ends = event.name === 'disconnected' || event.name === 'monitor_stopped';
  emit({
    kind: 'monitor_event',
    source: 'exporter',
    socket: 'request',
    event: event.name,
    value: event.value,
    endedPeers: ends && peerOpen ? 1 : 0,
  });
}
