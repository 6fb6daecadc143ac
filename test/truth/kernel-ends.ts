/** What the kernels at both ends of each publish connection hold, read with `ss`: not the way the exporter reads. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface End {
  readonly state: string;
  readonly receiveQueue: number;
  readonly sendQueue: number;
  readonly bytesAcked: number;
  readonly bytesReceived: number;
}

/** One connection as its two ends see it; an end that is gone is undefined. */
export interface Connection {
  /** Address and port of the subscriber: tells connections apart. */
  readonly peer: string;
  readonly address: string;
  readonly publisher: End | undefined;
  readonly subscriber: End | undefined;
}

/** All connections of the publish port, by the subscriber's address; the newest of several is the last. */
export async function readConnections(port: number): Promise<Map<string, Connection[]>> {
  const filter = `( sport = :${port} or dport = :${port} )`;
  const { stdout } = await run('ss', ['-tinOH', 'state', 'connected', filter], {
    maxBuffer: 16 * 1024 * 1024,
  });
  const ends = new Map<string, { publisher?: End; subscriber?: End }>();
  for (const line of stdout.split('\n')) {
    const row = parseLine(line, port);
    if (row === undefined) continue;
    const entry = ends.get(row.peer) ?? {};
    entry[row.side] = row.end;
    ends.set(row.peer, entry);
  }
  const byAddress = new Map<string, Connection[]>();
  for (const [peer, { publisher, subscriber }] of ends) {
    const address = peer.slice(0, peer.lastIndexOf(':'));
    const list = byAddress.get(address) ?? [];
    list.push({ peer, address, publisher, subscriber });
    byAddress.set(address, list);
  }
  return byAddress;
}

/** `ESTAB 0 512 127.0.0.1:4505 127.40.0.1:33000 cubic … bytes_acked:91 bytes_received:103 …`; figures that are 0 are left out. */
export function parseLine(
  line: string,
  port: number,
): { peer: string; side: 'publisher' | 'subscriber'; end: End } | undefined {
  const [state, receiveQueue, sendQueue, local, remote] = line.trim().split(/\s+/);
  if (state === undefined || local === undefined || remote === undefined) return undefined;
  // Remnants of the side that closed first: no counters, and the other end may be long gone.
  if (state === 'TIME-WAIT') return undefined;
  const side = local.endsWith(`:${port}`) ? 'publisher' : 'subscriber';
  const figure = (name: string) => Number(new RegExp(` ${name}:(\\d+)`).exec(line)?.[1] ?? 0);
  return {
    peer: side === 'publisher' ? remote : local,
    side,
    end: {
      state,
      receiveQueue: Number(receiveQueue),
      sendQueue: Number(sendQueue),
      bytesAcked: figure('bytes_acked'),
      bytesReceived: figure('bytes_received'),
    },
  };
}

/** The connection that carries messages now: established at both ends; undefined while there is none. */
export function livingConnection(
  connections: readonly Connection[] | undefined,
): Connection | undefined {
  return connections?.find(
    ({ publisher, subscriber }) => publisher?.state === 'ESTAB' && subscriber?.state === 'ESTAB',
  );
}
