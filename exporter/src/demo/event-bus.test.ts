/** The demo's events against the reader of the real ones. */
import { describe, expect, it } from 'vitest';
import { decode } from '../sources/event-bus/decode.js';
import { FrameReader } from '../sources/event-bus/framing.js';
import { eventFrame } from './event-bus.js';

describe('an event of the demo', () => {
  it('is read like one of a master', () => {
    const jid = '20260101031200000001';
    const frame = eventFrame(`salt/job/${jid}/ret/web-01`, {
      cmd: '_return',
      id: 'web-01',
      jid,
      return: true,
      _stamp: '2026-01-01T03:12:00.000000+00:00',
    });
    const reader = new FrameReader();
    reader.feed(frame);
    const framed = reader.next();
    if (framed?.kind !== 'frame') throw new Error(`no frame: ${framed?.kind}`);
    expect(decode(framed, 5)).toEqual({
      ok: true,
      event: {
        event: 'return',
        arrivedMonoMs: 5,
        stampWallMs: Date.UTC(2026, 0, 1, 3, 12),
        minion: 'web-01',
        jid,
      },
    });
  });
});
