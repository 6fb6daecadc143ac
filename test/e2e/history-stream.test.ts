/** The stream of events against readers that break off, do not read, or only wait. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { History } from '../../exporter/dist/history/history.js';
import type { FeedEvent } from '../../exporter/src/domain/event-feed.js';
import type { HistoryEvent } from '../../exporter/src/http/history-api-types.js';
import { systemClock } from '../../exporter/src/lib/clock.js';
import { silentLogger } from '../../exporter/src/lib/log.js';
import { PATIENCE_MS } from '../patience.js';
import { createTestHttp } from './http-fixture.js';
import { undoneAfterEach } from './undo.js';

const undo = undoneAfterEach();

async function serve(): Promise<{ readonly history: History; readonly port: number }> {
  const path = mkdtempSync(join(tmpdir(), 'brinescope-stream-'));
  undo.push(() => rmSync(path, { recursive: true, force: true }));
  const settings = { path, retentionMs: 14 * 86_400_000, maxBytes: 1e9 };
  const history = new History({ settings, clock: systemClock, log: silentLogger });
  await history.start();
  const http = createTestHttp({ history });
  const { port } = await http.start();
  undo.push(async () => {
    await http.stop();
    await history.stop();
  });
  return { history, port };
}

function gaps(count: number, text = 'Messages were not received.'): FeedEvent[] {
  return Array.from({ length: count }, () => ({
    kind: 'gap',
    wallMs: Date.now(),
    evidence: text,
  }));
}

/**
 * More than both ends of a connection hold that nobody reads from: the sender's buffer grows to its
 * most, the receiver's stays at what it began with, since it grows with what is read.
 */
function kernelBytes(): number {
  const figures = (name: string) =>
    readFileSync(`/proc/sys/net/ipv4/tcp_${name}`, 'utf8').trim().split(/\s+/).map(Number);
  const [, begun = 0] = figures('rmem');
  return (figures('wmem').at(-1) ?? 0) + 8 * begun;
}

/** The timers of the exporter stand still until the test moves them. */
function stopTime(): void {
  vi.useFakeTimers({
    toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'],
  });
  undo.push(() => vi.useRealTimers());
}

/** A reader below HTTP: what it does not read stays with the exporter. */
class Reader {
  readonly socket: Socket;
  text = '';
  #look: () => void = () => undefined;

  constructor(port: number, query: string) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setEncoding('utf8').on('data', (part: string) => {
      this.text += part;
      this.#look();
    });
    this.socket.write(`GET /api/v1/stream?samples=off${query} HTTP/1.0\r\nHost: exporter\r\n\r\n`);
    undo.push(() => this.socket.destroy());
  }

  until(enough: (text: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (enough(this.text)) resolve();
      };
      this.#look();
    });
  }

  ids(): number[] {
    return [...this.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  }
}

it('says every fifteen seconds that it is there, when nothing else is said', {
  timeout: PATIENCE_MS,
}, async () => {
  const { history, port } = await serve();
  stopTime();
  const reader = new Reader(port, '');
  await reader.until((text) => text.includes('retry: '));
  vi.advanceTimersByTime(14_000);
  history.tell(gaps(1));
  await reader.until(() => reader.ids().length === 1);
  expect(reader.text).not.toContain(': here');
  // The event counts: fifteen seconds from there on.
  vi.advanceTimersByTime(14_000);
  history.tell(gaps(1));
  await reader.until(() => reader.ids().length === 2);
  expect(reader.text).not.toContain(': here');
  vi.advanceTimersByTime(15_000);
  await reader.until((text) => text.endsWith(': here\n\n'));
});

it('drops a reader that does not read, tells it so, and gives it the rest when it comes again', {
  timeout: PATIENCE_MS,
}, async () => {
  const { history, port } = await serve();
  stopTime();
  const reader = new Reader(port, '');
  await reader.until((text) => text.includes('retry: '));
  reader.socket.pause();
  const told: number[] = [];
  history.log.listen((events) => told.push(...events.map(({ id }) => id)));
  const text = 'x'.repeat(65_536);
  // More than the kernel's buffers at both ends take, and what the exporter lets wait.
  for (let bytes = -4_194_304; bytes < kernelBytes(); bytes += 4 * text.length) {
    history.tell(gaps(4, text));
    await turn();
  }
  const ended = new Promise((resolve) => reader.socket.once('end', resolve));
  reader.socket.resume();
  await ended;
  expect(reader.text).toMatch(/event: slow\ndata: \{"reason":"slow",[^\n]*\}\n\n$/);
  const got = reader.ids();
  expect(got.length).toBeLessThan(told.length);
  expect(got).toEqual(told.slice(0, got.length));

  const again = new Reader(port, `&after=${got.at(-1) ?? 0}`);
  // The last one is at the end: the whole is long.
  await again.until((text) => text.slice(-100_000).includes(`id: ${told.at(-1)}\n`));
  expect([...got, ...again.ids()]).toEqual(told);
});

it('gives each event once to a reader that breaks off again and again', {
  timeout: PATIENCE_MS,
}, async () => {
  const { history, port } = await serve();
  history.tell(gaps(1));
  let lastId = history.log.lastId;
  const told: number[] = [];
  history.log.listen((events) => told.push(...events.map(({ id }) => id)));
  const batches = 40;
  let batch = 0;
  const got: number[] = [];

  /** Breaks off after some hundred events, in the middle of what came. */
  const readSome = () =>
    new Promise<void>((resolve, reject) => {
      const headers = { 'Last-Event-ID': String(lastId) };
      const url = `http://127.0.0.1:${port}/api/v1/stream?samples=off`;
      const asked = get(url, { headers, agent: false }, (response) => {
        let text = '';
        let count = 0;
        response.setEncoding('utf8').on('data', (part: string) => {
          // More than memory keeps of it comes while it reads and while it does not.
          if (batch < batches) history.tell(gaps(250));
          batch += 1;
          text += part;
          const frames = text.split('\n\n');
          text = frames.pop() ?? '';
          for (const frame of frames) {
            expect(frame).not.toContain('event: gap\n');
            const data = /^data: (.*)$/m.exec(frame)?.[1];
            if (data === undefined || count >= 700) continue;
            const event = JSON.parse(data) as HistoryEvent;
            got.push(event.id);
            lastId = event.id;
            count += 1;
          }
          if (count < 700 && got.length < batches * 250) return;
          response.destroy();
          resolve();
        });
      });
      asked.on('error', reject);
    });

  while (got.length < batches * 250) {
    if (batch < batches) history.tell(gaps(250));
    batch += 1;
    await readSome();
  }
  expect(got).toEqual(told);
});
