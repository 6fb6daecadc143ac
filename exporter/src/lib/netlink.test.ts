/** A netlink socket of this kernel: opened, filtered, its buffer raised, its losses found. */
import { describe, expect, it } from 'vitest';
import { type Libc, loadLibc } from './libc.js';
import { EAGAIN, findDrops, NETLINK_SOCK_DIAG, NetlinkSocket } from './netlink.js';

async function libcOfThisMachine(): Promise<Libc> {
  const load = await loadLibc();
  if (!load.ok) throw new Error(load.reason);
  return load.libc;
}

describe('a netlink socket', () => {
  it('has nothing to receive at first, and no losses', async () => {
    const opened = NetlinkSocket.open(await libcOfThisMachine(), NETLINK_SOCK_DIAG, 0);
    if (!opened.ok) throw new Error(`errno ${opened.errno}`);
    expect(opened.socket.receive(false)).toBe(-EAGAIN);
    expect(opened.socket.drops()).toBe(0);
    opened.socket.close();
  });

  it('does not wait longer than its time-out', async () => {
    const opened = NetlinkSocket.open(await libcOfThisMachine(), NETLINK_SOCK_DIAG, 0);
    if (!opened.ok) throw new Error(`errno ${opened.errno}`);
    opened.socket.setReceiveTimeout(20);
    expect(opened.socket.receive(true)).toBe(-EAGAIN);
    opened.socket.close();
  });

  it('gets twice the receive buffer it asks for', async () => {
    const opened = NetlinkSocket.open(await libcOfThisMachine(), NETLINK_SOCK_DIAG, 0);
    if (!opened.ok) throw new Error(`errno ${opened.errno}`);
    expect(opened.socket.setReceiveBuffer(65_536)).toBe(131_072);
    opened.socket.close();
  });

  it('says which call was refused', async () => {
    const noSuchProtocol = 31;
    const opened = NetlinkSocket.open(await libcOfThisMachine(), noSuchProtocol, 0);
    expect(opened).toEqual({ ok: false, call: 'socket', errno: 93 }); // EPROTONOSUPPORT
  });

  it('refuses a filter program that is none', async () => {
    const opened = NetlinkSocket.open(await libcOfThisMachine(), NETLINK_SOCK_DIAG, 0);
    if (!opened.ok) throw new Error(`errno ${opened.errno}`);
    expect(opened.socket.attachFilter(new Uint8Array(8).fill(0xff))).toBe(false);
    const keepAll = new Uint8Array(Uint32Array.of(0x06, 0x40000).buffer);
    expect(opened.socket.attachFilter(keepAll)).toBe(true);
    opened.socket.close();
  });
});

describe('the table of netlink sockets', () => {
  const table = [
    'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode',
    '0000000000000000 4   1234       00000005 0        0        0     2        17       98765   ',
    '0000000000000000 4   1235       00000005 0        0        0     2        3        98766   ',
  ].join('\n');

  it('tells the losses of one inode', () => {
    expect(findDrops(table, 98_765)).toBe(17);
    expect(findDrops(table, 98_766)).toBe(3);
    expect(findDrops(table, 1234)).toBeUndefined();
    expect(findDrops('', 1)).toBeUndefined();
  });
});
