/**
 * One frame of the event bus → a row of a batch: its kind, whom and what it is about, how it went.
 * A body is `tag`, two line feeds, a msgpack map. What a job was given or returned is stepped over;
 * of its arguments the names of states and the jid of a `find_job` are used, nothing else.
 *
 * A minion may fire almost any tag. What it fires by itself is wrapped, with `cmd: _minion_event`
 * and an `id` that the master vouches for: what Salt itself never wraps is forged then. The `id` and
 * the `jid` of a payload are those of its tag. What contradicts itself is `suspect`. An event fired
 * in a list (as beacons are) is not wrapped and can look like anything: who uses what it claims must
 * hold it against the minion's connection.
 */
import {
  type BusColumns,
  clearRow,
  FORGED,
  type JobAnnouncement,
  MIRRORED,
  NO_NAME,
  type WorkerStats,
} from '../../domain/bus-batch.js';
import { AUTH_ACTS, BUS_KINDS, type BusReject, PUBLISH_ERRORS } from '../../domain/vocabulary.js';
import { endOfValue } from '../../lib/msgpack.js';
import { listedBy, readAnnouncement } from './announcement.js';
import { createEventNames, type EventNames, hasRoom, renewFull } from './event-names.js';
import type { Frame } from './framing.js';
import { JobReader, raise, successFlags } from './job-row.js';
import {
  ACT,
  CMD,
  ERROR,
  ID,
  JID,
  PayloadReader,
  PEER_ID,
  RESULT,
  STAMP,
  STATS,
} from './payload.js';
import { StampReader } from './stamp.js';
import { SEPARATOR_BYTES, TagReader } from './tag.js';
import { entryOf, isText, textHeadBytes } from './values.js';
import { readWorkerStats } from './worker-stats.js';

/** What is filled, row by row. */
export interface EventRows {
  readonly columns: BusColumns;
  count: number;
  readonly announcements: JobAnnouncement[];
  readonly stats: WorkerStats[];
}

/** `full`: a table of names has no room for it; to be decoded again after `renewNames`. */
export type DecodeProblem = BusReject | 'full';

const SUSPECT = BUS_KINDS.indexOf('suspect');
const NEW = BUS_KINDS.indexOf('new');
const RET = BUS_KINDS.indexOf('ret');
const AUTH = BUS_KINDS.indexOf('auth');
const KEY = BUS_KINDS.indexOf('key');
const START = BUS_KINDS.indexOf('start');
const ERRORS = BUS_KINDS.indexOf('error');
const STATISTICS = BUS_KINDS.indexOf('stats');

const NO_ACT = AUTH_ACTS.indexOf('none');
const ACTS = AUTH_ACTS.map((act) => Buffer.from(act));
/** `AuthenticationError` for `authentication`. */
const ERROR_NAMES = PUBLISH_ERRORS.map((error) =>
  Buffer.from(`${error.charAt(0).toUpperCase()}${error.slice(1)}Error`),
);
const MINION_EVENT = Buffer.from('_minion_event');
const NAME = Buffer.from('name');
const NONE_LISTED = { names: 0, bytes: 0 };

/** Pure but for its tables of names; never throws. */
export class EventDecoder {
  readonly names: EventNames;
  readonly #tag = new TagReader();
  readonly #payload = new PayloadReader();
  readonly #stamps = new StampReader();
  readonly #jobs: JobReader;
  /** Text of the payload's `id`, 0 to 0: none. */
  #idStart = 0;
  #idEnd = 0;
  /** Number of the jid of the last return's tag; NO_NAME: it was not looked up yet. */
  #returnJid = NO_NAME;
  /** Minions that found no room. */
  #listed = NONE_LISTED;

  /** `random` as `Math.random`: nobody can choose names that meet in one place of a table. */
  constructor(random: () => number) {
    this.names = createEventNames(random);
    this.#jobs = new JobReader(this.names);
  }

