/**
 * What we tell the kernel: the dump request with its port filter, and the filter of the destroy
 * events.
 */
import { NLM_F_DUMP, NLM_F_REQUEST, NLMSG_HEADER_BYTES } from '../../lib/netlink.js';

/** Port numbers of the master, as the configuration has them. */
export interface WatchedPorts {
  readonly publish: number;
  readonly request: number;
  /** Which end of a connection has them: `local` beside a master (absent = that), `remote` beside a minion. */
  readonly end?: 'local' | 'remote';
}

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DIAG_BY_FAMILY = 20;
export const INET_DIAG_INFO = 2;
/**
 * SKNLGRP_INET_TCP_DESTROY is group 1, SKNLGRP_INET6_TCP_DESTROY is group 3; group g is bit g − 1.
 */
export const DESTROY_GROUPS = (1 << 0) | (1 << 2);

export const STATE_LISTEN = 10;
const STATE_SYN_RECV = 3;
const STATE_TIME_WAIT = 6;
const STATE_NEW_SYN_RECV = 12;
const STATES_ALL = 0x1fff;
/** Remnants that are no connection: half-open requests carry no tcp_info, and TIME_WAIT is over. */
const STATES =
  STATES_ALL & ~((1 << STATE_SYN_RECV) | (1 << STATE_TIME_WAIT) | (1 << STATE_NEW_SYN_RECV));

const IPPROTO_TCP = 6;
const DIAG_REQUEST_BYTES = 56;
const INET_DIAG_REQ_BYTECODE = 1;
const BC_JMP = 1;
const BC_S_GE = 2;
const BC_S_LE = 3;
const BC_D_GE = 4;
const BC_D_LE = 5;

/** One family's dump of both ports; `sequence` comes back in every answer. */
export function dumpRequest(family: number, ports: WatchedPorts, sequence: number): Uint8Array {
  const bytecode = portBytecode(ports);
  const length = NLMSG_HEADER_BYTES + DIAG_REQUEST_BYTES + 4 + bytecode.length;
  const bytes = new Uint8Array(length);
  const halves = new Uint16Array(bytes.buffer);
  const words = new Uint32Array(bytes.buffer);
  words[0] = length;
  halves[2] = SOCK_DIAG_BY_FAMILY;
  halves[3] = NLM_F_REQUEST | NLM_F_DUMP;
  words[2] = sequence;
  bytes[16] = family;
  bytes[17] = IPPROTO_TCP;
  bytes[18] = 1 << (INET_DIAG_INFO - 1);
  words[5] = STATES;
  halves[36] = 4 + bytecode.length; // attribute header at byte 72
  halves[37] = INET_DIAG_REQ_BYTECODE;
  bytes.set(bytecode, NLMSG_HEADER_BYTES + DIAG_REQUEST_BYTES + 4);
  return bytes;
}

/**
 * inet_diag bytecode for "source port is publish or request" (destination port: D_GE, D_LE). Each comparison is eight bytes (code
 * u8, yes u8, no u16, then a word whose last half is the port); `yes` and `no` are how far to go
 * on. Reaching the end exactly accepts, four past it rejects:
 *
 *      0 S_GE publish  yes→8   no→20        20 S_GE request  yes→28  no→40 (reject)
 *      8 S_LE publish  yes→16  no→20        28 S_LE request  yes→36  no→40 (reject)
 *     16 JMP           →36 (accept)         36 end
 */
function portBytecode(ports: WatchedPorts): Uint8Array {
  const bytes = new Uint8Array(36);
  const halves = new Uint16Array(bytes.buffer);
  const compare = (at: number, no: number, [code, port]: [code: number, port: number]): void => {
    bytes[at] = code;
    bytes[at + 1] = 8;
    halves[at / 2 + 1] = no - at;
    halves[at / 2 + 3] = port;
  };
  const isRemote = ports.end === 'remote';
  const atLeast = isRemote ? BC_D_GE : BC_S_GE;
  const atMost = isRemote ? BC_D_LE : BC_S_LE;
  compare(0, 20, [atLeast, ports.publish]);
  compare(8, 20, [atMost, ports.publish]);
  bytes[16] = BC_JMP;
  bytes[17] = 4;
  halves[9] = 20;
  compare(20, 40, [atLeast, ports.request]);
  compare(28, 40, [atMost, ports.request]);
  return bytes;
}

/**
 * Where a destroy message has its source port: after the netlink header, four bytes into
 * inet_diag_msg, in network byte order; the destination port follows.
 */
const SOURCE_PORT_OFFSET = NLMSG_HEADER_BYTES + 4;
const DESTINATION_PORT_OFFSET = SOURCE_PORT_OFFSET + 2;
const BPF_LOAD_HALF = 0x28; // BPF_LD | BPF_H | BPF_ABS: reads network byte order
const BPF_JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const BPF_RETURN = 0x06; // BPF_RET | BPF_K: how many bytes to keep
const KEEP_ALL = 0x40000;

/**
 * Classic BPF program that keeps the messages of the two ports: closes of other programs then
 * never wake us.
 */
export function destroyFilter(ports: WatchedPorts): Uint8Array {
  const offset = ports.end === 'remote' ? DESTINATION_PORT_OFFSET : SOURCE_PORT_OFFSET;
  const program: readonly (readonly [code: number, yes: number, no: number, k: number])[] = [
    [BPF_LOAD_HALF, 0, 0, offset],
    [BPF_JUMP_EQUAL, 1, 0, ports.publish],
    [BPF_JUMP_EQUAL, 0, 1, ports.request],
    [BPF_RETURN, 0, 0, KEEP_ALL],
    [BPF_RETURN, 0, 0, 0],
  ];
  const bytes = new Uint8Array(program.length * 8);
  const halves = new Uint16Array(bytes.buffer);
  const words = new Uint32Array(bytes.buffer);
  program.forEach(([code, yes, no, k], index) => {
    halves[index * 4] = code;
    bytes[index * 8 + 2] = yes;
    bytes[index * 8 + 3] = no;
    words[index * 2 + 1] = k;
  });
  return bytes;
}
