/**
 * From bytes to batches: takes whatever was read at once, decodes it later in short slices, and
 * throws away undecoded, and counts, what there is no time for.
 */
import { BATCH_ROWS, type BusBatch, createBusColumns } from '../../domain/bus-batch.js';
import type { Observation } from '../../domain/observations.js';
import type { BusReject } from '../../domain/vocabulary.js';
import type { Clock } from '../../lib/clock.js';
import { Backlog } from './backlog.js';
import { EventDecoder, type EventRows } from './decode.js';
import { takeNews } from './event-names.js';
import { type Found, FrameReader } from './framing.js';
import { BEHIND_BYTES, FRAMES_PER_LOOK, SLICE_BEHIND_MS, SLICE_MS } from './options.js';
import { type Segment, Segments } from './segments.js';

export interface IntakeOutlets {
  readonly clock: Clock;
  readonly emit: (observation: Observation, onApplied?: () => void) => void;
  /** As `Math.random`. */
  readonly random: () => number;
  /** This connection speaks something else; what it still brings is not looked at. */
  readonly onLost: () => void;
  /** A frame was found in what this connection brought. */
  readonly onFrame: () => void;
}

/** One is filled while the domain has the other. */
const ROW_SETS = 2;

export class EventIntake {
  readonly #outlets: IntakeOutlets;
  readonly #segments = new Segments();
  readonly #backlog = new Backlog();
  readonly #decoder: EventDecoder;
  #reader = new FrameReader();
  /** Of the bytes that the reader has. */
  #segment: Segment | undefined;
  /** When they were read. */
  #readMonoMs = 0;
  /** The frame that the reader has is still to be decoded: its names found no room. */
  #isHeld = false;
  /** The last slice ended before it came to the end of what there was. */
  #isMore = false;
  /** The rest of this connection means nothing. */
  #isLost = false;
  /** Connections that began and whose first byte was not come to yet. */
  #openAhead = 0;
  /** Sets of rows that the domain does not have. */
  readonly #free: EventRows[] = Array.from({ length: ROW_SETS }, createRows);
  #isStopped = false;
  #turn: NodeJS.Immediate | undefined;
  #dropped = 0;
  #rejects: Partial<Record<BusReject, number>> = {};

  constructor(outlets: IntakeOutlets) {
    this.#outlets = outlets;
    this.#decoder = new EventDecoder(outlets.random);
  }

  opened(): void {
    this.#openAhead += 1;
    this.#backlog.add({ kind: 'opened', monoMs: this.#outlets.clock.now().monoMs });
    this.#wake();
  }

  closed(): void {
    this.#backlog.add({ kind: 'closed', monoMs: this.#outlets.clock.now().monoMs });
    this.#wake();
  }

  /** Where the next read of the socket may write. */
  get space(): Buffer {
    return this.#segments.space;
  }

  /** So many bytes were read into the space. Returns at once, or after making room. */
  taken(bytes: number): void {
    const { monoMs } = this.#outlets.clock.now();
    this.#backlog.add({ kind: 'bytes', piece: this.#segments.take(bytes), monoMs });
    while (this.#backlog.isOverfull) this.#discardOne();
    this.#wake();
  }

  stop(): void {
    this.#isStopped = true;
    clearImmediate(this.#turn);
  }

  #wake(): void {
    if (this.#turn !== undefined || this.#isStopped || this.#free.length === 0) return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#decodeSlice();
    });
  }

  /**
   * Decodes until the time is over, a set of rows is full, or nothing is left. With both sets out
   * it waits: a busy domain fills the backlog, not its own queue.
   */
  #decodeSlice(): void {
    const { clock } = this.#outlets;
    const rows = this.#free.pop();
    if (rows === undefined) return;
    const isBehind = this.#backlog.bytes > BEHIND_BYTES;
    const endMs = clock.now().monoMs + (isBehind ? SLICE_BEHIND_MS : SLICE_MS);
    let isFull = false;
    this.#isMore = false;
    for (let frames = 1; !this.#isMore; frames += 1) {
      const found = this.#isHeld ? 'frame' : this.#nextFrame();
      if (found === undefined) break;
      isFull = this.#use(found, rows);
      const isLate = frames % FRAMES_PER_LOOK === 0 && clock.now().monoMs >= endMs;
      this.#isMore = isFull || isLate || rows.count >= BATCH_ROWS;
    }
    this.#tellLosses();
    this.#tell(rows);
    if (isFull) this.#decoder.renewNames();
    if (!this.#isMore) this.#passMark();
    if (this.#hasWork) this.#wake();
    else this.#segments.trim();
  }

  get #hasWork(): boolean {
    return this.#isMore || this.#backlog.peek() !== undefined;
  }

