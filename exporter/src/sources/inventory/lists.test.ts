/** The operator's lists, right and wrong. */
import { describe, expect, it } from 'vitest';
import { decodeExpected, decodeNatMap } from './lists.js';

describe('decodeExpected', () => {
  it('reads ids as text, each once, whatever YAML would make of them', () => {
    const decoded = decodeExpected(
      '- web-1\n- 17\n- yes\n- "a\\"b\\n<i>"\n- web-1\n- !!str null\n',
    );
    expect(decoded).toEqual({ ok: true, value: ['web-1', '17', 'yes', 'a"b\n<i>', 'null'] });
  });

  it('takes an empty file as an empty list', () => {
    for (const text of ['', '# nobody\n', '---\n', '[]'])
      expect(decodeExpected(text)).toEqual({ ok: true, value: [] });
  });

  it.each([
    ['a: b', /line 1: the file must be a list/],
    ['- [a]', /line 1: a minion id must be plain text/],
    ['- a\n-\n', /a minion id must be plain text/],
    [`- ${'x'.repeat(300)}`, /1 … 255 bytes, not 300/],
    ['- ../../etc/passwd', /cannot be a minion id/],
    ['- ..', /cannot be a minion id/],
    ['- "a\\0b"', /cannot be a minion id/],
    ['- a\n- *b', /line 2/],
    ['- a\nb: c', /line/],
    [`[${'a,'.repeat(40_000)}]`, /more than 32768/],
  ])('refuses %.40s', (text, reason) => {
    const decoded = decodeExpected(text);
    expect(!decoded.ok && decoded.reason).toMatch(reason);
  });
});

describe('decodeNatMap', () => {
  it('reads addresses canonically, from lists and single values', () => {
    const decoded = decodeNatMap(
      'minions:\n  web-1: [198.51.100.7, "2001:DB8::0:7", "::ffff:198.51.100.7"]\n  17: 10.0.0.9\nnat:\n  203.0.113.1: [b1, b2]\n',
    );
    expect(decoded.ok && [...decoded.value.minions]).toEqual([
      ['web-1', ['198.51.100.7', '2001:db8::7']],
      ['17', ['10.0.0.9']],
    ]);
    expect(decoded.ok && [...decoded.value.nat]).toEqual([['203.0.113.1', ['b1', 'b2']]]);
  });

  it('takes a missing part and an empty file', () => {
    for (const text of ['', 'minions:\n', 'nat: {}\n', 'proxies:\n', 'proxies: []\n'])
      expect(decodeNatMap(text)).toMatchObject({ ok: true, value: { proxies: [] } });
  });

  it('reads proxies, each once, from a list and a single value', () => {
    for (const text of [
      'proxies: [198.51.100.20, "::ffff:198.51.100.20"]\n',
      'proxies: 198.51.100.20',
    ])
      expect(decodeNatMap(text)).toMatchObject({ value: { proxies: ['198.51.100.20'] } });
  });

  it.each([
    ['- a', /must hold minions:, nat: and proxies: blocks/],
    ['routers: {}', /line 1: "routers" is neither/],
    ['minions: [a]', /must be a block/],
    ['minions:\n  a: [nowhere]', /line 2: "nowhere" is no IP address/],
    ['minions:\n  a:\n', /line 2/],
    ['minions:\n  a: [1.2.3.4]\n  a: [1.2.3.5]', /line 3/],
    ['minions:\n  a: [1.2.3.4]\n  b: [1.2.3.4]', /1\.2\.3\.4 is given to "a" and to "b"/],
    ['minions:\n  a: [1.2.3.4]\nnat:\n  1.2.3.4: [b]', /alone and is a router/],
    ['proxies: [edge]', /line 1: "edge" is no IP address/],
    ['proxies: {}', /must be plain text/],
    ['nat:\n  10.0.0.0/8: [b]', /"10\.0\.0\.0\/8" is no IP address/],
    ['nat:\n  1.2.3.4: b', /line 2: router 1\.2\.3\.4 must be a list/],
    ['nat:\n  1.2.3.4:\n', /must be a list/],
    ['nat:\n  1.2.3.4: [a]\n  "::ffff:1.2.3.4": [b]', /given twice/],
  ])('refuses %s', (text, reason) => {
    const decoded = decodeNatMap(text);
    expect(!decoded.ok && decoded.reason).toMatch(reason);
  });
});
