/** Where the bus is looked for, and what people are told when it cannot be reached. */
import type { Stats } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MasterFacts } from '../source.js';
import { addressText, busAddress, connectProblem, lookAtPath } from './address.js';

function facts(parts: Partial<MasterFacts>): MasterFacts {
  return {
    configDir: '/etc/salt',
    publishPort: 4505,
    requestPort: 4506,
    connectHost: '127.0.0.1',
    pkiDir: '/etc/salt/pki/master',
    cacheDir: '/var/cache/salt/master',
    sockDir: '/var/run/salt/master',
    ipcMode: 'ipc',
    tcpMasterPubPort: 4512,
    logFile: '/var/log/salt/master',
    logs: [],
    zmqMonitor: false,
    workerThreads: 5,
    ipv6: false,
    transport: 'zeromq',
    keysCacheDriver: 'localfs_key',
    cacheDriver: 'localfs',
    minionDataCache: true,
    ...parts,
  };
}

describe('the address of the bus', () => {
  it.each([
    [{}, '/var/run/salt/master/master_event_pub.ipc'],
    [{ ipcMode: 'tcp' }, '127.0.0.1:4512'],
    [{ ipcMode: 'tcp', ipv6: true, saltVersion: '3007.17' }, '127.0.0.1:4512'],
    [{ ipcMode: 'tcp', ipv6: true }, '127.0.0.1:4512'],
    [{ ipcMode: 'tcp', ipv6: true, saltVersion: '3008.5', tcpMasterPubPort: 9 }, '[::1]:9'],
  ] as const)('of a master with %j is %s', (parts, text) => {
    expect(addressText(busAddress(facts(parts)))).toBe(text);
  });

  it('has room for 107 bytes', async () => {
    const at = async (bytes: number) => lookAtPath(`/nowhere/${'x'.repeat(bytes - 9)}`);
    expect(await at(107)).toMatchObject({ problem: expect.stringContaining('no directory') });
    expect(await at(108)).toMatchObject({ problem: expect.stringContaining('has 108 bytes') });
  });
});

/** As far as the sentences look at it. */
function socketOf(mode: number): Stats {
  return Object.assign(Object.create(null), { mode: 0o140_000 | mode, uid: 110, gid: 120 });
}

describe('a connection that is refused', () => {
  it.each([
    ['EACCES', 0o600, '0600 of user 110 and group 120; run the exporter as user 110'],
    ['EACCES', 0o660, 'run the exporter as user 110, or in group 120'],
    ['ECONNREFUSED', 0o660, 'nothing listens there: is the master running?'],
    ['EAGAIN', 0o660, 'is the event publisher of the master stuck?'],
    ['ENOTSUP', 0o660, 'it cannot be connected to (ENOTSUP)'],
  ])('says of %s and mode %i what to do', (code, mode, words) => {
    expect(connectProblem(code, socketOf(mode))).toContain(words);
    expect(connectProblem(code, socketOf(mode)).endsWith(words)).toBe(true);
  });

  it('needs no file', () => {
    expect(connectProblem(undefined, undefined)).toContain('no reason given');
    expect(connectProblem('EACCES', undefined)).toContain("as the master's user");
  });
});
