/** Every form in which Salt's `ZeroMQ event` lines are printed, and what is no such line. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MONITOR_EVENTS, MONITOR_REJECTS } from '../../domain/vocabulary.js';
import { decodeZmqEvent, ZMQ_EVENT_PREFIX } from './zmq-event.js';

const decode = (dict: string) => decodeZmqEvent(ZMQ_EVENT_PREFIX + dict, 0);

const DISCONNECTED = {
  ok: true,
  event: 'disconnected',
  value: 39,
  endpoint: 'tcp://127.0.0.1:14505',
};

describe('a ZeroMQ event', () => {
  it.each([
    [
      'enums of pyzmq 27',
      "{'event': <Event.DISCONNECTED: 512>, 'value': <Event.CONNECTED|CONNECT_DELAYED|CONNECT_RETRIED|ACCEPTED: 39>, 'endpoint': b'tcp://127.0.0.1:14505', 'description': 'EVENT_DISCONNECTED'}",
    ],
    [
      'flags in the reverse order of Python 3.10',
      "{'event': <Event.DISCONNECTED: 512>, 'value': <Event.ACCEPTED|CONNECT_RETRIED|CONNECT_DELAYED|CONNECTED: 39>, 'endpoint': b'tcp://127.0.0.1:14505', 'description': 'EVENT_DISCONNECTED'}",
    ],
    [
      'numbers of pyzmq 22',
      "{'event': 512, 'value': 39, 'endpoint': b'tcp://127.0.0.1:14505', 'description': 'EVENT_DISCONNECTED'}",
    ],
    [
      'text for an endpoint',
      "{'event': 512, 'value': <Event.CONNECTED: 39>, 'endpoint': 'tcp://127.0.0.1:14505', 'description': 'EVENT_DISCONNECTED'}",
    ],
    [
      'double quotes',
      "{'event': 512, 'value': 39, 'endpoint': b\"tcp://127.0.0.1:14505\", 'description': 'EVENT_DISCONNECTED'}",
    ],
    [
      'an endpoint with its source',
      "{'event': 512, 'value': 39, 'endpoint': b'tcp://127.0.1.1:0;tcp://127.0.0.1:14505', 'description': 'EVENT_DISCONNECTED'}",
    ],
    [
      'an event without its number',
      "{'event': Event.DISCONNECTED, 'value': 39, 'endpoint': b'tcp://127.0.0.1:14505', 'description': 'EVENT_DISCONNECTED'}",
    ],
    [
      'a line that ends in the description',
      "{'event': <Event.DISCONNECTED: 512>, 'value': 39, 'endpoint': b'tcp://127.0.0.1:14505', 'descr",
    ],
  ])('%s', (_title, dict) => {
    expect(decode(dict)).toEqual(DISCONNECTED);
  });

  it('reads an empty set of flags as 0, and a negative number', () => {
    const dict = (value: string) =>
      `{'event': <Event.HANDSHAKE_SUCCEEDED: 4096>, 'value': ${value}, 'endpoint': b'x', 'description': 'EVENT_HANDSHAKE_SUCCEEDED'}`;
    expect(decode(dict('<Event: 0>'))).toMatchObject({ event: 'handshake_succeeded', value: 0 });
    expect(decode(dict('-1'))).toMatchObject({ value: -1 });
  });

  it.each(MONITOR_EVENTS.map((name, bit) => [name, 2 ** bit] as const))(
    '%s is number %i',
    (name, number) => {
      const upper = name.toUpperCase();
      for (const event of [`<Event.${upper}: ${number}>`, String(number)])
        expect(
          decode(
            `{'event': ${event}, 'value': 1, 'endpoint': b'', 'description': 'EVENT_${upper}'}`,
          ),
        ).toMatchObject({ ok: true, event: name });
    },
  );

  it.each([
    ["{'event': <Event.CONNECT_RETRIED: 4>, 'value': <Event.ACCEPTED|ACC", 'connect_retried'],
    ["{'event': 512, 'val", 'disconnected'],
    ["{'event': <Event.DISCONNECTED: 512>", 'disconnected'],
  ])('counts without what is cut off: %s', (dict, event) => {
    expect(decode(dict)).toEqual({ ok: true, event, value: Number.NaN, endpoint: undefined });
  });

  it.each([
    ['', 'length'],
    ["{'eve", 'length'],
    ["{'event': ", 'length'],
    ["{'event': 51", 'length'],
    ["{'event': <Event.DISCONN", 'length'],
    ["{'event': 3, 'value': 1, 'endpoint': b'', 'description': 'EVENT_NEW'}", 'event'],
    ["{'event': 65536, 'value': 1, 'endpoint': b'', 'description': 'EVENT_PIPES_STATS'}", 'event'],
    ["{'event': 0, 'value': 1, 'endpoint': b'', 'description': 'x'}", 'event'],
    ['[1, 2]', 'frames'],
    ['%s', 'frames'],
  ])('rejects %j: %s', (dict, reason) => {
    expect(decode(dict)).toEqual({ ok: false, reason });
  });

  it('never throws, whatever stands there', () => {
    const piece = fc.constantFrom(
      "{'event': ",
      '<Event.',
      'CONNECTED',
      ': 512>',
      ', ',
      "'value': ",
      "'endpoint': b'",
      '\\',
      "'",
      '9'.repeat(400),
      '}',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
        const event = decode(pieces.join(''));
        if (event.ok) expect(MONITOR_EVENTS).toContain(event.event);
        else expect(MONITOR_REJECTS).toContain(event.reason);
      }),
      { numRuns: 2_000 },
    );
  });
});
