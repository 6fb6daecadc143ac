/** The kernel's counter of connections that found an accept queue full, per network namespace. */
import { readFileSync } from 'node:fs';

/** undefined when /proc does not tell it. */
export function readListenOverflows(): number | undefined {
  try {
    return findListenOverflows(readFileSync('/proc/net/netstat', 'latin1'));
  } catch {
    return undefined; // no /proc/net: the figure is then absent
  }
}

/** TcpExt stands in two lines, names and values, in the same order. */
export function findListenOverflows(table: string): number | undefined {
  const [names, values] = table
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  const column = names?.indexOf('ListenOverflows') ?? -1;
  const text = column < 0 ? undefined : values?.[column];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
