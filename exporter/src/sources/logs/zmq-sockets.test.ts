/** Names and peers of monitored sockets, from logs that begin anywhere in their lives. */
import { describe, expect, it } from 'vitest';
import type { MonitorEventName } from '../../domain/vocabulary.js';
import type { MasterFacts, SaltLog } from '../source.js';
import { MonitorSockets } from './zmq-sockets.js';

/** Event, endpoint, process. */
type Told = readonly [MonitorEventName, (string | undefined)?, string?];

const PORTS = { publishPort: 4505, requestPort: 4506 } as MasterFacts;

function sockets(log: Partial<SaltLog>): MonitorSockets {
  const whole = {
    component: 'master',
    path: '/log',
    format: undefined,
    dateFormat: undefined,
    level: 'debug',
    minionId: undefined,
    masters: 1,
    ...log,
  } as const;
  return new MonitorSockets(whole, PORTS);
}

function tell(to: MonitorSockets, events: readonly Told[]) {
  return events.map(([event, endpoint = 'tcp://10.0.0.1:4505', pid = '7']) => {
    const named = to.name({ ok: true, event, value: 1, endpoint }, pid);
    return `${named.socket} ${named.peersNow}`;
  });
}

describe("sockets of a master's log", () => {
  it.each([
    ['tcp://0.0.0.0:4505', 'publish'],
    ['tcp://[::]:4506', 'request'],
    ['ipc:///run/workers.ipc', 'workers'],
    ['tcp://10.0.0.1:44505', 'other'],
    [undefined, 'other'],
  ])('%s is %s', (endpoint, socket) => {
    const event = { ok: true, event: 'accepted', value: 1, endpoint } as const;
    expect(sockets({}).name(event, '7').socket).toBe(socket);
  });

  it('have unknown peers until the socket listens, or another process has it', () => {
    expect(
      tell(sockets({}), [
        ['handshake_succeeded'],
        ['listening'],
        ['handshake_succeeded'],
        ['handshake_succeeded'],
        ['disconnected'],
      ]),
    ).toEqual(['publish unknown', 'publish 0', 'publish 1', 'publish 2', 'publish 1']);
    expect(tell(sockets({}), [['disconnected'], ['handshake_succeeded', undefined, '8']])).toEqual([
      'publish unknown',
      'publish 1',
    ]);
  });

  it('are unknown again when lines were missed', () => {
    const all = sockets({});
    tell(all, [['listening'], ['handshake_succeeded']]);
    all.miss();
    expect(tell(all, [['handshake_succeeded']])).toEqual(['publish unknown']);
  });
});

describe("the socket of a minion's log", () => {
  it('is named after the minion, where its id is known', () => {
    expect(tell(sockets({ component: 'minion', minionId: 'm1' }), [['connected']])).toEqual([
      'minion:m1 0',
    ]);
    expect(tell(sockets({ component: 'minion' }), [['connected']])).toEqual(['minion 0']);
  });

  it('has one peer while connected, however the log begins', () => {
    expect(
      tell(sockets({ component: 'minion' }), [
        ['disconnected'],
        ['connect_retried'],
        ['connect_delayed'],
        ['connected'],
        ['handshake_succeeded'],
        ['disconnected'],
      ]),
    ).toEqual(['minion 0', 'minion 0', 'minion 0', 'minion 0', 'minion 1', 'minion 0']);
  });

  it('has as many as its masters once each was heard of, and none after a restart', () => {
    const other = 'tcp://10.0.0.2:4505';
    expect(
      tell(sockets({ component: 'minion', masters: 2 }), [
        ['handshake_succeeded'],
        ['handshake_succeeded', other],
        ['disconnected', other],
        ['connect_delayed', undefined, '8'],
      ]),
    ).toEqual(['minion unknown', 'minion 2', 'minion 1', 'minion 0']);
  });
});
