/** Names in certificates, as node writes them, against names that are allowed. */
import { describe, expect, it } from 'vitest';
import { hasAllowedSan, sanValues } from './web-config-sans.js';

describe('the names of a certificate', () => {
  it('are those of DNS, addresses, e-mail and URIs', () => {
    const text =
      'DNS:a.example, IP Address:10.0.0.1, email:a@b.example, URI:spiffe://x/y, DirName:CN = z';
    expect(sanValues(text)).toEqual(['a.example', '10.0.0.1', 'a@b.example', 'spiffe://x/y']);
    expect(sanValues('')).toEqual([]);
  });

  it('cannot be forged by a comma inside one of them', () => {
    expect(sanValues('DNS:"evil, DNS:good.example", DNS:b')).toEqual([
      'evil, DNS:good.example',
      'b',
    ]);
    expect(hasAllowedSan('URI:"http://x/, DNS:good.example"', ['good.example'])).toBe(false);
    expect(hasAllowedSan('DNS:"a\\u0000, DNS:good.example', ['good.example'])).toBe(false);
  });

  it.each([
    ['DNS:a.example', 'a.example', true],
    ['DNS:a.example', 'A.example', false],
    ['DNS:*.example', 'a.example', false],
    ['DNS:sub.a.example', 'a.example', false],
    ['IP Address:2001:DB8:0:0:0:0:0:1', '2001:db8::1', true],
    ['IP Address:2001:DB8:0:0:0:0:0:1', '2001:db8::2', false],
    ['IP Address:10.0.0.1', '10.0.0.1', true],
    ['DirName:a.example', 'a.example', false],
  ])('%s lets in whoever is %s: %s', (names, allowed, expected) => {
    expect(hasAllowedSan(names, ['other', allowed])).toBe(expected);
  });
});
