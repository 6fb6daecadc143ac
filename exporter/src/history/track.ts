/**
 * The track: what timelines are folded from, in columns of bytes: who, when, what. One body holds
 * the records of a flush, or of ten minutes.
 */

/** State of `refs[i]` becomes `values[i]`. */
export const OP_STATE = 0;
export const OP_CONNECT = 1;
export const OP_DISCONNECT = 2;
export const OP_FLAP = 3;
/** `values[i]` messages. */
export const OP_DROP = 4;
export const OP_LOSS = 5;
/** Nothing is known of anybody from here on. */
export const OP_RESET = 6;

/** Record i is index i of each; times are `baseMs + offsets[i]`. */
export interface Track {
  readonly count: number;
  readonly refs: Uint32Array;
  readonly offsets: Int32Array;
  readonly values: Uint32Array;
  readonly ops: Uint8Array;
}

export interface TrackRecord {
  readonly ref: number;
  readonly atMs: number;
  readonly value: number;
  readonly op: number;
}

const WORD = 4;
/** Ref, offset and value. */
const WORDS = 3;

/** Offsets are clamped to ± 24 days, which no record is away from its flush. */
export function encodeTrack(baseMs: number, records: readonly TrackRecord[]): Buffer {
  const { length } = records;
  const body = Buffer.alloc(length * (WORDS * WORD + 1));
  const track = viewTrack(body);
  for (let i = 0; i < length; i += 1) {
    const record = records[i];
    if (record === undefined) continue;
    track.refs[i] = record.ref;
    track.offsets[i] = Math.max(-2e9, Math.min(2e9, Math.round(record.atMs - baseMs)));
    track.values[i] = Math.min(0xffffffff, Math.max(0, record.value));
    track.ops[i] = record.op;
  }
  return body;
}

/** Of bytes that may stand anywhere: typed arrays want whole words. */
export function viewTrack(body: Uint8Array): Track {
  const count = Math.floor(body.byteLength / (WORDS * WORD + 1));
  const aligned = body.byteOffset % WORD === 0 ? body : new Uint8Array(body);
  const { buffer, byteOffset } = aligned;
  const column = count * WORD;
  return {
    count,
    refs: new Uint32Array(buffer, byteOffset, count),
    offsets: new Int32Array(buffer, byteOffset + column, count),
    values: new Uint32Array(buffer, byteOffset + 2 * column, count),
    ops: new Uint8Array(buffer, byteOffset + WORDS * column, count),
  };
}

/** Several bodies as one, in their order. */
export function joinTracks(baseMs: number, parts: readonly TrackPart[]): Buffer {
  const count = parts.reduce((sum, { track }) => sum + track.count, 0);
  const body = Buffer.alloc(count * (WORDS * WORD + 1));
  const joined = viewTrack(body);
  let at = 0;
  for (const { baseMs: partMs, track } of parts) {
    joined.refs.set(track.refs, at);
    joined.values.set(track.values, at);
    joined.ops.set(track.ops, at);
    for (let i = 0; i < track.count; i += 1) {
      joined.offsets[at + i] = (track.offsets[i] ?? 0) + partMs - baseMs;
    }
    at += track.count;
  }
  return body;
}

export interface TrackPart {
  readonly baseMs: number;
  readonly track: Track;
}

/** The state of everybody at one instant. */
export function encodeStates(refs: readonly number[], codes: Uint8Array): Buffer {
  const body = Buffer.alloc(refs.length * (WORD + 1));
  const words = new Uint32Array(body.buffer, body.byteOffset, refs.length);
  for (let i = 0; i < refs.length; i += 1) {
    words[i] = refs[i] ?? 0;
    body[refs.length * WORD + i] = codes[refs[i] ?? 0] ?? 0;
  }
  return body;
}

export function decodeStates(body: Uint8Array, each: (ref: number, code: number) => void): void {
  const count = Math.floor(body.byteLength / (WORD + 1));
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let i = 0; i < count; i += 1) {
    each(view.getUint32(i * WORD, true), view.getUint8(count * WORD + i));
  }
}
