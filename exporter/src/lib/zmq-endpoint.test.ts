/** Endpoints with a source address, and endpoints that stay on this machine. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectEndpoint, localBindEndpoint } from './zmq-endpoint.js';

describe('connectEndpoint', () => {
  it.each([
    ['127.0.0.1', '127.0.0.77', 'tcp://127.0.0.77:0;127.0.0.1:4505', false],
    ['10.77.0.1', '127.0.0.77', 'tcp://127.0.0.77:0;10.77.0.1:4505', false],
    ['0.0.0.0', '127.0.0.77', 'tcp://127.0.0.77:0;127.0.0.1:4505', false],
    ['::', '127.0.0.77', 'tcp://127.0.0.77:0;127.0.0.1:4505', false],
    ['[::]', '127.0.0.77', 'tcp://127.0.0.77:0;127.0.0.1:4505', false],
    ['::ffff:10.77.0.1', '127.0.0.77', 'tcp://127.0.0.77:0;10.77.0.1:4505', false],
    ['salt.example', '127.0.0.77', 'tcp://127.0.0.77:0;salt.example:4505', false],
    ['::1', 'fd00::77', 'tcp://[fd00::77]:0;[::1]:4505', true],
    ['::', 'fd00::77', 'tcp://[fd00::77]:0;[::1]:4505', true],
    ['fd00::1', 'fd00::77', 'tcp://[fd00::77]:0;[fd00::1]:4505', true],
  ])('reaches %s from %s', (host, sourceAddress, ...expected) => {
    const [endpoint, ipv6] = expected;
    expect(connectEndpoint({ host, port: 4505, sourceAddress })).toEqual({
      ok: true,
      endpoint,
      ipv6,
    });
  });

  it.each([
    [
      'fd00::1',
      '127.0.0.77',
      /fd00::1 cannot be reached from the IPv4 source address 127\.0\.0\.77/,
    ],
    ['::1', '127.0.0.77', /::1 cannot be reached .* a master that listens on :: can be/],
    ['10.77.0.1', 'fd00::77', /10\.77\.0\.1 cannot be reached from the IPv6 source address/],
    ['10.77.0.1', 'localhost', /source address localhost is not an IP address/],
  ])('says why %s cannot be reached from %s', (host, sourceAddress, problem) => {
    const result = connectEndpoint({ host, port: 4505, sourceAddress });
    expect(result.ok ? '' : result.problem).toMatch(problem);
  });
});

describe('localBindEndpoint', () => {
  it.each([
    ['tcp://127.0.0.1:4510', undefined],
    ['tcp://127.8.9.10:65535', undefined],
    ['tcp://127.0.0.1:*', undefined],
    ['tcp://[::1]:4510', undefined],
    ['ipc:///run/tap.sock', '/run/tap.sock'],
    ['ipc://@tap', undefined],
  ])('accepts %s', (text, ipcPath) => {
    expect(localBindEndpoint(text)).toEqual({ ok: true, endpoint: text, ipcPath });
  });

  it.each([
    ['tcp://0.0.0.0:4510', /listen on 0\.0\.0\.0; only 127/],
    ['tcp://10.0.0.1:4510', /listen on 10\.0\.0\.1/],
    ['tcp://[::]:4510', /listen on ::; only/],
    ['tcp://*:4510', /listen on \*/],
    ['tcp://:4510', /listen on every address/],
    ['tcp://eth0:4510', /listen on eth0/],
    ['tcp://localhost:4510', /listen on localhost/],
    ['tcp://127.evil.example:4510', /listen on 127\.evil/],
    ['tcp://127.0.0.1:0', /no port from 1/],
    ['tcp://127.0.0.1:65536', /no port from 1/],
    ['tcp://127.0.0.1', /neither/],
    ['tcp://127.0.0.1:4510;10.0.0.1:4510', /neither/],
    ['udp://127.0.0.1:4510', /neither/],
    ['', /neither/],
    ['ipc://', /absolute path/],
    ['ipc://@', /absolute path/],
    ['ipc://tap.sock', /absolute path/],
    [`ipc:///${'x'.repeat(107)}`, /path of 108 bytes/],
  ])('refuses %s and says why', (text, problem) => {
    const result = localBindEndpoint(text);
    expect(result.ok ? 'accepted' : result.problem).toMatch(problem);
  });

  it('never accepts a tcp host that is not loopback, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.domain(), fc.string()), (host) => {
        const result = localBindEndpoint(`tcp://${host}:4510`);
        if (result.ok) expect(host).toMatch(/^127\.\d+\.\d+\.\d+$/);
      }),
    );
  });
});
