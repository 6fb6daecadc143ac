/** Events of a minion's bus: what says something of a return, and what does not. */
import * as fc from 'fast-check';
import { pack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { decodeMinionEvent } from './minion-decode.js';

const REQUEST = '0d3cb9a1-5d1a-4b0e-8f6e-3a1f6f6f5a10';
const PAYLOAD = `__master_req_channel_payload/${REQUEST}/10.0.0.1`;
const JID = '20261122030405000001';
const SECRET = 'hunter2';

function body(tag: string, data: unknown): Buffer {
  return Buffer.concat([Buffer.from(`${tag}\n\n`), pack(data)]);
}

const load = (parts: Record<string, unknown> = {}) => ({
  cmd: '_return',
  id: 'm1',
  return: { password: SECRET, cmd: 'x', jid: 'y' },
  retcode: 0,
  jid: JID,
  fun: 'test.ping',
  fun_args: [SECRET],
  ...parts,
});

describe('an event of a minion', () => {
  it('hands a return over, and keeps nothing of it', () => {
    const event = decodeMinionEvent(body(PAYLOAD, load()), 5);
    expect(event).toEqual({
      what: 'returning',
      jid: JID,
      request: REQUEST,
      internal: false,
      monoMs: 5,
    });
    expect(JSON.stringify(event)).not.toContain(SECRET);
    expect(decodeMinionEvent(body(PAYLOAD, load({ fun: 'saltutil.find_job' })), 5)).toMatchObject({
      internal: true,
    });
  });

  it('names no request where the tag has none', () => {
    for (const tag of ['__master_req_channel_payload', '__master_req_channel_payload/10.0.0.1'])
      expect(decodeMinionEvent(body(tag, load()), 5)).toMatchObject({ request: undefined });
  });

  it.each([
    ['answered', { ret: true }, true],
    ['answered with nothing', { ret: null }, true],
    ['given up', { ret: null, error: 'timeout' }, false],
    ['answered, an error that is none', { error: null, ret: '' }, true],
  ])('settles a request: %s', (_what, data, answered) => {
    const event = decodeMinionEvent(body(`__master_req_channel_return/${REQUEST}`, data), 7);
    expect(event).toEqual({ what: 'settled', request: REQUEST, answered, monoMs: 7 });
  });

  it.each([
    ['another command', body(PAYLOAD, load({ cmd: '_minion_event' }))],
    ['a job that nobody published', body(PAYLOAD, load({ jid: 'req' }))],
    ['no jid', body(PAYLOAD, load({ jid: 7 }))],
    ['a jid of a megabyte', body(PAYLOAD, load({ jid: 'x'.repeat(1e6) }))],
    ['another event', body('__master_connected', { master: 'a' })],
    ['an outcome of nothing', body('__master_req_channel_return/', { ret: 1 })],
    ['an outcome without an end', body(`__master_req_channel_return/${REQUEST}`, { x: 1 })],
    ['no map', body(PAYLOAD, [1])],
    ['no tag', Buffer.from('\n\n')],
    ['nothing', Buffer.alloc(0)],
    ['a tag without an end', Buffer.from('x'.repeat(5_000))],
  ])('says nothing: %s', (_what, bytes) => expect(decodeMinionEvent(bytes, 1)).toBeUndefined());

  it('reads what is there of a body that is cut behind its jid', () => {
    const whole = body(PAYLOAD, { cmd: '_return', jid: JID, return: 'x'.repeat(1_000) });
    expect(decodeMinionEvent(whole.subarray(0, whole.length - 500), 1)).toMatchObject({ jid: JID });
  });

  it('never throws, whatever the bytes or the damage', () => {
    const good = body(PAYLOAD, load());
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Buffer.from(good);
      bytes[at] = byte;
      return bytes;
    });
    const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(damaged, noise), (bytes) => {
        const event = decodeMinionEvent(bytes, 1);
        if (event?.what === 'returning') expect(event.jid.length).toBeLessThanOrEqual(128);
      }),
      { numRuns: 5_000 },
    );
  });
});
