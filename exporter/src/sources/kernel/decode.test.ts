/**
 * Answers of a real kernel against what the program that held the connections knew, and answers
 * that no kernel should give.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SEND_WINDOW_UNKNOWN } from '../../domain/observations.js';
import { type ReceiveViews, receiveViews } from '../../lib/netlink.js';
import { type DiagSink, decodeAnswer } from './decode.js';
import { ReasonCounts } from './reasons.js';
import { createTable, type SocketTable } from './socket-table.js';

const FIXTURES = new URL('../../../../test/fixtures/kernel/', import.meta.url);
const truth: {
  ports: { publish: number; request: number };
  backlog: { publish: number; request: number };
  clientPorts: Record<string, number>;
} = JSON.parse(readFileSync(new URL('truth.json', FIXTURES), 'utf8'));

/** Each datagram follows its length. */
function datagrams(name: string): Buffer[] {
  const file = readFileSync(new URL(name, FIXTURES));
  const list: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32LE(at);
    list.push(file.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return list;
}

function sinkFor(content: DiagSink['content'], sequence: number): DiagSink {
  return {
    received: receiveViews(new ArrayBuffer(1 << 16)),
    content,
    ports: truth.ports,
    sequence,
    rowMonoMs: 0,
    table: createTable(8),
    rowsMaximum: 64,
    listeners: [],
    reasons: new ReasonCounts(),
    torn: false,
  };
}

function feed(sink: DiagSink, datagram: Uint8Array) {
  load(sink.received, datagram);
  return decodeAnswer(sink, datagram.length);
}

function load(received: ReceiveViews, datagram: Uint8Array): void {
  received.bytes.fill(0xaa); // what an earlier, longer answer left behind
  received.bytes.set(datagram.subarray(0, received.bytes.length));
}

function rowOf(table: SocketTable, connection: string): number {
  const row = table.peerPort.indexOf(truth.clientPorts[connection] ?? -1);
  expect(row, connection).toBeGreaterThanOrEqual(0);
  expect(row, connection).toBeLessThan(table.count);
  return row;
}

function addressOf(table: SocketTable, row: number): number[] {
  return [...table.address.subarray(row * 4, row * 4 + 4)];
}

const ipv4 = (...octets: readonly number[]) => [0, 0, 0xffff, Buffer.from(octets).readUInt32BE()];

describe('a dump of IPv4 sockets', () => {
  const sink = sinkFor('dump', 1);
  const ends = datagrams('dump-inet.bin').map((datagram) => feed(sink, datagram).kind);
  const { table } = sink;

  it('ends complete, with the three connections of the publish port', () => {
    expect(ends.at(-1)).toBe('done');
    expect(sink.torn).toBe(false);
    expect(sink.reasons.take()).toEqual([]);
    expect(table.count).toBe(3);
    expect([...table.port.subarray(0, 3)]).toEqual([0, 0, 0]);
    expect([...table.state.subarray(0, 3)]).toEqual([1, 1, 1]);
    expect([...table.hasInfo.subarray(0, 3)]).toEqual([1, 1, 1]);
  });

  it('knows the peer and the bytes of a connection that talked', () => {
    const row = rowOf(table, 'talk');
    expect(addressOf(table, row)).toEqual(ipv4(127, 7, 1, 2));
    expect(table.bytesReceived[row]).toBe(100);
    expect(table.bytesAcked[row]).toBe(250);
    expect([table.sendQueue[row], table.receiveQueue[row], table.unacked[row]]).toEqual([0, 0, 0]);
    expect(table.rttMicros[row]).toBeGreaterThan(0);
    expect(table.lastDataSentMs[row]).toBeGreaterThanOrEqual(250);
    expect(table.lastDataSentMs[row]).toBeLessThan(5_000);
  });

  it('knows what waits for a client that does not read', () => {
    const row = rowOf(table, 'stalled');
    expect(addressOf(table, row)).toEqual(ipv4(127, 7, 1, 3));
    // /proc/net/tcp of the same instant: tx_queue 0038D400
    expect(table.sendQueue[row]).toBe(0x0038d400);
    expect(table.notSent[row]).toBeGreaterThan(1_000_000);
    expect(table.bytesAcked[row]).toBeGreaterThan(60_000);
  });

  it('knows what the server has not read', () => {
    const row = rowOf(table, 'unread');
    expect(table.receiveQueue[row]).toBe(77);
    expect(table.bytesReceived[row]).toBe(77);
  });

  it('leaves out the remnant in FIN_WAIT2 and the other program', () => {
    const ports = [...table.peerPort.subarray(0, table.count)];
    expect(ports).not.toContain(truth.clientPorts.remnant);
    expect(ports).not.toContain(truth.clientPorts.other);
  });

  it('tells the listener apart, with its queue', () => {
    expect(sink.listeners).toEqual([
      {
        port: 'publish',
        cookieLow: expect.any(Number),
        cookieHigh: 0,
        queueLength: 0,
        queueLimit: truth.backlog.publish,
      },
    ]);
  });

  it('has a cookie of its own for every socket', () => {
    const cookies = new Set([...table.cookieLow.subarray(0, table.count)]);
    cookies.add(sink.listeners[0]?.cookieLow ?? 0);
    expect(cookies.size).toBe(4);
    expect(cookies.has(0)).toBe(false);
  });
});

describe('a dump of IPv6 sockets', () => {
  const sink = sinkFor('dump', 2);
  for (const datagram of datagrams('dump-inet6.bin')) feed(sink, datagram);
  const { table } = sink;

  it('has one form for a peer over IPv6 and an IPv4 peer of an IPv6 listener', () => {
    expect(table.count).toBe(2);
    expect(addressOf(table, rowOf(table, 'native6'))).toEqual([0, 0, 0, 1]);
    expect(addressOf(table, rowOf(table, 'mapped'))).toEqual(ipv4(127, 7, 3, 4));
  });

  it('counts the bytes of both on the request port', () => {
    expect([...table.port.subarray(0, 2)]).toEqual([1, 1]);
    expect(table.bytesReceived[rowOf(table, 'native6')]).toBe(7);
    expect(table.bytesReceived[rowOf(table, 'mapped')]).toBe(600);
    expect(table.bytesAcked[rowOf(table, 'mapped')]).toBe(103);
    expect(sink.listeners.map((listener) => listener.queueLimit)).toEqual([truth.backlog.request]);
  });
});

describe('destroy events', () => {
  const sink = sinkFor('death', 0);
  for (const datagram of datagrams('deaths.bin')) feed(sink, datagram);
  const { table } = sink;

  it('tell the final bytes of our two ports and nothing of others', () => {
    expect(table.count).toBe(2);
    const row = rowOf(table, 'mapped');
    expect(addressOf(table, row)).toEqual(ipv4(127, 7, 3, 4));
    expect(table.state[row]).toBe(7);
    expect(table.bytesReceived[row]).toBe(600);
    expect(table.bytesAcked[row]).toBe(103);
    expect(rowOf(table, 'remnant')).not.toBe(row);
  });

  it('tell the death of the listener by its missing peer', () => {
    expect(sink.listeners.map(({ port, queueLimit }) => [port, queueLimit])).toEqual([
      ['publish', undefined],
    ]);
  });
});

/** The first message of the recorded dump that carries tcp_info. */
function socketMessage(): Buffer {
  const [first] = datagrams('dump-inet.bin');
  if (first === undefined) throw new Error('empty fixture');
  for (let at = 0; at < first.length; at += first.readUInt32LE(at)) {
    const message = first.subarray(at, at + first.readUInt32LE(at));
    if (message.readUInt16BE(16 + 6) === truth.clientPorts.talk) return Buffer.from(message);
  }
  throw new Error('no such message');
}

/** Offset of the tcp_info attribute's header in a message. */
function infoOffset(message: Buffer): number {
  for (let at = 88; at < message.length; at += (message.readUInt16LE(at) + 3) & ~3)
    if (message.readUInt16LE(at + 2) === 2) return at;
  throw new Error('no tcp_info');
}

function changed(change: (message: Buffer) => void): Buffer {
  const message = socketMessage();
  change(message);
  return message;
}

function control(type: number, payload: number[], flags = 0): Buffer {
  const message = Buffer.alloc(16 + payload.length * 4);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(type, 4);
  message.writeUInt16LE(flags, 6);
  message.writeUInt32LE(1, 8);
  payload.forEach((word, index) => {
    message.writeInt32LE(word, 16 + index * 4);
  });
  return message;
}

describe('an answer that is not what it should be', () => {
  const malformed: Record<string, Buffer> = {
    'a header cut off': socketMessage().subarray(0, 10),
    'a message longer than the datagram': socketMessage().subarray(0, 200),
    'a length of zero': changed((message) => message.writeUInt32LE(0, 0)),
    'a length below the header': changed((message) => message.writeUInt32LE(15, 0)),
    'a length of 4 GiB': changed((message) => message.writeUInt32LE(0xffff_fffc, 0)),
    'a socket cut off': changed((message) => message.writeUInt32LE(87, 0)).subarray(0, 87),
    'an unknown address family': changed((message) => message.writeUInt8(17, 16)),
    'an attribute of length zero': changed((message) =>
      message.writeUInt16LE(0, infoOffset(message)),
    ),
    'an attribute beyond the message': changed((message) =>
      message.writeUInt16LE(0xffff, infoOffset(message)),
    ),
    'an unknown message type': control(77, [0]),
    'an error without its number': control(2, []),
  };
  for (const [name, datagram] of Object.entries(malformed)) {
    it(`is counted and makes the scan incomplete: ${name}`, () => {
      const sink = sinkFor('dump', 1);
      expect(feed(sink, datagram)).toEqual({ kind: 'more' });
      expect(sink.table.count).toBe(0);
      expect(sink.torn).toBe(true);
      expect(sink.reasons.get('answer_malformed')).toBeGreaterThan(0);
    });
  }

  it('is a torn dump when the kernel says so', () => {
    const sink = sinkFor('dump', 1);
    feed(
      sink,
      changed((message) => message.writeUInt16LE(0x10, 6)),
    );
    expect(sink.table.count).toBe(1);
    expect(sink.torn).toBe(true);
    expect(sink.reasons.take()).toEqual([['dump_interrupted', 1]]);
  });

  it('is truncated when the datagram was longer than the buffer', () => {
    const sink = sinkFor('dump', 1);
    const message = socketMessage();
    load(sink.received, message);
    sink.received.bytes.fill(0, message.length);
    decodeAnswer(sink, sink.received.bytes.length + 4);
    expect(sink.torn).toBe(true);
    expect(sink.reasons.get('answer_malformed')).toBeGreaterThan(0);
  });

  it('ends the dump with the errno it carries', () => {
    const sink = sinkFor('dump', 1);
    expect(feed(sink, control(2, [-1, 0, 0, 0, 0]))).toEqual({ kind: 'error', errno: 1 });
    expect(feed(sink, control(3, [-105]))).toEqual({ kind: 'error', errno: 105 });
    expect(feed(sink, control(3, [0]))).toEqual({ kind: 'done' });
    expect(feed(sink, control(2, [0, 0, 0, 0, 0]))).toEqual({ kind: 'more' });
    expect(sink.torn).toBe(false);
  });

  it('is passed over when it answers an earlier request', () => {
    const sink = sinkFor('dump', 2);
    expect(feed(sink, socketMessage())).toEqual({ kind: 'more' });
    expect(feed(sink, control(3, [0]))).toEqual({ kind: 'more' });
    expect([sink.table.count, sink.torn]).toEqual([0, false]);
  });

  it('keeps a socket whose tcp_info is too short, without it', () => {
    const sink = sinkFor('dump', 1);
    const message = socketMessage();
    const at = infoOffset(message);
    message.writeUInt16LE(4 + 144, at);
    message.writeUInt32LE(at + 4 + 144, 0);
    sink.table.bytesAcked.fill(5);
    feed(sink, message.subarray(0, at + 4 + 144));
    expect(sink.table.count).toBe(1);
    expect([sink.table.hasInfo[0], sink.table.bytesAcked[0]]).toEqual([0, 0]);
    expect(sink.reasons.take()).toEqual([['tcp_info_short', 1]]);
    expect(sink.torn).toBe(false);
  });

  it('fills up to the maximum, counts what is beyond and is incomplete', () => {
    const sink = sinkFor('dump', 1);
    for (let index = 0; index < 70; index += 1) feed(sink, socketMessage());
    expect(sink.table.count).toBe(64);
    expect(sink.table.bytesReceived[63]).toBe(100);
    expect(sink.torn).toBe(true);
    expect(sink.reasons.get('rows_overflow')).toBe(6);
  });

  it('has no window of the peer where the kernel is older than 5.4', () => {
    const sink = sinkFor('dump', 1);
    const message = socketMessage();
    const at = infoOffset(message);
    message.writeUInt16LE(4 + 228, at);
    message.writeUInt32LE(at + 4 + 228, 0);
    feed(sink, message.subarray(0, at + 4 + 228));
    feed(sink, socketMessage());
    expect([...sink.table.hasInfo.subarray(0, 2)]).toEqual([1, 1]);
    expect(sink.table.sendWindow[0]).toBe(SEND_WINDOW_UNKNOWN);
    expect(sink.table.sendWindow[1]).toBeGreaterThan(1_000);
    expect(sink.table.sendWindow[1]).toBeLessThanOrEqual(2 ** 30);
    expect(sink.torn).toBe(false);
  });

  it('gives its rows the instant that the reader set', () => {
    const sink = sinkFor('dump', 1);
    sink.rowMonoMs = 12.5;
    feed(sink, socketMessage());
    sink.rowMonoMs = 99.25;
    feed(sink, socketMessage());
    expect([...sink.table.rowMonoMs.subarray(0, 2)]).toEqual([12.5, 99.25]);
  });

  it('keeps 64-bit counters exact', () => {
    const sink = sinkFor('dump', 1);
    feed(
      sink,
      changed((message) => {
        const info = infoOffset(message) + 4;
        message.writeBigUInt64LE(2n ** 52n + 12_345n, info + 120);
        message.writeBigUInt64LE(2n ** 40n + 1n, info + 128);
      }),
    );
    expect(sink.table.bytesAcked[0]).toBe(2 ** 52 + 12_345);
    expect(sink.table.bytesReceived[0]).toBe(2 ** 40 + 1);
  });
});

describe('ten thousand random changes of real answers', () => {
  it('neither throw nor overrun, and never invent a row of another port', () => {
    const originals = [...datagrams('dump-inet.bin'), ...datagrams('deaths.bin')];
    const random = randomFrom(4505);
    let torn = 0;
    for (let round = 0; round < 10_000; round += 1) {
      const sink = sinkFor(round % 2 === 0 ? 'dump' : 'death', round % 4 < 2 ? 1 : 0);
      const original = originals[random(originals.length)] ?? Buffer.alloc(0);
      const datagram = Buffer.from(original.subarray(0, 1 + random(original.length)));
      for (let change = random(6); change > 0; change -= 1)
        datagram[random(datagram.length)] = random(256);
      feed(sink, datagram);
      if (sink.torn) torn += 1;
      expect(sink.table.count).toBeLessThanOrEqual(sink.table.capacity);
      for (let row = 0; row < sink.table.count; row += 1)
        expect(sink.table.port[row]).toBeLessThanOrEqual(1);
    }
    expect(torn).toBeGreaterThan(1_000);
  });
});

/** Numbers 0 … below − 1, the same in every run (xorshift). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
