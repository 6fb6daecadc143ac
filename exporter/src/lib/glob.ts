/** File names by pattern as Python's glob.glob does it: `*`, `?` and `[…]` within one segment, hidden names only by a literal dot. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Names looked at per directory; a pattern of a configuration matches a handful. */
const NAMES_MAX = 10_000;

/** Absolute pattern → existing paths in the order of their code points; what cannot be read matches nothing. */
export async function globPaths(pattern: string): Promise<string[]> {
  const segments = pattern.split('/').filter((segment) => segment !== '');
  let found = ['/'];
  for (const segment of segments) {
    const expression = hasMagic(segment) ? segmentExpression(segment) : undefined;
    const next: string[] = [];
    for (const directory of found) {
      if (expression === undefined) next.push(join(directory, segment));
      else next.push(...(await matching(directory, expression, segment.startsWith('.'))));
    }
    found = next;
  }
  const exists = await Promise.all(found.map((path) => isThere(path)));
  return found.filter((_, index) => exists[index]).sort(byCodePoint);
}

async function matching(directory: string, expression: RegExp, hidden: boolean): Promise<string[]> {
  try {
    const names = (await readdir(directory)).slice(0, NAMES_MAX);
    return names
      .filter((name) => expression.test(name) && (hidden || !name.startsWith('.')))
      .map((name) => join(directory, name));
  } catch {
    return []; // not a directory, or not ours to read: glob.glob finds nothing there either
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function hasMagic(segment: string): boolean {
  return /[*?[]/.test(segment);
}

/** Python's fnmatch.translate for one segment: `[!a]` negates, an unclosed `[` is itself. */
export function segmentExpression(segment: string): RegExp {
  let source = '';
  for (let index = 0; index < segment.length; index += 1) {
    const char = segment[index] ?? '';
    const end = char === '[' ? closingBracket(segment, index) : -1;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (end > 0) {
      const inside = segment.slice(index + 1, end).replace(/[\\\]^]/g, '\\$&');
      source += inside.startsWith('!') ? `[^${inside.slice(1)}]` : `[${inside}]`;
      index = end;
    } else source += char.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  }
  return new RegExp(`^${source}$`, 's');
}

/** A `]` right behind `[` or `[!` belongs to the set. */
function closingBracket(segment: string, open: number): number {
  const first = segment[open + 1] === '!' ? open + 2 : open + 1;
  return segment.indexOf(']', first + 1);
}

/** Python sorts by code point, JavaScript by UTF-16 unit; they differ above U+FFFF. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
