/** One event, one line, whatever stands in it. */
import { describe, expect, it } from 'vitest';
import { eventLine } from './event-lines.js';
import type { HistoryEvent } from './history/record.js';

const EVENT: HistoryEvent = {
  id: 1_812_000_000_000_001,
  atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  kind: 'drop',
  minion: 'db-1',
  status: null,
  reason: 'hwm',
  link: null,
  confidence: null,
  jid: null,
  count: 17,
  text: 'Lost 17 messages.',
};

/** Controls, separators of lines, marks that turn the direction of text. */
function isActive(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  const ranges: readonly (readonly [number, number])[] = [
    [0, 0x1f],
    [0x7f, 0x9f],
    [0x2028, 0x202e],
    [0x2066, 0x2069],
    [0xfeff, 0xfeff],
  ];
  return ranges.some(([first, last]) => code >= first && code <= last);
}

describe('eventLine', () => {
  it('has the instant as text, and only what there is to say', () => {
    expect(eventLine(EVENT)).toBe(
      '{"time":"2026-01-02T03:04:05.678Z","atMs":1767323045678,"id":1812000000000001,"kind":"drop","minion":"db-1","reason":"hwm","count":17,"text":"Lost 17 messages."}',
    );
  });

  it.each([
    'a\nb\r\nc',
    '"},{"kind":"forged"',
    '\\',
    '\u2028\u2029\u0085',
    '\u001b[2J\u009b31m\u0007',
    '\u202eexe.nimda\u2066\ufeff',
    '<script>',
    '__proto__',
    'ümläut-日本-🧂',
    '\ud800',
    'x'.repeat(300),
  ])('keeps %j on one line, inert and whole', (text) => {
    const line = eventLine({ ...EVENT, minion: text, jid: text, text });
    expect(line).toMatch(/^\{.*\}$/);
    expect([...line].filter(isActive)).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({ minion: text, jid: text, text, kind: 'drop' });
  });

  it('has no text of an instant that has none', () => {
    expect(JSON.parse(eventLine({ ...EVENT, atMs: 9e15 }))).not.toHaveProperty('time');
  });
});
