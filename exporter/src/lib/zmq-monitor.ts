/** The monitor events of our own ZeroMQ sockets, under libzmq's names instead of zeromq.js's. */
import type { Event, EventType, Socket } from 'zeromq';

/** zeromq.js name → libzmq name in lower case (zmq_socket_monitor(3)); `unknown` has none. */
const LIBZMQ_NAMES = {
  connect: 'connected',
  'connect:delay': 'connect_delayed',
  'connect:retry': 'connect_retried',
  bind: 'listening',
  'bind:error': 'bind_failed',
  accept: 'accepted',
  'accept:error': 'accept_failed',
  close: 'closed',
  'close:error': 'close_failed',
  disconnect: 'disconnected',
  end: 'monitor_stopped',
  'handshake:error:other': 'handshake_failed_no_detail',
  handshake: 'handshake_succeeded',
  'handshake:error:protocol': 'handshake_failed_protocol',
  'handshake:error:auth': 'handshake_failed_auth',
} as const satisfies Record<Exclude<EventType, 'unknown'>, string>;

export type SocketEventName = (typeof LIBZMQ_NAMES)[keyof typeof LIBZMQ_NAMES];

export interface SocketEvent {
  readonly name: SocketEventName;
  /**
   * Milliseconds with `connect_retried`, errno or ZAP status with failures, 0 where zeromq.js
   * passes no value on.
   */
  readonly value: number;
}

/**
 * Calls `onEvent` for each event of the socket until the socket is closed; resolves then, after
 * `monitor_stopped`. An event that zeromq.js cannot name is passed as `undefined`. Start it before
 * `connect` or `bind`, or events are missed.
 */
export async function watchSocket(
  socket: Socket,
  onEvent: (event: SocketEvent | undefined) => void,
): Promise<void> {
  // One reference for good: `socket.events` of a closed socket would make a new observer, which
  // throws.
  const observer = socket.events;
  while (!observer.closed) {
    // An observer that is closed while it waits answers undefined, against its type.
    const event: Event | undefined = await observer.receive();
    if (event === undefined) return;
    onEvent(toSocketEvent(event));
    if (event.type === 'end') return;
  }
}

/** undefined for an event that zeromq.js could not name. */
export function toSocketEvent(event: Event): SocketEvent | undefined {
  if (event.type === 'unknown') return undefined;
  return { name: LIBZMQ_NAMES[event.type], value: eventValue(event) };
}

function eventValue(event: Event): number {
  if (event.type === 'connect:retry') return event.interval;
  if (!('error' in event)) return 0;
  const error = event.error;
  if ('errno' in error) return error.errno;
  return 'status' in error ? error.status : 0;
}
