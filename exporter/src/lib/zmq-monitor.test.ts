/** zeromq.js's events under libzmq's names, on real sockets. */
import { describe, expect, it } from 'vitest';
import { Reply, Request } from 'zeromq';
import { type SocketEvent, toSocketEvent, watchSocket } from './zmq-monitor.js';

const ADDRESS = 'tcp://127.0.0.1:1';
const errnoError = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', errno: 111 });
const authError = Object.assign(new Error('no'), { status: 400 as const });
const protoError = Object.assign(new Error('no'), { code: 'ERR_ZMTP_INVALID_METADATA' as const });

describe('toSocketEvent', () => {
  it.each([
    [{ type: 'connect', address: ADDRESS } as const, 'connected', 0],
    [{ type: 'connect:delay', address: ADDRESS } as const, 'connect_delayed', 0],
    [{ type: 'connect:retry', address: ADDRESS, interval: 183 } as const, 'connect_retried', 183],
    [{ type: 'bind', address: ADDRESS } as const, 'listening', 0],
    [{ type: 'bind:error', address: ADDRESS, error: errnoError } as const, 'bind_failed', 111],
    [{ type: 'accept', address: ADDRESS } as const, 'accepted', 0],
    [{ type: 'accept:error', address: ADDRESS, error: errnoError } as const, 'accept_failed', 111],
    [{ type: 'close', address: ADDRESS } as const, 'closed', 0],
    [{ type: 'close:error', address: ADDRESS, error: errnoError } as const, 'close_failed', 111],
    [{ type: 'disconnect', address: ADDRESS } as const, 'disconnected', 0],
    [{ type: 'end' } as const, 'monitor_stopped', 0],
    [
      { type: 'handshake:error:other', address: ADDRESS, error: errnoError } as const,
      'handshake_failed_no_detail',
      111,
    ],
    [{ type: 'handshake', address: ADDRESS } as const, 'handshake_succeeded', 0],
    [
      { type: 'handshake:error:protocol', address: ADDRESS, error: protoError } as const,
      'handshake_failed_protocol',
      0,
    ],
    [
      { type: 'handshake:error:auth', address: ADDRESS, error: authError } as const,
      'handshake_failed_auth',
      400,
    ],
  ])('names %o as libzmq does', (event, name, value) => {
    expect(toSocketEvent(event)).toEqual({ name, value });
  });

  it('has no name for what zeromq.js could not interpret', () => {
    expect(toSocketEvent({ type: 'unknown' })).toBeUndefined();
  });
});

describe('watchSocket', () => {
  it('tells every event of a connection and ends after the socket is closed', async () => {
    const server = new Reply({ linger: 0 });
    await server.bind('tcp://127.0.0.1:*');
    const client = new Request({ linger: 0 });
    const events: (SocketEvent | undefined)[] = [];
    const watched = watchSocket(client, (event) => events.push(event));
    client.connect(server.lastEndpoint ?? '');
    await client.send('a');
    await server.receive();
    await server.send('b');
    await client.receive();
    client.close();
    await watched;
    server.close();
    expect(events.map((event) => event?.name)).toEqual([
      'connect_delayed',
      'connected',
      'handshake_succeeded',
      'monitor_stopped',
    ]);
  });
});
