/** Addresses out of recorded, made-up and damaged grains. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, decodeGrains } from './decode.js';

const fixture = (path: string) =>
  readFileSync(new URL(`../../../../test/fixtures/${path}`, import.meta.url));
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const text = (value: string) =>
  Buffer.concat([Buffer.from([0xd9, value.length]), Buffer.from(value)]);
const map = (...items: Buffer[]) =>
  Buffer.concat([Buffer.from([0x80 + items.length / 2]), ...items]);
const list = (...items: Buffer[]) => Buffer.concat([Buffer.from([0x90 + items.length]), ...items]);

const GOOD_FLAT = map(
  text('ipv4'),
  list(text('127.0.0.1'), text('10.0.0.1')),
  text('os'),
  map(text('deep'), list(bytes('c0'), bytes('d40000'))),
  text('ipv6'),
  list(text('::1'), text('2001:DB8:0:0::1'), text('::ffff:10.0.0.1')),
  text('fqdn_ip4'),
  list(text('10.0.0.9')),
  text('fqdn_ip6'),
  list(),
);
const GOOD = {
  addresses: ['127.0.0.1', '10.0.0.1', '::1', '2001:db8::1'],
  moreAddresses: ['10.0.0.9'],
};

describe('decodeGrains', () => {
  it.each([
    ['salt-3006.30/cache/minions/m1/data.p', 'map', ['10.77.0.11', 'fe80::58f9:14ff:fe05:359']],
    ['salt-3006.30/cache/minions/m3/data.p', 'map', ['10.78.0.13', 'fe80::a02a:65ff:fee6:2b56']],
    ['salt-3008.5/cache/grains/m1.p', 'flat', ['10.77.0.11', 'fe80::38a8:91ff:feb1:a38b']],
    ['salt-3008.5/cache/grains/m4.p', 'flat', ['10.78.0.14', 'fe80::bc65:18ff:fe88:534d']],
  ] as const)('reads what a real master cached: %s', (path, layout, [v4, v6]) => {
    const grains = { addresses: [v4, '127.0.0.1', '::1', v6], moreAddresses: ['127.0.0.1'] };
    expect(decodeGrains(fixture(path), layout)).toEqual({ ok: true, grains });
  });

  it('reads the flat layout, and the same grains in the map layout before and behind a pillar', () => {
    expect(decodeGrains(GOOD_FLAT, 'flat')).toEqual({ ok: true, grains: GOOD });
    const pillar = map(text('secret'), text('x'));
    for (const whole of [
      map(text('grains'), GOOD_FLAT, text('pillar'), pillar),
      map(text('pillar'), pillar, text('grains'), GOOD_FLAT),
    ])
      expect(decodeGrains(whole, 'map')).toEqual({ ok: true, grains: GOOD });
  });

  it('needs nothing behind the grains: a pillar may be missing, cut off or garbage', () => {
    const head = map(text('grains'), GOOD_FLAT, text('pillar'), bytes('c1'));
    expect(decodeGrains(head, 'map')).toEqual({ ok: true, grains: GOOD });
    expect(decodeGrains(head.subarray(0, -1), 'map').ok).toBe(true);
  });

  it('takes bin text, one text instead of a list, and keys of any type', () => {
    const odd = map(
      bytes('93010203'),
      bytes('01'),
      bytes('c7014e00'),
      bytes('02'),
      bytes('c404 69707634'),
      Buffer.concat([bytes('c408'), Buffer.from('10.0.0.7')]),
      text('ipv6'),
      list(
        bytes('01'),
        map(text('a'), text('b')),
        text('nonsense'),
        text('fe80::1%eth0'),
        text('x'.repeat(200)),
      ),
    );
    expect(decodeGrains(odd, 'flat')).toEqual({
      ok: true,
      grains: { addresses: ['10.0.0.7', 'fe80::1'], moreAddresses: [] },
    });
  });

  it('takes grains that are missing as none', () => {
    const none = { ok: true, grains: { addresses: [], moreAddresses: [] } };
    expect(decodeGrains(map(text('grains'), bytes('c0')), 'map')).toEqual(none);
    expect(decodeGrains(bytes('80'), 'flat')).toEqual(none);
  });

  it('takes no more than 256 addresses of a list', () => {
    const many = Array.from({ length: 300 }, (_, i) => text(`10.1.${i >> 8}.${i & 255}`));
    const whole = Buffer.concat([bytes('81'), text('ipv4'), bytes('dc012c'), ...many]);
    const decoded = decodeGrains(whole, 'flat');
    expect(decoded.ok && decoded.grains.addresses).toHaveLength(256);
  });

  it.each([
    ['nothing', '', 'empty'],
    ['a byte that is no msgpack', 'c1', 'not_msgpack'],
    ['garbage inside', '81 a2 6f73 c1', 'not_msgpack'],
    ['a number', '00', 'wrong_shape'],
    ['PEM text', Buffer.from('-----BEGIN').toString('hex'), 'wrong_shape'],
    ['a list', '90', 'wrong_shape'],
    ['a map cut off', '82 a2 6f73 c0', 'truncated'],
    ['a map of 4 G pairs', 'df ffffffff c0', 'truncated'],
    ['a text of 4 GB', '81 a4 69707634 c6 ffffffff 31', 'truncated'],
  ])('refuses %s', (_name, hex, reason) => {
    expect(decodeGrains(bytes(hex), 'flat')).toEqual({ ok: false, reason });
  });

  it('refuses a map layout without grains, or with grains of another type', () => {
    expect(decodeGrains(map(text('pillar'), bytes('80')), 'map')).toEqual({
      ok: false,
      reason: 'wrong_shape',
    });
    expect(decodeGrains(map(text('grains'), bytes('05')), 'map')).toMatchObject({ ok: false });
  });

  it('finds every shorter form of good bytes truncated, or complete in what it has', () => {
    for (let length = 1; length < GOOD_FLAT.length; length += 1) {
      const decoded = decodeGrains(GOOD_FLAT.subarray(0, length), 'flat');
      expect(decoded).toEqual({ ok: false, reason: 'truncated' });
    }
  });

  it('never throws, whatever the bytes or the damage', () => {
    const damaged = fc.tuple(fc.nat(GOOD_FLAT.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(GOOD_FLAT);
      copy[at] = byte;
      return copy;
    });
    const layouts = fc.constantFrom('map' as const, 'flat' as const);
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 80 })), layouts, (data, layout) => {
        expect(() => decodeGrains(data, layout)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});

it.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::FFFF:10.0.0.1', '10.0.0.1'],
  ['2001:DB8::0:1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['10.0.0.01', undefined],
  ['10.0.0.1/24', undefined],
  ['<b>', undefined],
])('makes %s the canonical %s', (text_, canonical) => {
  expect(canonicalAddress(text_)).toBe(canonical);
});
