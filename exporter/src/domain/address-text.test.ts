/** Addresses: what is one, what is none, and that text and words are the same thing. */
import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddressWords, formatAddress, parseAddress } from './address-text.js';

/** A property run takes a second alone and shares its machine with other suites. */
const PROPERTY_TIMEOUT_MS = 60_000;

describe('address text', () => {
  it.each<[string, AddressWords]>([
    ['10.0.0.1', [0, 0, 0xffff, 0x0a000001]],
    ['255.255.255.255', [0, 0, 0xffff, 0xffffffff]],
    ['::ffff:10.0.0.1', [0, 0, 0xffff, 0x0a000001]],
    ['::ffff:a00:1', [0, 0, 0xffff, 0x0a000001]],
    ['::1', [0, 0, 0, 1]],
    ['::', [0, 0, 0, 0]],
    ['2001:DB8::5', [0x20010db8, 0, 0, 5]],
    ['fe80::1:2:3:4', [0xfe800000, 0, 0x10002, 0x30004]],
    ['1:2:3:4:5:6:7:8', [0x10002, 0x30004, 0x50006, 0x70008]],
    ['1:2:3:4:5:6:7::', [0x10002, 0x30004, 0x50006, 0x70000]],
    ['64:ff9b::192.0.2.33', [0x64ff9b, 0, 0, 0xc0000221]],
  ])('reads %s', (text, words) => {
    expect(parseAddress(text)).toEqual(words);
  });

  it.each([
    '',
    ' 10.0.0.1',
    '10.0.0',
    '10.0.0.1.2',
    '10.0.0.256',
    '10.0.0.01',
    '10.0..1',
    '.10.0.0.1',
    '10.0.0.1/24',
    '1:2:3',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    ':1::2',
    ':::',
    '1:2:3:4:5:6:7:8::',
    '::1:',
    '12345::',
    'g::1',
    'fe80::1%eth0',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    'localhost',
    '１０.0.0.1',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('refuses a text that is far too long', () => {
    expect(parseAddress('0'.repeat(100_000))).toBeUndefined();
  });

  it.each([
    ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ])('writes %s as %s', (text, canonical) => {
    expect(formatAddress(parseAddress(text) ?? [0, 0, 0, 0])).toBe(canonical);
  });

  it(
    'comes back from words to the same words, as an address for others too',
    () => {
      const word = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 1, 0xffff, 0xffffffff));
      fc.assert(
        fc.property(fc.tuple(word, word, word, word), (words) => {
          const text = formatAddress(words);
          expect(isIP(text)).toBeGreaterThan(0);
          expect(parseAddress(text)).toEqual(words);
        }),
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'accepts nothing that the platform does not take for an address',
    () => {
      const letters = fc.array(fc.constantFrom(...'0123456789abcdefg:.%/ '), { maxLength: 24 });
      fc.assert(
        fc.property(letters, (chars) => {
          const text = chars.join('');
          if (parseAddress(text) !== undefined) expect(isIP(text)).toBeGreaterThan(0);
          if (isIP(text) > 0 && !text.includes('%')) expect(parseAddress(text)).toBeDefined();
        }),
        { numRuns: 5_000 },
      );
    },
    PROPERTY_TIMEOUT_MS,
  );
});
