/** ListenOverflows by its name, whatever columns a kernel has. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findListenOverflows, readListenOverflows } from './net-statistics.js';

describe('ListenOverflows', () => {
  it('is found by name', () => {
    const table = 'TcpExt: A ListenOverflows B\nTcpExt: 1 42 3\nIpExt: X\nIpExt: 9\n';
    expect(findListenOverflows(table)).toBe(42);
  });

  it('is not known when the column, the values or the file are missing', () => {
    expect(findListenOverflows('TcpExt: A B\nTcpExt: 1 2\n')).toBeUndefined();
    expect(findListenOverflows('TcpExt: A ListenOverflows\n')).toBeUndefined();
    expect(findListenOverflows('TcpExt: ListenOverflows\nTcpExt: x\n')).toBeUndefined();
    expect(findListenOverflows('')).toBeUndefined();
  });

  it('is what this kernel says', () => {
    const lines = readFileSync('/proc/net/netstat', 'latin1').split('\n');
    const column = lines[0]?.split(' ').indexOf('ListenOverflows') ?? -1;
    expect(readListenOverflows()).toBeGreaterThanOrEqual(Number(lines[1]?.split(' ')[column]));
  });
});