  /** Adds a row for the frame; undefined: done. `arrivedMonoMs`: when its last byte was read. */
  decode(frame: Frame, arrivedMonoMs: number, rows: EventRows): DecodeProblem | undefined {
    if (!hasRoom(this.names)) return 'full';
    const tag = this.#tag;
    const problem = tag.read(frame);
    if (problem !== undefined) return problem;
    if (tag.kind === RET && !tag.isSameJob) this.#returnJid = NO_NAME;
    if (!this.#payload.read(frame, tag.end + SEPARATOR_BYTES)) return 'body';
    this.#idStart = this.#textStart(frame, ID);
    this.#idEnd = this.#payload.ends[ID] ?? 0;
    const isWrapped = this.#isText(frame, CMD, MINION_EVENT);
    const event = this.#isGenuine(frame, isWrapped) ? tag.kind : SUSPECT;
    if (event === NEW && !this.#hasRoomForListed(frame)) return 'full';
    const { columns, count: row } = rows;
    clearRow(columns, row, { event, arrivedMonoMs });
    this.#fillStamp(frame, columns, row);
    if (tag.isMirrored || this.#payload.starts[PEER_ID] !== 0) raise(columns, row, MIRRORED);
    if (event === SUSPECT) this.#fillSuspect(frame, { columns, row, isWrapped });
    else {
      columns.minion[row] = this.#minionOf(frame);
      this.#fill(frame, event, rows);
    }
    rows.count = row + 1;
    return undefined;
  }

  /** Begins full tables anew; rows that use their names must have been told before. */
  renewNames(): void {
    renewFull(this.names, this.#listed.names, this.#listed.bytes);
    this.#listed = NONE_LISTED;
    this.#returnJid = NO_NAME;
  }

  /** Whether the payload is one that Salt itself puts under such a tag. */
  #isGenuine(frame: Frame, isWrapped: boolean): boolean {
    const tag = this.#tag;
    const { row } = tag;
    if (row === undefined) return true;
    if (row.wrapped !== 'either' && (row.wrapped === 'always') !== isWrapped) return false;
    if (tag.jidEnd > tag.jidStart && !this.#agrees(frame, JID)) return false;
    if (row.id === 'any') return true;
    const isNamed = this.#idStart > 0 && this.#idEnd > this.#idStart;
    if (row.id !== 'agrees' && !isNamed) return false;
    return tag.idEnd === 0 || this.#agrees(frame, ID);
  }

  /** Whether the text of `id` or `jid` is the one in the tag; it is when there is none. */
  #agrees({ bytes, view }: Frame, field: number): boolean {
    const { starts, ends } = this.#payload;
    const at = starts[field] ?? 0;
    if (at === 0) return true;
    const start = at + textHeadBytes(bytes[at] ?? 0);
    const from = field === ID ? this.#tag.idStart : this.#tag.jidStart;
    const length = (field === ID ? this.#tag.idEnd : this.#tag.jidEnd) - from;
    if (start === at || (ends[field] ?? 0) - start !== length) return false;
    let index = 0;
    for (; index + 4 <= length; index += 4)
      if (view.getInt32(start + index) !== view.getInt32(from + index)) return false;
    for (; index < length; index += 1)
      if (bytes[start + index] !== bytes[from + index]) return false;
    return true;
  }

  /** The `id` of the payload, else the one in the tag, else nobody. */
  #minionOf(frame: Frame): number {
    const { row, idStart, idEnd } = this.#tag;
    if (row?.id === 'any') return NO_NAME;
    if (this.#idStart > 0) return this.names.minions.number(frame, this.#idStart, this.#idEnd);
    return idEnd > idStart ? this.names.minions.number(frame, idStart, idEnd) : NO_NAME;
  }

  #fill(frame: Frame, event: number, rows: EventRows): void {
    const { columns, count: row } = rows;
    const { jidStart, jidEnd, idEnd } = this.#tag;
    if (jidEnd > jidStart) {
      const isKnown = event === RET && this.#returnJid !== NO_NAME;
      const jid = isKnown ? this.#returnJid : this.names.jids.number(frame, jidStart, jidEnd);
      if (event === RET) this.#returnJid = jid;
      columns.jid[row] = jid;
      this.#jobs.fill(frame, this.#payload, { columns, row, event });
    }
    switch (event) {
      case NEW: {
        const listed = { row, table: this.names.minions };
        rows.announcements.push(readAnnouncement(frame, this.#payload, listed));
        break;
      }
      case AUTH:
      case KEY:
        columns.code[row] = this.#actOf(frame);
        raise(columns, row, successFlags(frame, this.#payload.starts[RESULT] ?? 0));
        break;
      case START:
        columns.code[row] = idEnd > 0 ? 0 : 1;
        break;
      case STATISTICS:
        rows.stats.push(...readWorkerStats(frame, this.#payload.starts[STATS] ?? 0));
        break;
      case ERRORS:
        this.#fillError(frame, columns, row);
        break;
    }
  }

  #fillStamp(frame: Frame, columns: BusColumns, row: number): void {
    const start = this.#textStart(frame, STAMP);
    if (start === 0) return;
    columns.stampWallMs[row] = this.#stamps.read(frame, start, this.#payload.ends[STAMP] ?? 0);
  }

  /** Who fired it is known when it is wrapped; nothing else that it says is worth a name. */
  #fillSuspect(
    frame: Frame,
    { columns, row, isWrapped }: { columns: BusColumns; row: number; isWrapped: boolean },
  ): void {
    if (!isWrapped) return;
    raise(columns, row, FORGED);
    if (this.#idStart === 0) return;
    columns.minion[row] = this.names.minions.number(frame, this.#idStart, this.#idEnd);
  }

  #actOf(frame: Frame): number {
    for (let act = 0; act < ACTS.length; act += 1)
      if (this.#isText(frame, ACT, ACTS[act] ?? NAME)) return act;
    return NO_ACT;
  }

  #fillError(frame: Frame, columns: BusColumns, row: number): void {
    const error = this.#payload.starts[ERROR] ?? 0;
    const at = error === 0 ? 0 : entryOf(frame, error, NAME);
    if (at === 0) return;
    const { bytes } = frame;
    const end = endOfValue(bytes, at, bytes.length);
    const code = ERROR_NAMES.findIndex((name) => isText(bytes, { at, end }, name));
    if (code >= 0) columns.code[row] = code;
  }

  #hasRoomForListed(frame: Frame): boolean {
    const listed = listedBy(frame, this.#payload);
    if (this.names.minions.hasRoomFor(listed.names, listed.bytes)) return true;
    this.#listed = listed;
    return false;
  }

  /** Where the text of a field begins; 0: there is none, or it is no text. */
  #textStart({ bytes }: Frame, field: number): number {
    const at = this.#payload.starts[field] ?? 0;
    const head = at === 0 ? 0 : textHeadBytes(bytes[at] ?? 0);
    return head === 0 ? 0 : at + head;
  }

  #isText({ bytes }: Frame, field: number, text: Buffer): boolean {
    const at = this.#payload.starts[field] ?? 0;
    return at > 0 && isText(bytes, { at, end: this.#payload.ends[field] ?? 0 }, text);
  }
}
