/** What each option accepts and refuses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPTION_KEYS, optionOf } from './options.js';
import { parseDuration } from './parse-values.js';

function parse(key: (typeof OPTION_KEYS)[number], text: string): unknown {
  const parsed = optionOf(key).value.parse(text);
  return parsed.ok ? parsed.value : `no: ${parsed.reason}`;
}

describe('option values', () => {
  it('reads a list of functions, each once, and refuses what is none', () => {
    expect(parse('metrics.functions', 'state.apply, test.ping,state.apply')).toEqual([
      'state.apply',
      'test.ping',
    ]);
    for (const text of ['', 'ping', 'state.apply,', 'state.*', 'a.b;c.d']) {
      expect(parse('metrics.functions', text)).toMatch(/^no: is no list of functions/);
    }
    const many = Array.from({ length: 17 }, (_, n) => `my.f${n}`).join(',');
    expect(parse('metrics.functions', many)).toBe('no: has more than 16 functions');
  });

  it.each([
    ['0', 0],
    ['500ms', 0.5],
    ['1s', 1],
    ['90s', 90],
    ['1m30s', 90],
    ['1h30m', 5400],
    ['7d', 604_800],
    ['2w', 1_209_600],
    ['1y', 31_536_000],
    ['1d500ms', 86_400.5],
  ])('reads the duration %s', (text, seconds) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: seconds });
  });

  it.each(['', '1', '1.5', '1.5s', '30s1m', '1 s', '-1s', 's', '1S', '١s'])(
    'refuses the duration "%s"',
    (text) => {
      expect(parseDuration(text).ok).toBe(false);
    },
  );

  it.each([
    ['monitor.tap', 'tcp://127.0.0.1:4510'],
    ['monitor.tap', 'tcp://127.8.0.1:*'],
    ['monitor.tap', 'tcp://[::1]:4510'],
    ['monitor.tap', 'ipc:///run/b/tap.ipc'],
    ['web.telemetry-path', '/metrics'],
    ['web.telemetry-path', '/a/b.c'],
    ['canary.source-address', '127.1.2.3'],
    ['salt.config-dir', '/srv/salt etc'],
  ] as const)('takes %s=%s as it stands', (key, text) => {
    expect(parse(key, text)).toBe(text);
  });

  it.each([
    ['web.listen-address', '127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
    ['web.listen-address', 'salt-master.example:4507', { host: 'salt-master.example', port: 4507 }],
    ['web.listen-address', '[fe80::1%eth0]:1', { host: 'fe80::1%eth0', port: 1 }],
    ['metrics.detail', 'none', { links: 'none', delivery: 'none', requests: 'none', jobs: 'none' }],
    [
      'metrics.detail',
      'all,links=problems',
      { links: 'problems', delivery: 'all', requests: 'all', jobs: 'all' },
    ],
    [
      'metrics.detail',
      'links=problems',
      { links: 'problems', delivery: 'all', requests: 'all', jobs: 'all' },
    ],
    ['scan.cpu-budget', '0', 0],
    ['scan.cpu-budget', '4%', 0.04],
    ['scan.cpu-budget', '.5', 0.5],
  ] as const)('reads %s=%s', (key, text, value) => {
    expect(parse(key, text)).toEqual(value);
  });

  it.each([
    ['monitor.tap', 'tcp://0.0.0.0:4510', /whoever reaches/],
    ['monitor.tap', 'tcp://*:4510', /whoever reaches/],
    ['monitor.tap', 'tcp://10.0.0.1:4510', /whoever reaches/],
    ['monitor.tap', 'tcp://127.0.0.1', /is neither/],
    ['monitor.tap', 'tcp://127.0.0.1:0', /no port from 1/],
    ['monitor.tap', 'tcp://127.0.0.1:70000', /no port from 1/],
    ['monitor.tap', 'inproc://x', /is neither/],
    ['monitor.tap', 'ipc://', /absolute path/],
    ['monitor.tap', 'ipc://run/tap.ipc', /absolute path/],
    ['monitor.tap', `ipc:///${'x'.repeat(120)}`, /121 bytes/],
    ['web.listen-address', '4507', /no address/],
    ['web.listen-address', '::1:4507', /no address/],
    ['web.listen-address', ':70000', /above 65535/],
    ['web.listen-address', '300.1.1.1:80', /neither an address nor a name/],
    ['web.listen-address', '[10.0.0.1]:80', /no IPv6/],
    ['web.telemetry-path', 'metrics', /no path/],
    ['web.telemetry-path', '/', /no path/],
    ['web.telemetry-path', '/a/../b', /no path/],
    ['web.telemetry-path', '/-/ready', /lies below/],
    ['web.telemetry-path', '/api', /lies below/],
    ['web.telemetry-path', '/page/metrics', /lies below/],
    ['canary.source-address', '::1', /falsify/],
    ['canary.source-address', 'localhost', /falsify/],
    ['canary.source-address', '10.0.0.1', /no loopback/],
    ['canary.source-address', '::ffff:127.0.0.77', /no loopback/],
    ['canary.source-address', '127.255.255.255', /broadcast/],
    ['metrics.detail', 'some', /none of: all/],
    ['metrics.detail', 'all,all', /twice/],
    ['metrics.detail', 'all,job=none', /names no block/],
    ['metrics.detail', 'links=all,links=none', /twice/],
    ['scan.cpu-budget', '1.1', /out of range/],
    ['scan.cpu-budget', 'lots', /no share/],
    ['scan.interval', '0', /out of range/],
    ['scan.interval', '99ms', /out of range/],
    ['canary.request.interval', '400ms', /or 0 for off/],
    ['salt.config-dir', '', /is empty/],
    ['salt.config-dir', 'a\0b', /NUL/],
  ] as const)('refuses %s=%s and says why', (key, text, reason) => {
    expect(parse(key, text)).toMatch(reason);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...OPTION_KEYS), fc.string(), (key, text) => {
        expect(() => optionOf(key).value.parse(text)).not.toThrow();
      }),
    );
  });

  it('accepts its own default in every row', () => {
    for (const key of OPTION_KEYS) {
      const option = optionOf(key);
      if (option.default !== undefined) expect(option.value.parse(option.default).ok).toBe(true);
    }
  });
});
