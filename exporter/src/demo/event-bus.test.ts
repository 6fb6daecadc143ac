/** The demo's events against the reader of the real ones. */
import { describe, expect, it } from 'vitest';
import { decoding } from '../../../test/e2e/bus-rows.js';
import { FrameReader } from '../sources/event-bus/framing.js';
import { createSegment } from '../sources/event-bus/segments.js';
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
    const segment = createSegment(frame.length);
    frame.copy(segment.bytes);
    const reader = new FrameReader();
    reader.feed({ segment, from: 0, to: frame.length });
    expect(reader.next()).toBe('frame');
    const { decoder, rows, take } = decoding();
    decoder.decode(reader.frame, 5, rows);
    expect(take().read).toEqual([
      { kind: 'ret', minion: 'web-01', jid, stampWallMs: Date.UTC(2026, 0, 1, 3, 12) },
    ]);
  });
});
