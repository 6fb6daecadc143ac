/** The store as its thread writes it: events, track, states and samples, in one transaction each. */
import type { MinionSample } from '../domain/sample-table.js';
import { departures } from './departures.js';
import { MinionBook } from './minion-book.js';
import { RecentPast } from './recent-past.js';
import type { HistorySettings, SpanView, ToldRecord } from './record.js';
import { addToPeaks, encodeSamples, type Peaks, viewSamples } from './sample-rows.js';
import { blobOf, StoreFile } from './store-file.js';
import { SAMPLE_STEPS } from './store-schema.js';
import { codeOf, NO_DATA } from './timeline-states.js';
import {
  decodeStates,
  encodeStates,
  encodeTrack,
  OP_CONNECT,
  OP_DISCONNECT,
  OP_DROP,
  OP_FLAP,
  OP_LOSS,
  OP_RESET,
  OP_STATE,
  type TrackRecord,
  viewTrack,
} from './track.js';

/** Everybody's state is written out this often: a timeline begins at one of these. */
const STATES_MS = 3_600_000;
/** A day that did not fit into memory is tried again after this. */
const RECENT_RETRY_MS = 600_000;
const EVENT_SQL = `INSERT OR IGNORE INTO event
  (id, at_ms, kind, ref, status, reason, link, confidence, jid, count, text)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const MARKS: Partial<Record<ToldRecord['kind'], number>> = {
  connect: OP_CONNECT,
  disconnect: OP_DISCONNECT,
  flap: OP_FLAP,
  drop: OP_DROP,
  loss: OP_LOSS,
};

export class HistoryStore {
  readonly file: StoreFile;
  readonly minions: MinionBook;
  settings: HistorySettings;
  /** Of the steps that are under way, by index of SAMPLE_STEPS; the finest has none. */
  readonly #peaks: Peaks[] = SAMPLE_STEPS.map(() => new Map());
  readonly #stepMs: number[] = SAMPLE_STEPS.map(() => Number.NaN);
  #trackMs = 0;
  #statesMs = 0;
  #ids: readonly string[] = [];
  #refs: readonly number[] = [];
  #recent: RecentPast | undefined;
  /** Too much happened to hold it: it is not tried again before. */
  #recentAfterMs = Number.NEGATIVE_INFINITY;
  /** Told to the recent past when they are written for good. */
  #written: ((recent: RecentPast) => boolean)[] = [];

  /** Throws when the file cannot be used. `nowMs`: from here on it is known what happens. */
  constructor(settings: HistorySettings, nowMs: number) {
    this.settings = settings;
    this.file = new StoreFile(settings.path);
    this.minions = new MinionBook(this.file);
    this.#trackMs = this.file.number('SELECT max(at_ms) FROM track') ?? 0;
    this.#replay();
    this.#openAfterGap(nowMs);
  }

  /** Highest id that was ever written; 0 = none. */
  lastId(): number {
    return this.file.number('SELECT max(id) FROM event') ?? 0;
  }

  /** All of a batch, or nothing: then it throws. */
  write(batch: readonly ToldRecord[], nowMs: number): void {
    try {
      this.#together(() => this.#writeBatch(batch, nowMs));
    } catch (error) {
      this.minions.forgetUnwritten();
      throw error;
    }
  }

  writeSample(sample: MinionSample): void {
    try {
      this.#together(() => this.#writeSample(sample));
    } catch (error) {
      this.#ids = [];
      this.minions.forgetUnwritten();
      throw error;
    }
  }

  /** Nothing was written in this time: what everybody's state is stands in the thread alone. */
  endGap(gap: SpanView): void {
    this.#together(() => {
      this.#noteGap(gap);
      const reset = { ref: 0, atMs: gap.fromMs, value: 0, op: OP_RESET };
      const states: TrackRecord[] = [reset];
      for (const [, ref] of this.minions.entries()) {
        const value = this.minions.codes[ref] ?? NO_DATA;
        if (value !== NO_DATA) states.push({ ref, atMs: gap.toMs, value, op: OP_STATE });
      }
      this.#writeTrack(states, gap.toMs);
      this.#noteAlive(gap.toMs);
    });
  }

  /** The latest day in memory; undefined: it does not fit. */
  recent(nowMs: number): RecentPast | undefined {
    if (this.#recent === undefined && nowMs >= this.#recentAfterMs) {
      this.#recent = RecentPast.read(this.file, { rows: this.minions.limit, nowMs });
      if (this.#recent === undefined) this.#recentAfterMs = nowMs + RECENT_RETRY_MS;
    }
    return this.#recent;
  }

  /** Once a minute, and when rows went out of the file. */
  keepRecent(nowMs: number): void {
    if (this.#recent?.keep(this.file, nowMs) === false) this.#recent = undefined;
  }

  /** The last words: until here it is known what happened. */
  close(nowMs: number): void {
    try {
      this.#noteAlive(nowMs);
    } finally {
      this.file.close();
    }
  }

  #together(work: () => void): void {
    this.#written = [];
    try {
      this.file.together(work);
    } catch (error) {
      this.#recent = undefined;
      throw error;
    }
    const { length } = this.#written;
    const recent = this.#recent;
    if (recent === undefined || length === 0) return;
    // What it cannot take it reads with the rest, when somebody asks.
    if (!this.#written.every((tell) => tell(recent))) this.#recent = undefined;
    this.#written = [];
  }

  #noteGap({ fromMs, toMs }: SpanView): void {
    const sql = 'INSERT OR REPLACE INTO gap (from_ms, to_ms) VALUES (?, ?)';
    this.file.run(sql, Math.round(fromMs), Math.round(toMs));
  }

  #writeBatch(batch: readonly ToldRecord[], nowMs: number): void {
    const records: TrackRecord[] = [];
    for (const event of batch) {
      const ref = event.minion === null ? null : this.minions.refOf(event.minion, nowMs);
      if (!event.quiet) this.#writeEvent(event, ref);
      if (ref !== null) this.#noteTrack(records, event, ref);
    }
    this.#writeTrack(records, nowMs);
    if (nowMs - this.#statesMs >= STATES_MS) this.#writeStates(nowMs);
    this.#noteAlive(nowMs);
  }

  #writeEvent(event: ToldRecord, ref: number | null): void {
    const { id, atMs, kind, status, reason, link, confidence, jid, count, text } = event;
    const at = Math.round(atMs);
    this.file.run(EVENT_SQL, id, at, kind, ref, status, reason, link, confidence, jid, count, text);
  }

  #noteTrack(records: TrackRecord[], event: ToldRecord, ref: number): void {
    const { atMs, kind, status, count } = event;
    const isEnd = kind === 'minion' && event.reason === 'gone';
    const isBegin = kind === 'minion' && event.reason === 'new';
    if ((kind === 'status' && status !== null) || isEnd || isBegin) {
      const begun = codeOf(status ?? 'unknown');
      const value = isEnd ? NO_DATA : begun;
      this.minions.codes[ref] = value;
      records.push({ ref, atMs, value, op: OP_STATE });
      return;
    }
    const op = MARKS[kind];
    if (op !== undefined) records.push({ ref, atMs, value: count, op });
  }

  #writeTrack(records: readonly TrackRecord[], nowMs: number): void {
    if (records.length === 0) return;
    const atMs = Math.max(this.#trackMs + 1, Math.round(nowMs));
    this.#trackMs = atMs;
    const body = encodeTrack(atMs, records);
    this.file.run('INSERT INTO track (at_ms, body) VALUES (?, ?)', atMs, body);
    this.#written.push((recent) => recent.heard({ baseMs: atMs, track: viewTrack(body) }));
  }

  #writeStates(nowMs: number): void {
    const refs: number[] = [];
    for (const [, ref] of this.minions.entries()) {
      if (this.minions.codes[ref] !== NO_DATA) refs.push(ref);
    }
    const body = encodeStates(refs, this.minions.codes);
    this.file.run(
      'INSERT OR REPLACE INTO states (at_ms, body) VALUES (?, ?)',
      Math.round(nowMs),
      body,
    );
    this.minions.save(this.#ids, nowMs);
    this.#statesMs = nowMs;
  }

  #writeSample(sample: MinionSample): void {
    if (sample.ids !== this.#ids) {
      this.#refs = sample.ids.map((id) => this.minions.refOf(id, sample.wallMs));
      this.#ids = sample.ids;
    }
    const { codes, usual } = this.minions;
    const peaks = departures(sample, { refs: this.#refs, codes, usual });
    const body = encodeSamples(peaks);
    const [finest, ...coarser] = SAMPLE_STEPS;
    const atMs = stepStart(sample.wallMs, finest.seconds);
    this.#putSample(finest.seconds, atMs, body);
    const rows = viewSamples(body);
    for (const [index, { seconds }] of coarser.entries()) {
      const stepMs = stepStart(sample.wallMs, seconds);
      const under = this.#peaks[index + 1] ?? new Map();
      if (this.#stepMs[index + 1] !== stepMs) this.#beginStep(index + 1, stepMs);
      addToPeaks(under, rows);
      // Written anew with each sample: a killed process loses nothing of a long step.
      this.#putSample(seconds, stepMs, encodeSamples(under));
    }
    this.#noteAlive(sample.wallMs);
  }

  /** Goes on with what another run of the program left of the same step. */
  #beginStep(index: number, stepMs: number): void {
    const peaks = this.#peaks[index];
    const seconds = SAMPLE_STEPS[index]?.seconds ?? 0;
    peaks?.clear();
    this.#stepMs[index] = stepMs;
    const left = this.file.all(`SELECT body FROM sample_${seconds} WHERE at_ms = ?`, stepMs);
    if (peaks !== undefined && left[0] !== undefined) {
      addToPeaks(peaks, viewSamples(blobOf(left[0][0])));
    }
  }

  #putSample(seconds: number, atMs: number, body: Buffer): void {
    const sql = `INSERT OR REPLACE INTO sample_${seconds} (at_ms, body) VALUES (?, ?)`;
    this.file.run(sql, atMs, body);
    this.#written.push((recent) => recent.sampled(seconds, { atMs, rows: viewSamples(body) }));
  }

  #noteAlive(nowMs: number): void {
    this.file.run(
      "INSERT OR REPLACE INTO meta (name, value) VALUES ('alive_ms', ?)",
      Math.round(nowMs),
    );
  }

  /** What everybody's state was when the program ended. */
  #replay(): void {
    const { codes } = this.minions;
    const [states] = this.file.all('SELECT at_ms, body FROM states ORDER BY at_ms DESC LIMIT 1');
    if (states !== undefined) {
      decodeStates(blobOf(states[1]), (ref, code) => {
        if (ref < codes.length) codes[ref] = code;
      });
    }
    const fromMs = Number(states?.[0] ?? 0);
    for (const [, body] of this.file.all('SELECT at_ms, body FROM track WHERE at_ms > ?', fromMs)) {
      const track = viewTrack(blobOf(body));
      for (let i = 0; i < track.count; i += 1) {
        if (track.ops[i] === OP_RESET) codes.fill(NO_DATA);
        if (track.ops[i] === OP_STATE) codes[track.refs[i] ?? 0] = track.values[i] ?? NO_DATA;
      }
    }
  }

  /** Between the last words of the run before and now nobody watched. */
  #openAfterGap(nowMs: number): void {
    const aliveMs = this.file.number("SELECT value FROM meta WHERE name = 'alive_ms'");
    this.#together(() => {
      if (aliveMs !== undefined && aliveMs < nowMs) this.#noteGap({ fromMs: aliveMs, toMs: nowMs });
      const atMs = Math.min(aliveMs ?? nowMs, nowMs);
      this.#writeTrack([{ ref: 0, atMs, value: 0, op: OP_RESET }], nowMs);
      this.minions.codes.fill(NO_DATA);
      this.#writeStates(nowMs);
    });
  }
}

function stepStart(wallMs: number, seconds: number): number {
  return Math.floor(wallMs / (seconds * 1_000)) * seconds * 1_000;
}
