/**
 * One message of the tap: a source name, and the frames of zmq_socket_monitor in version 1 or 2,
 * decoded or rejected by name.
 */
import type { MonitorEventName, MonitorReject } from '../../domain/vocabulary.js';

export type TapMessage =
  | {
      readonly ok: true;
      readonly source: string;
      readonly socket: string;
      readonly event: MonitorEventName;
      readonly value: number;
    }
  | {
      readonly ok: false;
      readonly reason: MonitorReject;
      /** The source's name when that much could be read. */
      readonly source: string | undefined;
    };

/** The socket's name when the source frame gives none. */
export const DEFAULT_SOCKET = 'default';

const SOURCE_FRAME_MAX_BYTES = 64;
/**
 * A name begins with a letter or a digit; nothing in it needs escaping in a label, a URL or a file
 * name.
 */
const SOURCE_PATTERN =
  /^(?<source>[A-Za-z0-9][A-Za-z0-9_.:-]*)(?:\/(?<socket>[A-Za-z0-9][A-Za-z0-9_.:-]*))?$/;
/** Labels that the exporter itself uses, and the one for rejects without a name. */
const RESERVED_SOURCES: ReadonlySet<string> = new Set(['exporter', 'log', 'unknown']);

/** zmq.h, ZMQ_EVENT_*. */
const EVENT_NAMES: ReadonlyMap<number, MonitorEventName> = new Map([
  [0x0001, 'connected'],
  [0x0002, 'connect_delayed'],
  [0x0004, 'connect_retried'],
  [0x0008, 'listening'],
  [0x0010, 'bind_failed'],
  [0x0020, 'accepted'],
  [0x0040, 'accept_failed'],
  [0x0080, 'closed'],
  [0x0100, 'close_failed'],
  [0x0200, 'disconnected'],
  [0x0400, 'monitor_stopped'],
  [0x0800, 'handshake_failed_no_detail'],
  [0x1000, 'handshake_succeeded'],
  [0x2000, 'handshake_failed_protocol'],
  [0x4000, 'handshake_failed_auth'],
]);

/** Version 1: u16 event and u32 value in one frame, then the address. */
const V1_EVENT_BYTES = 6;
const V1_FRAMES = 3;
/**
 * Version 2: u64 event, u64 number of values, so many u64 values, local and remote address, a frame
 * each.
 */
const V2_WORD_BYTES = 8;
const V2_FRAMES_WITHOUT_VALUES = 5;
const V2_COUNT_FRAME = 2;
const V2_FIRST_VALUE_FRAME = 3;

/**
 * Numbers are in the byte order of the host that watched the socket, which is ours: the tap binds
 * to this machine only. Never throws, whatever the frames hold.
 */
export function decode(frames: readonly Uint8Array[], littleEndian: boolean): TapMessage {
  const [sourceFrame, eventFrame] = frames;
  const names = sourceFrame === undefined ? undefined : decodeNames(sourceFrame);
  const source = names?.source;
  if (sourceFrame === undefined || eventFrame === undefined || frames.length < V1_FRAMES) {
    return { ok: false, reason: 'frames', source };
  }
  if (names === undefined) return { ok: false, reason: 'source', source };
  const body = decodeEvent(frames, eventFrame, littleEndian);
  if (typeof body === 'string') return { ok: false, reason: body, source };
  const event = EVENT_NAMES.get(body.number);
  if (event === undefined) return { ok: false, reason: 'event', source };
  return { ok: true, ...names, event, value: body.value };
}

function decodeEvent(
  frames: readonly Uint8Array[],
  eventFrame: Uint8Array,
  littleEndian: boolean,
): { readonly number: number; readonly value: number } | MonitorReject {
  if (eventFrame.length === V2_WORD_BYTES) return decodeVersion2(frames, eventFrame, littleEndian);
  if (eventFrame.length !== V1_EVENT_BYTES) return 'length';
  if (frames.length !== V1_FRAMES) return 'frames';
  const view = viewOf(eventFrame);
  return { number: view.getUint16(0, littleEndian), value: view.getUint32(2, littleEndian) };
}

/** An event frame of eight bytes is version 2, or a later one that we do not know. */
function decodeVersion2(
  frames: readonly Uint8Array[],
  eventFrame: Uint8Array,
  littleEndian: boolean,
): { readonly number: number; readonly value: number } | MonitorReject {
  const countFrame = frames[V2_COUNT_FRAME];
  if (frames.length < V2_FRAMES_WITHOUT_VALUES || countFrame?.length !== V2_WORD_BYTES) {
    return 'version';
  }
  const count = Number(viewOf(countFrame).getBigUint64(0, littleEndian));
  if (frames.length !== V2_FRAMES_WITHOUT_VALUES + count) return 'version';
  const values = frames.slice(V2_FIRST_VALUE_FRAME, V2_FIRST_VALUE_FRAME + count);
  if (values.some((value) => value.length !== V2_WORD_BYTES)) return 'length';
  const [first] = values;
  return {
    number: Number(viewOf(eventFrame).getBigUint64(0, littleEndian)),
    value: first === undefined ? 0 : Number(viewOf(first).getBigUint64(0, littleEndian)),
  };
}

/**
 * `name` or `name/socket`; undefined when it is too long, has other characters, or a name that is
 * not theirs to use.
 */
function decodeNames(
  frame: Uint8Array,
): { readonly source: string; readonly socket: string } | undefined {
  if (frame.length > SOURCE_FRAME_MAX_BYTES) return undefined;
  // The pattern allows ASCII only, so bytes that are not UTF-8 (decoded to U+FFFD) never pass.
  const groups = SOURCE_PATTERN.exec(Buffer.from(frame).toString('utf8'))?.groups;
  const source = groups?.source;
  if (source === undefined || RESERVED_SOURCES.has(source)) return undefined;
  return { source, socket: groups?.socket ?? DEFAULT_SOCKET };
}

function viewOf(frame: Uint8Array): DataView {
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
}
