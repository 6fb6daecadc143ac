/** What the master answers to a publish: pure, never throws, takes nothing from it but what is needed. */
import { type MsgpackCursor, openMsgpack, readHead, skipValue } from '../../lib/msgpack.js';

export type PublishReply =
  | { readonly kind: 'accepted'; readonly jid: string; readonly minions: readonly string[] }
  | { readonly kind: ReplyProblem };

/**
 * `refused_…`: the key, or the rights of its user. `no_target`: the master knows no such minion.
 * `no_jid`: its job cache cannot be written. `handler_failed`: the master could not do it, and says so
 * in a text. `unexpected_reply`: anything else.
 */
export const REPLY_PROBLEMS = [
  'refused_authentication',
  'refused_authorization',
  'no_target',
  'no_jid',
  'handler_failed',
  'unexpected_reply',
] as const;
export type ReplyProblem = (typeof REPLY_PROBLEMS)[number];

type Value = string | null | undefined | readonly Value[] | ReadonlyMap<string, Value>;

/** Elements and depth that are looked at: an answer names one minion. */
const ELEMENTS_MAX = 16;
const DEPTH_MAX = 5;

export function readReply(frames: readonly Uint8Array[]): PublishReply {
  const [frame] = frames;
  if (frames.length !== 1 || frame === undefined) return { kind: 'unexpected_reply' };
  const value = readValue(openMsgpack(frame), 0);
  if (typeof value === 'string') return { kind: 'handler_failed' };
  if (!(value instanceof Map)) return { kind: 'unexpected_reply' };
  const load = value.get('load');
  return readLoad(load instanceof Map ? load : value);
}

function readLoad(load: ReadonlyMap<string, Value>): PublishReply {
  const error = load.get('error');
  if (error instanceof Map) return { kind: refusalOf(error.get('name')) };
  const jid = load.get('jid');
  if (typeof error === 'string') return { kind: jid === null ? 'no_target' : 'no_jid' };
  const minions = load.get('minions');
  if (typeof jid !== 'string' || !Array.isArray(minions)) return { kind: 'unexpected_reply' };
  return { kind: 'accepted', jid, minions: minions.filter((each) => typeof each === 'string') };
}

function refusalOf(name: Value): ReplyProblem {
  if (name === 'AuthenticationError') return 'refused_authentication';
  return name === 'AuthorizationError' ? 'refused_authorization' : 'unexpected_reply';
}

/** undefined: a number, or what is none of these; a list or map beyond the limits ends the reading. */
function readValue(cursor: MsgpackCursor, depth: number): Value {
  const head = readHead(cursor);
  if (head === undefined) return undefined;
  const { kind, length, start } = head;
  if (kind === 'nil') return null;
  if (kind === 'text') {
    return Buffer.from(cursor.bytes.subarray(start, start + length)).toString('utf8');
  }
  if (kind !== 'map' && kind !== 'array') return undefined;
  return depth >= DEPTH_MAX ? skipAll(cursor, head) : readMany(cursor, { kind, length, depth });
}

function readMany(
  cursor: MsgpackCursor,
  { kind, length, depth }: { kind: 'map' | 'array'; length: number; depth: number },
): Value {
  const list: Value[] = [];
  const map = new Map<string, Value>();
  for (let index = 0; index < length && cursor.failed === undefined; index += 1) {
    if (index >= ELEMENTS_MAX) {
      if (kind === 'map') skipValue(cursor);
      skipValue(cursor);
      continue;
    }
    if (kind === 'array') {
      list.push(readValue(cursor, depth + 1));
      continue;
    }
    const key = readValue(cursor, depth + 1);
    const value = readValue(cursor, depth + 1);
    if (typeof key === 'string') map.set(key, value);
  }
  if (cursor.failed !== undefined) return undefined;
  return kind === 'array' ? list : map;
}

function skipAll(cursor: MsgpackCursor, head: { kind: string; length: number }): undefined {
  const values = head.kind === 'map' ? head.length * 2 : head.length;
  for (let index = 0; index < values; index += 1) if (!skipValue(cursor)) return undefined;
  return undefined;
}
