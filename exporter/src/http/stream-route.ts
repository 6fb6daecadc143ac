/** `GET /api/v1/stream`: events as they come, resumable, with a sample of the fleet each second. */
import type { Request, Response } from 'express';
import type { Epoch } from '../domain/epoch.js';
import type { History } from '../history/history.js';
import type { HistoryEvent } from '../history/record.js';
import { type Api, refuse } from './endpoint.js';
import { Refusal } from './failure.js';
import type { PressedMinion, StreamEnd, StreamGap, StreamSample } from './history-api-types.js';
import { STREAM } from './history-endpoints.js';
import { readQuery } from './query.js';
import type { Snapshots } from './snapshots.js';

const READERS_MAX = 64;
/** What a reader may leave in our memory. */
const WAITING_BYTES_MAX = 1_048_576;
const SAMPLE_MS = 1_000;
const HEARTBEAT_MS = 15_000;
/** A reader that is told to go and does not is cut off. */
const FAREWELL_MS = 5_000;
const PRESSED_MAX = 500;
/** Events that may come while a reader takes what it missed. */
const HELD_MAX = 20_000;
/** Events of one page of what was missed. */
const MISSED_PAGE = 2_000;

export interface StreamRoute {
  readonly history: History;
  readonly snapshots: Snapshots;
  readonly readers: StreamReaders;
}

interface Asked {
  readonly wants: (event: HistoryEvent) => boolean;
  readonly isMinion: (id: string) => boolean;
  /** undefined = only what comes. */
  readonly afterId: number | undefined;
  readonly samples: boolean;
}

/** Who reads the stream now. */
export class StreamReaders {
  readonly #readers = new Set<Reader>();
  #sampling: NodeJS.Timeout | undefined;

  get isFull(): boolean {
    return this.#readers.size >= READERS_MAX;
  }

  add(reader: Reader, snapshots: Snapshots): void {
    this.#readers.add(reader);
    this.#sampling ??= setInterval(() => void this.#sample(snapshots), SAMPLE_MS).unref();
  }

