/** Recordings of real masters: every body decodes to what Salt's own reader returned of it. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decoding, type ReadRow } from '../../../../test/e2e/bus-rows.js';
import { FrameReader } from './framing.js';
import { createSegment } from './segments.js';

const VERSIONS = ['3006.30', '3008.5'] as const;
const ALWAYS = ['auth', 'custom', 'error', 'grains', 'key', 'new', 'presence', 'prog', 'publish'];
const FIRED = {
  '3006.30': [...ALWAYS, 'ret', 'run', 'start', 'stats'],
  '3008.5': [...ALWAYS, 'batch', 'ret', 'run', 'start'],
} as const;

function fixture(version: string, name: string): Buffer {
  return readFileSync(
    new URL(`../../../../test/fixtures/salt-${version}/${name}`, import.meta.url),
  );
}

/** All rows of a stream that comes in pieces, behind one another in memory or each by itself. */
function read(pieces: readonly Buffer[], together = true): ReadRow[] {
  const reader = new FrameReader();
  const { decoder, rows, take } = decoding(8_192);
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  let segment = createSegment(size);
  let from = 0;
  for (const piece of pieces) {
    if (!together) {
      segment = createSegment(piece.length);
      from = 0;
    }
    const to = from + piece.copy(segment.bytes, from);
    reader.feed({ segment, from, to });
    from = to;
    for (let found = reader.next(); found !== undefined; found = reader.next()) {
      if (found !== 'frame') throw new Error(`no frame: ${found}`);
      const problem = decoder.decode(reader.frame, 0, rows);
      if (problem !== undefined) throw new Error(`not decoded: ${problem}`);
    }
  }
  expect(reader.isTorn).toBe(false);
  return take().read;
}

interface Recorded {
  readonly tag: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function recorded(version: string): Recorded[] {
  const lines = fixture(version, 'bus.decoded.jsonl').toString('utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** Kinds of what was recorded, by its tag alone: nobody forged anything. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\d{20}$/, 'publish'],
  [/^salt\/job\/\d+\/(new|publish|ret|prog)(\/|$)/, '$1'],
  [/^salt\/job\/\d+\/start\//, 'prog'],
  [/^salt\/job\/error$/, 'error'],
  [/^_salt_error$/, 'error'],
  [/^salt\/(auth|key)$/, '$1'],
  [/^key$/, 'key'],
  [/^salt\/minion\/\w+\/start$|^minion_start$/, 'start'],
  [/^(minion|resource)\/refresh\//, 'grains'],
  [/^salt\/(presence|stats|batch|run)\//, '$1'],
];

function kindOf(tag: string): string {
  for (const [pattern, kind] of KINDS) {
    const found = pattern.exec(tag);
    if (found !== null) return kind === '$1' ? (found[1] ?? '') : kind;
  }
  return 'custom';
}

/** What a row must say, by rules of its own, written from the objects and not from bytes. */
function expected({ tag, data }: Recorded) {
  const kind = kindOf(tag);
  const jid = /^(?:salt\/(?:job|run|batch)\/)?(\d{20})/.exec(tag)?.[1];
  const namesNobody = ['new', 'publish', 'run', 'batch', 'presence', 'stats'].includes(kind);
  const inTag = /^(?:minion|resource)\/refresh\/(.*)/.exec(tag)?.[1];
  const minion = namesNobody ? undefined : (data.id ?? inTag);
  const fun = jid === undefined ? undefined : data.fun;
  const args = [data.arg, data.fun_args].find((list) => Array.isArray(list) && list.length > 0);
  const [first] = Array.isArray(args) ? args : [];
  const zone = String(data._stamp).endsWith('+00:00') ? '' : 'Z';
  return {
    kind,
    minion,
    jid,
    fun,
    state: fun === 'state.apply' ? first : undefined,
    about: fun === 'saltutil.find_job' ? first : undefined,
    code: codeOf(kind, tag, data),
    flags: flagsOf(kind, data),
    stamp: Math.floor(Date.parse(`${data._stamp}${zone}`)),
    minions: kind === 'new' ? data.minions : undefined,
    missing: kind === 'new' ? Array.from(data.missing as string[]).length : undefined,
    targetType: kind === 'new' ? data.tgt_type : undefined,
  };
}

function codeOf(kind: string, tag: string, data: Recorded['data']): unknown {
  if (kind === 'ret') return data.retcode;
  if (kind === 'start') return tag === 'minion_start' ? 1 : 0;
  if (kind === 'auth' || kind === 'key') return data.act === 'accept' ? 0 : 5;
  return tag === 'salt/job/error' ? 0 : undefined;
}

function flagsOf(kind: string, data: Recorded['data']): string | undefined {
  const said = kind === 'ret' ? data.success : ['auth', 'key'].includes(kind) ? data.result : null;
  const words = [
    said === true ? 'success' : '',
    typeof said === 'boolean' ? 'said' : '',
    kind === 'ret' && typeof data.schedule === 'string' ? 'scheduled' : '',
    kind === 'ret' && JSON.stringify(data.return).includes('"VALUE_TRIMMED"') ? 'trimmed' : '',
  ];
  const told = words.filter((word) => word !== '').join(' ');
  return told === '' ? undefined : told;
}

function plain(row: ReadRow) {
  const { stampWallMs = Number.NaN, unlisted: _none, ...rest } = row;
  return { ...rest, stamp: Math.floor(stampWallMs) };
}

function key(row: object): string {
  const known = Object.entries(row).filter(([, value]) => value !== undefined);
  return JSON.stringify(Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1))));
}

describe.each(VERSIONS)('a recording of Salt %s', (version) => {
  const bytes = fixture(version, 'bus.bin');
  const whole = read([bytes]);

  it("holds what Salt's own reader returned, but for the edges of the two recordings", () => {
    const ours = new Map<string, number>();
    for (const row of whole) ours.set(key(plain(row)), (ours.get(key(plain(row))) ?? 0) + 1);
    const missing = recorded(version).filter((each) => {
      const name = key(expected(each));
      const left = ours.get(name) ?? 0;
      ours.set(name, left - 1);
      return left === 0;
    });
    const surplus = [...ours.entries()].filter(([, left]) => left > 0);
    expect(missing.map((each) => key(expected(each)))).toEqual([]);
    expect(surplus.length).toBeLessThanOrEqual(2);
  });

  it('has events of each kind that was fired, each with its stamp', () => {
    const kinds = new Set(whole.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([...FIRED[version]].sort());
    for (const { stampWallMs } of whole) expect(stampWallMs).toBeGreaterThan(1.79e12);
    expect(whole.filter(({ flags = '' }) => flags.includes('trimmed'))).toHaveLength(1);
  });

  it('is the same in any pieces', () => {
    const places = fc.array(fc.nat({ max: bytes.length }), { maxLength: 200 });
    const same = fc.property(places, fc.boolean(), (at, together) => {
      const sorted = [...at].sort((a, b) => a - b);
      const pieces = [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index]));
      expect(read(pieces, together)).toEqual(whole);
    });
    fc.assert(same, { numRuns: 50 });
  });

  it('is the same byte by byte', () => {
    const pieces = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
    for (const together of [true, false]) expect(read(pieces, together)).toEqual(whole);
  });
});
