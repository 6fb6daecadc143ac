/**
 * Every queue of Salt's ZeroMQ sockets, and of its event bus: what happens at its mark, which option
 * sets the mark, and which of our figures shows it. Shown by the API and the documentation.
 */

export interface SocketMark {
  /** ZeroMQ's type; of the bus: what it is. */
  readonly type: string;
  /** Which socket of Salt, and between whom. */
  readonly socket: string;
  /** `drops`: the newest message is lost. `blocks`: the sender waits. */
  readonly atMark: 'drops' | 'blocks' | 'grows';
  readonly detail: string;
  /** What sets it, and to how much unless it is set. */
  readonly mark: string;
  /** Families of ours; empty: nothing of ours shows it. */
  readonly families: readonly string[];
}

export const SOCKET_MARKS: readonly SocketMark[] = [
  {
    type: 'PUB',
    socket: 'publisher → minions, port 4505',
    atMark: 'drops',
    detail:
      'Silently, for that minion alone; no log, no event. Credit comes back in steps of half the mark, so drops can begin at half of it.',
    mark: 'pub_hwm, 1000, for each minion',
    families: [
      'salt_minion_queue_messages',
      'salt_minion_queue_pressure_ratio',
      'salt_minion_dropped_messages_total',
      'salt_publish_hwm_recommended_messages',
    ],
  },
  {
    type: 'SUB',
    socket: 'minion, port 4505',
    atMark: 'drops',
    detail:
      'Its pipe is full, then its kernel, then the master queues for it: what is lost is lost at the PUB. Salt sets no mark here.',
    mark: '1000 of libzmq; rcvhwm has no effect',
    families: ['salt_minion_send_queue_bytes', 'salt_minion_lag_messages'],
  },
  {
    type: 'REQ',
    socket: 'minion or client → master, port 4506',
    atMark: 'blocks',
    detail: 'One request at a time: who waits for an answer cannot ask again.',
    mark: '1000 of libzmq, never reached',
    families: ['salt_minion_request_wait_seconds', 'salt_requests_waiting'],
  },
  {
    type: 'ROUTER',
    socket: 'request server, port 4506',
    atMark: 'drops',
    detail: 'A reply to a peer that is gone or does not read is lost silently.',
    mark: '1000 of libzmq, for each peer',
    families: ['salt_requests_abandoned_total', 'salt_request_wait_max_seconds'],
  },
  {
    type: 'DEALER',
    socket: 'request server → workers (workers.ipc)',
    atMark: 'blocks',
    detail:
      'Requests go round all workers, busy or wedged; when all pipes are full nothing is read from 4506 any more. The number of workers is worker_threads.',
    mark: '1000 of libzmq, for each worker',
    families: ['salt_requests_waiting', 'salt_wedged_workers', 'salt_request_ping_total'],
  },
  {
    type: 'REP',
    socket: 'worker (workers.ipc)',
    atMark: 'blocks',
    detail: 'One request at a time; one that raises on old versions never answers again.',
    mark: '1000 of libzmq',
    families: ['salt_request_service_seconds', 'salt_wedged_workers'],
  },
  {
    type: 'PUSH → PULL',
    socket: 'worker → publisher (publish_pull.ipc)',
    atMark: 'blocks',
    detail:
      'A publisher that stands still makes workers wait once the pipe is full; what is in it when the publisher dies is lost.',
    mark: '1000 of libzmq',
    families: ['salt_publish_gap_messages_total', 'salt_requests_waiting'],
  },
  {
    type: 'listen()',
    socket: 'ports 4505 and 4506',
    atMark: 'drops',
    detail: 'Connections beyond the accept queue are not taken; minions try again, all at once.',
    mark: 'zmq_backlog, 1000',
    families: [
      'salt_listen_queue_length',
      'salt_listen_queue_limit',
      'salt_listen_overflows_total',
    ],
  },
  {
    type: 'Unix or TCP stream',
    socket: 'event bus (master_event_pub.ipc), which is no ZeroMQ socket',
    atMark: 'grows',
    detail:
      'A reader that does not read makes the event publisher hold its events (3006, 3008) or holds up every other reader (3007 before 3007.15). salt_event_pub_hwm and event_publisher_pub_hwm have had no effect since January 2017.',
    mark: 'ipc_write_buffer on 3006 and from 3008.3 on; publish_drain_timeout on newer releases',
    families: ['salt_event_bus_lag_seconds', 'salt_event_bus_backlog_bytes'],
  },
];

/**
 * What Salt's documentation gave for 8,000 minions (24 cores, 32 GiB): 128000 and 64000 of two options
 * that nothing reads any more, and nothing for `pub_hwm`.
 */
export const DOCUMENTED_8000 =
  'For 8,000 minions Salt’s example configuration gave salt_event_pub_hwm: 128000 and event_publisher_pub_hwm: 64000. Both options were removed in January 2017 (2016.3.5, 2016.11.2) and do nothing; for pub_hwm it names no figure but its default of 1000.';
