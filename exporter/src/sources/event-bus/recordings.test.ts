/** Recordings of real masters: every frame decodes, to the tags and ids that Salt's own reader returned. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BusEvent } from '../../domain/observations.js';
import { decode } from './decode.js';
import { FrameReader } from './framing.js';
import { findTagEnd } from './tag.js';

const VERSIONS = ['3006.30', '3008.5'] as const;

function fixture(version: string, name: string): Buffer {
  return readFileSync(
    new URL(`../../../../test/fixtures/salt-${version}/${name}`, import.meta.url),
  );
}

interface Read {
  readonly tag: string;
  readonly event: BusEvent;
}

function read(pieces: readonly Buffer[]): Read[] {
  const reader = new FrameReader();
  const events: Read[] = [];
  for (const piece of pieces) {
    reader.feed(piece);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      if (frame.kind !== 'frame') throw new Error(`no frame: ${frame.kind}`);
      const decoded = decode(frame, 0);
      if (!decoded.ok) throw new Error(`not decoded: ${decoded.reason}`);
      const tagEnd = findTagEnd(frame.bytes, frame.start, frame.end);
      const tag = frame.bytes.toString('utf8', frame.start, tagEnd);
      events.push({ tag, event: decoded.event });
    }
  }
  expect(reader.isTorn).toBe(false);
  return events;
}

interface Recorded {
  readonly tag: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What Salt's own reader returned, and what that makes of the event by the rules of the decoder, written anew. */
function recorded(version: string): Recorded[] {
  const lines = fixture(version, 'bus.decoded.jsonl').toString('utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

function expected({ tag, data }: Recorded) {
  const [first, second, jid, verb, id, ...more] = tag.split('/');
  const stampText = String(data._stamp);
  const zone = stampText.endsWith('+00:00') ? '' : 'Z';
  const event = { event: 'other', minion: undefined, jid: undefined };
  const stamp = Math.floor(Date.parse(`${stampText}${zone}`));
  const isWrapped = data.cmd === '_minion_event';
  if (first === 'salt' && second === 'job' && more.length === 0) {
    if ((verb === 'new' || verb === 'publish') && id === undefined && !isWrapped)
      return { ...event, event: verb, jid, stamp };
    if (verb === 'ret' && id !== undefined && data.id === id && !isWrapped)
      return { event: 'return', minion: id, jid, stamp };
  }
  if (tag === 'salt/auth') return { ...event, event: 'auth', minion: data.id, stamp };
  if (tag === 'minion_start' || /^salt\/minion\/[^/]+\/start$/.test(tag))
    return { ...event, event: 'start', minion: data.id, stamp };
  return { ...event, stamp };
}

function plain({ event }: Read) {
  const stamp = Math.floor(event.stampWallMs ?? Number.NaN);
  return { event: event.event, minion: event.minion, jid: event.jid, stamp };
}

const key = (tag: string, event: unknown) => JSON.stringify([tag, event]);

describe.each(VERSIONS)('a recording of Salt %s', (version) => {
  const bytes = fixture(version, 'bus.bin');
  const whole = read([bytes]);

  it("holds what Salt's own reader returned, but for the edges of the two recordings", () => {
    const ours = new Map<string, number>();
    for (const each of whole) {
      const name = key(each.tag, plain(each));
      ours.set(name, (ours.get(name) ?? 0) + 1);
    }
    const missing = recorded(version).filter((each) => {
      const name = key(each.tag, expected(each));
      const left = ours.get(name) ?? 0;
      ours.set(name, left - 1);
      return left === 0;
    });
    const surplus = [...ours.values()].reduce((sum, left) => sum + Math.max(0, left), 0);
    expect(missing.map(({ tag }) => tag)).toEqual([]);
    expect(surplus).toBeLessThanOrEqual(2);
  });

  it('has events of each kind, each with its stamp', () => {
    const kinds = new Set(whole.map(({ event }) => event.event));
    const always = ['new', 'return', 'start', 'auth', 'other'];
    expect([...kinds].sort()).toEqual(
      (version === '3008.5' ? [...always, 'publish'] : always).sort(),
    );
    for (const { event } of whole) expect(event.stampWallMs).toBeGreaterThan(1.79e12);
  });

  it('is the same in any pieces', () => {
    const places = fc.array(fc.nat({ max: bytes.length }), { maxLength: 200 });
    const same = fc.property(places, (at) => {
      const sorted = [...at].sort((a, b) => a - b);
      const pieces = [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index]));
      expect(read(pieces)).toEqual(whole);
    });
    fc.assert(same, { numRuns: 50 });
  });

  it('is the same byte by byte', () => {
    const pieces = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
    expect(read(pieces)).toEqual(whole);
  });
});
