/**
 * Lines of a real /proc/net/tcp against what the program that held the connections knew, and lines
 * that are not of its format.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeProcLines, PROC_COOKIE_HIGH, type ProcSink } from './decode-proc.js';
import { ReasonCounts } from './reasons.js';
import { createTable } from './socket-table.js';

const FIXTURES = new URL('../../../../test/fixtures/kernel/', import.meta.url);
const fixture = (name: string) => readFileSync(new URL(name, FIXTURES), 'latin1');
const truth: { clientPorts: Record<string, number> } = JSON.parse(fixture('truth.json'));

function decode(text: string, rowsMaximum = 64): { sink: ProcSink; rest: string } {
  const sink: ProcSink = {
    ports: { publish: 4505, request: 4506 },
    rowMonoMs: 0,
    table: createTable(8),
    rowsMaximum,
    listeners: [],
    reasons: new ReasonCounts(),
    torn: false,
  };
  const bytes = Buffer.from(text, 'latin1');
  const rest = decodeProcLines(bytes, bytes.length, sink);
  return { sink, rest: text.slice(rest) };
}

const HEADING = fixture('tcp.txt').split('\n')[0] ?? '';
const LINE =
  '   4: 0100007F:1199 0201077F:9DA3 01 00000005:0000004D 00:00000000 00000000     0        0 126584 1 0000000012dd50d7 20 4 31 11 -1';

describe('/proc/net/tcp', () => {
  const { sink, rest } = decode(fixture('tcp.txt'));
  const { table } = sink;

  it('gives the accepted sockets of our ports, without remnants and other programs', () => {
    const { talk, stalled, unread } = truth.clientPorts;
    expect([...table.peerPort.subarray(0, table.count)].sort()).toEqual(
      [talk, stalled, unread].sort(),
    );
    expect([sink.torn, rest]).toEqual([false, '']);
    expect(sink.reasons.take()).toEqual([]);
  });

  it('knows queues and addresses, and says that there is no tcp_info', () => {
    const stalled = table.peerPort.indexOf(truth.clientPorts.stalled ?? -1);
    expect(table.sendQueue[stalled]).toBe(0x0038d400);
    expect([...table.address.subarray(stalled * 4, stalled * 4 + 4)]).toEqual([
      0, 0, 0xffff, 0x7f070103,
    ]);
    const unread = table.peerPort.indexOf(truth.clientPorts.unread ?? -1);
    expect(table.receiveQueue[unread]).toBe(77);
    expect([...table.hasInfo.subarray(0, table.count)]).toEqual([0, 0, 0]);
  });

  it('tells sockets apart by inode', () => {
    const cookies = [...table.cookieLow.subarray(0, table.count)];
    expect(new Set(cookies).size).toBe(3);
    expect([...table.cookieHigh.subarray(0, 3)]).toEqual(Array(3).fill(PROC_COOKIE_HIGH));
    expect(sink.listeners).toEqual([
      {
        port: 'publish',
        cookieLow: 126_579,
        cookieHigh: PROC_COOKIE_HIGH,
        queueLength: 0,
        queueLimit: undefined,
      },
    ]);
  });
});

describe('/proc/net/tcp6', () => {
  it('has one form for a peer over IPv6 and an IPv4 peer of an IPv6 listener', () => {
    const { table } = decode(fixture('tcp6.txt')).sink;
    expect(table.count).toBe(2);
    expect([...table.address.subarray(0, 8)]).toEqual([0, 0, 0, 1, 0, 0, 0xffff, 0x7f070304]);
    expect([...table.port.subarray(0, 2)]).toEqual([1, 1]);
  });
});

describe('a line', () => {
  it('is read alike from row 10,000 on, where the columns shift', () => {
    const { sink } = decode(`${LINE.replace('   4:', '123456:')}\n`);
    expect([sink.table.count, sink.table.sendQueue[0], sink.table.receiveQueue[0]]).toEqual([
      1, 5, 77,
    ]);
  });

  it('that is not finished waits for the rest', () => {
    const { sink, rest } = decode(`${HEADING}\n${LINE}\n${LINE.slice(0, 40)}`);
    expect([sink.table.count, rest]).toEqual([1, LINE.slice(0, 40)]);
  });

  it('without an inode is left out: not accepted yet, or closed by the master', () => {
    const { sink } = decode(`${LINE.replace('126584', '0')}\n`);
    expect([sink.table.count, sink.torn]).toEqual([0, false]);
  });

  const malformed: Record<string, string> = {
    'no row number': LINE.slice(5),
    'no digits in the address': LINE.replace('0100007F', '01zz007F'),
    'an address of two words': LINE.replace('0201077F', '0201077F0201077F'),
    'a port of three digits': LINE.replace(':1199', ':119'),
    'cut off before the inode': LINE.slice(0, 60),
    'an inode that is no number': LINE.replace('126584', 'abc'),
    'an inode beyond 32 bits': LINE.replace('126584', '99999999999'),
    'a queue of nine digits': LINE.replace('00000005:', '000000005:'),
    empty: '',
    'binary rubbish': '\xff\x00\xfe\x01',
  };
  for (const [name, line] of Object.entries(malformed)) {
    it(`that is not of the format is counted and makes the scan incomplete: ${name}`, () => {
      const { sink } = decode(`${line}\n`);
      expect(sink.table.count).toBe(0);
      expect(sink.torn).toBe(true);
      expect(sink.reasons.take()).toEqual([['proc_malformed', 1]]);
    });
  }

  it('beyond the maximum is counted', () => {
    const { sink } = decode(`${LINE}\n`.repeat(20), 16);
    expect([sink.table.count, sink.reasons.get('rows_overflow'), sink.torn]).toEqual([16, 4, true]);
  });

  it('never throws, whatever its bytes', () => {
    let state = 7;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    let torn = 0;
    for (let round = 0; round < 5_000; round += 1) {
      const bytes = Buffer.from(`${LINE}\n${LINE}\n`, 'latin1');
      for (let change = 1 + random(4); change > 0; change -= 1)
        bytes[random(bytes.length)] = random(256);
      if (decode(bytes.toString('latin1')).sink.torn) torn += 1;
    }
    expect(torn).toBeGreaterThan(500);
  });
});
