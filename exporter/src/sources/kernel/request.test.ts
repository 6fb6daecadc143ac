/**
 * The two filters, run by small interpreters of the kernel's documents over every port there is.
 */
import { describe, expect, it } from 'vitest';
import { destroyFilter, dumpRequest } from './request.js';

const PORTS = { publish: 4505, request: 44_506 };

/** inet_diag_bc_run of net/ipv4/inet_diag.c, for comparisons of ports and jumps. */
function acceptsSocket(bytecode: Buffer, sourcePort: number, destinationPort = 0): boolean {
  let at = 0;
  let left = bytecode.length;
  while (left > 0) {
    const code = bytecode.readUInt8(at);
    const operand = left > 4 ? bytecode.readUInt16LE(at + 6) : 0;
    let yes = true;
    if (code === 1) yes = false;
    else if (code === 2) yes = sourcePort >= operand;
    else if (code === 3) yes = sourcePort <= operand;
    else if (code === 4) yes = destinationPort >= operand;
    else if (code === 5) yes = destinationPort <= operand;
    else throw new Error(`code ${code}`);
    const step = yes ? bytecode.readUInt8(at + 1) : bytecode.readUInt16LE(at + 2);
    at += step;
    left -= step;
  }
  return left === 0;
}

/** A classic BPF machine with the four instructions that are used. */
function keptBytes(program: Buffer, message: Buffer): number {
  let accumulator = 0;
  for (let index = 0; index < program.length / 8; index += 1) {
    const at = index * 8;
    const code = program.readUInt16LE(at);
    const k = program.readUInt32LE(at + 4);
    if (code === 0x28) accumulator = message.readUInt16BE(k);
    else if (code === 0x15) index += program.readUInt8(at + (accumulator === k ? 2 : 3));
    else if (code === 0x06) return k;
    else throw new Error(`code ${code}`);
  }
  throw new Error('ran off the end');
}

const portsWhere = (test: (port: number) => boolean) =>
  Array.from({ length: 65_536 }, (_, port) => port).filter(test);

describe('a dump request', () => {
  const request = Buffer.from(dumpRequest(10, PORTS, 7));

  it('is one message with its length, type, flags and sequence', () => {
    expect(request.readUInt32LE(0)).toBe(request.length);
    expect(request.readUInt16LE(4)).toBe(20); // SOCK_DIAG_BY_FAMILY
    expect(request.readUInt16LE(6)).toBe(0x301); // NLM_F_REQUEST | NLM_F_DUMP
    expect(request.readUInt32LE(8)).toBe(7);
  });

  it('asks for TCP of one family with tcp_info, without half-open requests and TIME_WAIT', () => {
    expect([...request.subarray(16, 19)]).toEqual([10, 6, 2]);
    const states = request.readUInt32LE(20);
    const asked = Array.from({ length: 13 }, (_, state) => state).filter(
      (state) => (states & (1 << state)) !== 0,
    );
    expect(asked).toEqual([0, 1, 2, 4, 5, 7, 8, 9, 10, 11]);
  });

  it('accepts exactly the two local ports', () => {
    expect(request.readUInt16LE(72)).toBe(request.length - 72);
    expect(request.readUInt16LE(74)).toBe(1); // INET_DIAG_REQ_BYTECODE
    const bytecode = request.subarray(76);
    expect(portsWhere((port) => acceptsSocket(bytecode, port))).toEqual([4505, 44_506]);
  });
});

describe('the filter of destroy events', () => {
  it('keeps exactly the two local ports', () => {
    const program = Buffer.from(destroyFilter(PORTS));
    const message = Buffer.alloc(88);
    const kept = portsWhere((port) => {
      message.writeUInt16BE(port, 20);
      return keptBytes(program, message) >= 4096;
    });
    expect(kept).toEqual([4505, 44_506]);
  });
});

describe('beside a minion', () => {
  const remote = { ...PORTS, end: 'remote' } as const;

  it('the dump has the connections whose other end is one of the two ports, and no others', () => {
    const bytecode = Buffer.from(dumpRequest(2, remote, 1)).subarray(16 + 56 + 4);
    const found = portsWhere((port) => acceptsSocket(bytecode, 4505, port));
    expect(found).toEqual([4505, 44_506]);
  });

  it('the destroy events of those are kept, by the port behind the local one', () => {
    const program = Buffer.from(destroyFilter(remote));
    const message = Buffer.alloc(200);
    message.writeUInt16BE(4505, 20);
    const kept = portsWhere((port) => {
      message.writeUInt16BE(port, 22);
      return keptBytes(program, message) > 0;
    });
    expect(kept).toEqual([4505, 44_506]);
  });
});
