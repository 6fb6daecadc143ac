/**
 * From bytes to observations: takes whatever was read at once, decodes it later in short slices,
 * and throws away undecoded, and counts, what there is no time for.
 */
import type { BusEvent, Observation } from '../../domain/observations.js';
import type { BusReject } from '../../domain/vocabulary.js';
import type { Clock } from '../../lib/clock.js';
import { Backlog } from './backlog.js';
import { decode } from './decode.js';
import { type Framed, FrameReader } from './framing.js';
import { BATCH_EVENTS_MAX, FRAMES_PER_LOOK, SLICE_MS } from './options.js';

export interface IntakeOutlets {
  readonly clock: Clock;
  readonly emit: (observation: Observation, onApplied?: () => void) => void;
  /** This connection speaks something else; what it still brings is not looked at. */
  readonly onLost: () => void;
  /** A frame was found in what this connection brought. */
  readonly onFrame: () => void;
}

export class EventIntake {
  readonly #outlets: IntakeOutlets;
  readonly #backlog = new Backlog();
  #reader = new FrameReader();
  /** When the bytes that the reader now has were read. */
  #readMonoMs = 0;
  /** The rest of this connection means nothing. */
  #isLost = false;
  /** Connections that began and whose first byte was not come to yet. */
  #openAhead = 0;
  /** A slice is to come, or the domain still applies the last one. */
  #isUnderway = false;
  #isStopped = false;
  #turn: NodeJS.Immediate | undefined;
  #dropped = 0;
  #rejects: Partial<Record<BusReject, number>> = {};

  constructor(outlets: IntakeOutlets) {
    this.#outlets = outlets;
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

  /** Returns at once, or after making room: finding the ends of frames is all that costs. */
  push(bytes: Buffer): void {
    this.#backlog.add({ kind: 'bytes', bytes, monoMs: this.#outlets.clock.now().monoMs });
    while (this.#backlog.isOverfull) this.#discardOne();
    this.#wake();
  }

  stop(): void {
    this.#isStopped = true;
    clearImmediate(this.#turn);
  }

  #wake(): void {
    if (this.#isUnderway || this.#isStopped) return;
    this.#isUnderway = true;
    this.#turn = setImmediate(() => this.#decodeSlice());
  }

  /** The next slice waits until the domain has taken this one: a busy domain fills the backlog, not its own queue. */
  #decodeSlice(): void {
    const { clock, emit } = this.#outlets;
    const endMs = clock.now().monoMs + SLICE_MS;
    const events: BusEvent[] = [];
    let frames = 0;
    for (;;) {
      const found = this.#nextFrame();
      if (found === undefined) break;
      this.#use(found, events);
      frames += 1;
      if (events.length >= BATCH_EVENTS_MAX) break;
      if (frames % FRAMES_PER_LOOK === 0 && clock.now().monoMs >= endMs) break;
    }
    this.#tellLosses();
    if (events.length === 0) {
      this.#goOn();
      return;
    }
    const backlogBytes = this.#backlog.bytes;
    emit({ kind: 'bus_events', events, backlogBytes }, () => this.#goOn());
  }

  #goOn(): void {
    if (this.#isStopped) return;
    this.#passMark();
    this.#isUnderway = false;
    if (this.#backlog.peek() !== undefined || this.#reader.hasMore) this.#wake();
  }

  #use(found: Framed, events: BusEvent[]): void {
    if (found.kind !== 'frame') {
      this.#reject(found.kind === 'lost' ? 'framing' : found.kind);
      if (found.kind === 'lost') this.#lose();
      return;
    }
    this.#outlets.onFrame();
    const decoded = decode(found, this.#readMonoMs);
    if (decoded.ok) events.push(decoded.event);
    else this.#reject(decoded.reason);
  }

  #discardOne(): void {
    const found = this.#nextFrame();
    if (found === undefined) this.#passMark();
    else if (found.kind === 'frame') this.#dropped += 1;
    else this.#use(found, []);
  }

  /** undefined: nothing is left, or the mark of a connection is next. */
  #nextFrame(): Framed | undefined {
    for (;;) {
      const found = this.#isLost ? undefined : this.#reader.next();
      if (found !== undefined) return found;
      const item = this.#backlog.peek();
      if (item?.kind !== 'bytes') return undefined;
      this.#backlog.take();
      this.#readMonoMs = item.monoMs;
      if (!this.#isLost) this.#reader.feed(item.bytes);
    }
  }

  /** The beginning or the end of a connection, told in its place in the order of events. */
  #passMark(): void {
    const item = this.#backlog.peek();
    if (item === undefined || item.kind === 'bytes' || this.#reader.hasMore) return;
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