  remove(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    clearInterval(this.#sampling);
    this.#sampling = undefined;
  }

  /** All are told that the exporter stops. */
  end(): void {
    const message = 'The exporter stops; come again.';
    for (const reader of this.#readers) reader.end({ reason: 'stopping', message }, 'bye');
  }

  async #sample(snapshots: Snapshots): Promise<void> {
    const sampled = [...this.#readers].filter((reader) => reader.asked.samples);
    const epoch = sampled.length > 0 ? await snapshots.epoch().catch(() => undefined) : undefined;
    if (epoch !== undefined) for (const reader of sampled) reader.sample(epoch);
    for (const reader of this.#readers) reader.beat();
  }
}

export function addStream({ app, clock }: Api, { history, snapshots, readers }: StreamRoute): void {
  app.get(STREAM.path, (request, response) => {
    try {
      const asked = askedOf(request, clock.now().wallMs);
      if (readers.isFull) {
        response.setHeader('Retry-After', '30');
        const message = `There are ${READERS_MAX} readers of the stream already.`;
        throw new Refusal('unavailable', message);
      }
      const reader = new Reader(response, asked, history);
      readers.add(reader, snapshots);
      response.once('close', () => {
        readers.remove(reader);
        reader.close();
      });
      void reader.begin();
    } catch (error) {
      refuse(request, response, error);
    }
  });
}

class Reader {
  readonly asked: Asked;
  readonly #response: Response;
  readonly #history: History;
  #stopListening: (() => void) | undefined;
  /** Events that come while those that were missed are read. */
  #held: HistoryEvent[] | undefined;
  #lastId = 0;
  #quietSinceMs = performance.now();
  #hasEnded = false;

  constructor(response: Response, asked: Asked, history: History) {
    this.#response = response;
    this.asked = asked;
    this.#history = history;
  }

  async begin(): Promise<void> {
    this.#response.setHeader('Cache-Control', 'no-store');
    this.#response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    this.#response.setHeader('X-Accel-Buffering', 'no');
    this.#response.flushHeaders();
    this.#write('retry: 2000\n\n');
    const { afterId } = this.asked;
    if (afterId !== undefined) this.#held = [];
    this.#stopListening = this.#history.log.listen((events) => {
      if (this.#held === undefined) this.#tell(events);
      else this.#hold(this.#held, events);
    });
    if (afterId === undefined) return;
    await this.#catchUp(afterId);
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#tell(held);
  }

  close(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  sample({ at, minions, minionsByStatus, keys }: Epoch): void {
    const pressed: PressedMinion[] = [];
    for (let row = 0; row < minions.count; row += 1) {
      const queueMessages = minions.queueMessages[row] ?? 0;
      const minion = minions.ids[row] ?? '';
      if (!(queueMessages > 0) || !this.asked.isMinion(minion)) continue;
      const pressure = minions.queuePressure[row] ?? Number.NaN;
      pressed.push({ minion, queueMessages, pressure: Number.isNaN(pressure) ? 0 : pressure });
    }
    pressed.sort((a, b) => b.queueMessages - a.queueMessages);
    const body: StreamSample = {
      atMs: at.wallMs,
      byStatus: keys === undefined ? null : minionsByStatus,
      pressed: pressed.slice(0, PRESSED_MAX),
      pressedOf: pressed.length,
    };
    this.#write(`event: sample\ndata: ${JSON.stringify(body)}\n\n`);
  }

  beat(): void {
    if (performance.now() - this.#quietSinceMs >= HEARTBEAT_MS) this.#write(': here\n\n');
  }

  /** Its last event. */
  end(body: StreamEnd, event: 'slow' | 'bye'): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.close();
    this.#response.end(`event: ${event}\ndata: ${JSON.stringify(body)}\n\n`);
    setTimeout(() => this.#response.destroy(), FAREWELL_MS).unref();
  }

  /** What followed the last event that the reader knows: out of memory, or out of the store. */
  async #catchUp(afterId: number): Promise<void> {
    const { rows, isWhole } = this.#history.log.after(afterId);
    if (isWhole) return this.#tell(rows);
    const isRead = await this.#readStore(afterId).catch(() => false);
    if (!isRead) {
      const gap: StreamGap = { afterId, beforeId: rows[0]?.id ?? null };
      this.#write(`event: gap\ndata: ${JSON.stringify(gap)}\n\n`);
    }
    this.#tell(this.#history.log.after(Math.max(afterId, this.#lastId)).rows);
  }

  /** False: the store does not reach back so far. */
  async #readStore(afterId: number): Promise<boolean> {
    const status = this.#history.status();
    if (status.state !== 'works') return false;
    const asked = {
      kind: 'events' as const,
      kinds: undefined,
      minions: undefined,
      jid: undefined,
      fromMs: undefined,
      toMs: undefined,
      order: 'asc' as const,
      limit: MISSED_PAGE,
    };
    const before = await this.#history.ask({
      ...asked,
      order: 'desc',
      beyondId: afterId + 1,
      limit: 1,
    });
    let beyondId = afterId;
    for (;;) {
      const page = await this.#history.ask({ ...asked, beyondId });
      if (this.#hasEnded) return true;
      this.#tell(page.rows);
      const last = page.rows.at(-1);
      if (last === undefined || page.nextId === null) return before.rows.length > 0;
      beyondId = last.id;
      await this.#drained();
    }
  }

  #drained(): Promise<void> {
    if (!this.#response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      this.#response.once('drain', resolve);
      this.#response.once('close', resolve);
    });
  }

  /** None twice: ids only grow. */
  #tell(events: readonly HistoryEvent[]): void {
    let text = '';
    for (const event of events) {
      if (event.id <= this.#lastId) continue;
      this.#lastId = event.id;
      if (!this.asked.wants(event)) continue;
      text += `id: ${event.id}\nevent: event\ndata: ${JSON.stringify(event)}\n\n`;
    }
    if (text !== '') this.#write(text);
  }

  #hold(held: HistoryEvent[], events: readonly HistoryEvent[]): void {
    for (const event of events) held.push(event);
    if (held.length <= HELD_MAX) return;
    const message = `More than ${HELD_MAX} events came while this reader took what it missed; it may come again.`;
    this.end({ reason: 'slow', message }, 'slow');
  }

  #write(text: string): void {
    if (this.#hasEnded) return;
    if (this.#response.writableLength > WAITING_BYTES_MAX) {
      const message = 'More than 1 MiB waited for this reader; it may come again.';
      this.end({ reason: 'slow', message }, 'slow');
      return;
    }
    this.#quietSinceMs = performance.now();
    this.#response.write(text);
  }
}

/** Throws a Refusal. */
function askedOf(request: Request, nowMs: number): Asked {
  const { kind, minion, after, samples } = readQuery(STREAM.parameters, request, nowMs);
  const told = request.headers['last-event-id']?.toString();
  const resumed = STREAM.parameters.after.read(told, { name: 'after', nowMs });
  return {
    wants: (event) =>
      (kind.size === 0 || kind.has(event.kind)) &&
      (minion === undefined || (event.minion !== null && minion.matches(event.minion))),
    isMinion: minion?.matches ?? (() => true),
    afterId: resumed ?? after,
    samples,
  };
}