  #tell(rows: EventRows): void {
    const { count } = rows;
    if (count === 0) {
      this.#free.push(rows);
      return;
    }
    const batch = batchOf(rows, takeNews(this.#decoder.names), this.#backlog.bytes);
    rows.count = 0;
    this.#outlets.emit(batch, () => {
      this.#free.push(rows);
      if (this.#hasWork) this.#wake();
    });
  }

  /** True: it is to be decoded again when its names have room. */
  #use(found: Found, rows: EventRows): boolean {
    this.#isHeld = false;
    if (found !== 'frame') {
      this.#refuse(found);
      return false;
    }
    this.#outlets.onFrame();
    const problem = this.#decoder.decode(this.#reader.frame, this.#readMonoMs, rows);
    if (problem === undefined) return false;
    if (problem === 'full') this.#isHeld = true;
    else this.#reject(problem);
    return this.#isHeld;
  }

  #discardOne(): void {
    const found = this.#isHeld ? 'frame' : this.#nextFrame();
    this.#isHeld = false;
    if (found === undefined) this.#passMark();
    else if (found === 'frame') this.#dropped += 1;
    else this.#refuse(found);
  }

  #refuse(found: Exclude<Found, 'frame'>): void {
    this.#reject(found === 'lost' ? 'framing' : found);
    if (found === 'lost') this.#lose();
  }

  /** undefined: nothing is left, or the mark of a connection is next. */
  #nextFrame(): Found | undefined {
    for (;;) {
      const found = this.#isLost ? undefined : this.#reader.next();
      if (found !== undefined) return found;
      const item = this.#backlog.peek();
      if (item?.kind !== 'bytes') return undefined;
      this.#backlog.take();
      this.#readMonoMs = item.monoMs;
      const before = this.#segment;
      this.#segment = item.piece.segment;
      if (!this.#isLost) this.#reader.feed(item.piece);
      if (before !== undefined && before !== this.#segment) this.#segments.release(before);
    }
  }

  /** The beginning or the end of a connection, told in its place in the order of events. */
  #passMark(): void {
    const item = this.#backlog.peek();
    if (item === undefined || item.kind === 'bytes') return;
    this.#backlog.take();
    const isTorn = item.kind === 'closed' && !this.#isLost && this.#reader.isTorn;
    if (isTorn) this.#reject('framing');
    this.#reader = new FrameReader();
    this.#isLost = false;
    this.#tellLosses();
    const connected = item.kind === 'opened';
    if (connected) this.#openAhead -= 1;
    this.#outlets.emit({ kind: 'bus_link', connected, monoMs: item.monoMs });
  }

  #lose(): void {
    this.#isLost = true;
    this.#reader = new FrameReader();
    // With another one open this one has ended long ago.
    if (this.#openAhead === 0) this.#outlets.onLost();
  }

  #reject(reason: BusReject): void {
    this.#rejects[reason] = (this.#rejects[reason] ?? 0) + 1;
  }

  #tellLosses(): void {
    if (this.#dropped === 0 && Object.keys(this.#rejects).length === 0) return;
    const [dropped, rejects] = [this.#dropped, this.#rejects];
    this.#dropped = 0;
    this.#rejects = {};
    this.#outlets.emit({ kind: 'bus_loss', dropped, rejects });
  }
}

/** Column by column, so that all batches have one shape: the domain reads them row by row. */
function batchOf(rows: EventRows, names: BusBatch['names'], backlogBytes: number): BusBatch {
  const { columns, count } = rows;
  return {
    kind: 'bus_batch',
    count,
    event: columns.event,
    arrivedMonoMs: columns.arrivedMonoMs,
    stampWallMs: columns.stampWallMs,
    minion: columns.minion,
    jid: columns.jid,
    fun: columns.fun,
    state: columns.state,
    about: columns.about,
    code: columns.code,
    flags: columns.flags,
    names,
    announcements: rows.announcements.splice(0),
    stats: rows.stats.splice(0),
    backlogBytes,
  };
}

function createRows(): EventRows {
  return { columns: createBusColumns(BATCH_ROWS), count: 0, announcements: [], stats: [] };
}
