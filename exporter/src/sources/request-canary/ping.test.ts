/** The bytes of the ping, and that nothing else can be sent. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPingEcho, pingRequest } from './ping.js';

const PING = '83a3656e63a5636c656172a46c6f616481a3636d64a470696e67a776657273696f6e03';
const ECHO = '81a3636d64a470696e67';
const SOURCES = new URL('../..', import.meta.url);

describe('pingRequest', () => {
  it('is exactly the well-formed ping with its version', () => {
    expect(pingRequest().toString('hex')).toBe(PING);
    expect(pingRequest().toString('latin1')).toBe(
      '\x83\xa3enc\xa5clear\xa4load\x81\xa3cmd\xa4ping\xa7version\x03',
    );
  });

  it('cannot be changed for the next caller', () => {
    pingRequest().fill(0);
    expect(pingRequest().toString('hex')).toBe(PING);
  });

  it('is with the publish of canary jobs the only thing that the exporter sends over ZeroMQ', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
      // The demo plays the master and its minions; it never talks to a real one.
      (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('demo/'),
    );
    const users = files.filter((path) => /from 'zeromq'/.test(text(path))).sort();
    expect(users).toContain('lib/one-request.ts');
    const sends = users.flatMap((path) =>
      [...text(path).matchAll(/\.send\(.*/g)].map((match) => `${path}: ${match[0]}`),
    );
    expect(sends).toEqual(['lib/one-request.ts: .send(request);']);
    const requests = files.flatMap((path) =>
      [...text(path).matchAll(/new OneRequest\(\w+, (\w+\([^)]*\)|\w+)/g)].map(
        (match) => `${path}: ${match[1]}`,
      ),
    );
    expect(requests.sort()).toEqual([
      'sources/job-canary/source.ts: publishRequest(load)',
      'sources/request-canary/source.ts: pingRequest()',
    ]);
  });
});

describe('isPingEcho', () => {
  it('takes the load, in one frame, and nothing else', () => {
    expect(isPingEcho([Buffer.from(ECHO, 'hex')])).toBe(true);
    expect(isPingEcho([])).toBe(false);
    expect(isPingEcho([Buffer.from(ECHO, 'hex'), Buffer.alloc(0)])).toBe(false);
    expect(isPingEcho([Buffer.from('a8626164206c6f6164', 'hex')])).toBe(false);
    expect(isPingEcho([Buffer.from(`${ECHO}00`, 'hex')])).toBe(false);
    expect(isPingEcho([Buffer.from(PING, 'hex')])).toBe(false);
  });

  it('never throws, whatever came back', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 4 }), (frames) => {
        const echo = frames.length === 1 && Buffer.from(frames[0] ?? []).toString('hex') === ECHO;
        expect(isPingEcho(frames)).toBe(echo);
      }),
    );
  });
});

function text(path: string): string {
  return readFileSync(new URL(path, SOURCES), 'utf8');
}
