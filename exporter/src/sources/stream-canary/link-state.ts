/**
 * What the monitor events of our subscription say about the publish port, in states and in
 * sentences.
 */
import type { MonitorEventName } from '../../domain/vocabulary.js';
import { RECONNECT_INTERVAL_MAX_MS, RECONNECT_INTERVAL_MS, REOPEN_MS } from './options.js';

/**
 * `connecting`: nothing is known yet. `refused`: the connection does not come about. `greeting`:
 * connected, no handshake yet. `subscribed`: a publisher's handshake succeeded. `lost`: it was
 * subscribed. `stranger`: connected, but no ZeroMQ publisher.
 */
export type LinkState = 'connecting' | 'refused' | 'greeting' | 'subscribed' | 'lost' | 'stranger';

/** The state after an event; events that decide nothing leave it as it is. */
export function applyEvent(state: LinkState, event: MonitorEventName): LinkState {
  switch (event) {
    case 'connected':
      // A stranger stays one until its handshake succeeds, or health would flip with every attempt.
      return state === 'stranger' ? 'stranger' : 'greeting';
    case 'handshake_succeeded':
      return 'subscribed';
    case 'handshake_failed_no_detail':
    case 'handshake_failed_protocol':
    case 'handshake_failed_auth':
      return 'stranger';
    case 'disconnected':
      // A peer of another socket type is dropped by libzmq without a handshake event.
      if (state === 'subscribed' || state === 'lost') return 'lost';
      return 'stranger';
    case 'closed':
      return state === 'lost' ? 'lost' : 'refused';
    default:
      return state;
  }
}

/** One sentence for people; `where` is `127.0.0.1:4505 from 127.0.0.77`. */
export function stateDetail(state: LinkState, where: string): string {
  const lastMs = state === 'stranger' ? REOPEN_MS : RECONNECT_INTERVAL_MAX_MS;
  const seconds = `${RECONNECT_INTERVAL_MS / 1000} to ${lastMs / 1000} s`;
  const meanwhile = `tried again every ${seconds}, publishes are not counted meanwhile`;
  switch (state) {
    case 'subscribed':
      return `subscribed to ${where}`;
    case 'connecting':
    case 'greeting':
      return `connecting to ${where}; publishes are not counted yet`;
    case 'refused':
      return (
        `nothing accepts a connection to ${where}: ` +
        `the master is down or the source address is not this host's; ${meanwhile}`
      );
    case 'lost':
      return `the publisher at ${where} went away; ${meanwhile}`;
    case 'stranger':
      return `${where} takes connections but is no ZeroMQ publisher; ${meanwhile}`;
  }
}
