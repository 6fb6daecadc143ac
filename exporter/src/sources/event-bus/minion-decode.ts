/** Events of a minion's own bus → what became of its returns: pure, never throws, keeps nothing of what a job returned. */
import type { LocalEvent } from '../../domain/local-told.js';
import {
  type MsgpackCursor,
  openMsgpack,
  peekHead,
  readHead,
  skipValue,
  textEquals,
  textOf,
} from '../../lib/msgpack.js';
import { NAME_MAX_CHARACTERS } from './options.js';

/** A job's process hands its return, or an event for the master, to the main process; `/<uuid>/<master>` since 3006.11. */
const PAYLOAD = '__master_req_channel_payload';
/** The main process heard the master's answer, or gave up; `/<uuid>`. */
const OUTCOME = '__master_req_channel_return/';
const FIND_JOB = 'saltutil.find_job';
/** Longest beginning of a body in which its tag must end. */
const TAG_MAX_BYTES = 1_024;
const NEWLINE = 0x0a;

/** undefined: it says nothing of a return. `body` may be cut at its end. */
export function decodeMinionEvent(body: Buffer, monoMs: number): LocalEvent | undefined {
  const end = tagEnd(body);
  if (end < 0) return undefined;
  const tag = body.toString('latin1', 0, end);
  const data = body.subarray(end + 2);
  if (tag.startsWith(OUTCOME)) return decodeOutcome(data, tag.slice(OUTCOME.length), monoMs);
  return tag.startsWith(PAYLOAD) ? decodePayload(data, tag, monoMs) : undefined;
}

function tagEnd(body: Buffer): number {
  const at = body.subarray(0, TAG_MAX_BYTES).indexOf('\n\n');
  return at > 0 && body[at] === NEWLINE ? at : -1;
}

function decodePayload(data: Buffer, tag: string, monoMs: number): LocalEvent | undefined {
  const found = { cmd: '', jid: '', fun: '' };
  walk(data, (cursor, key) => {
    const head = peekHead(cursor);
    if (head?.kind === 'text' && head.length <= NAME_MAX_CHARACTERS) {
      if (key === 'cmd' || key === 'jid' || key === 'fun') found[key] = textOf(cursor, head);
    }
  });
  // `req`: the master is to make up a jid, for a job that nobody published.
  if (found.cmd !== '_return' || found.jid === '' || found.jid === 'req') return undefined;
  const [, request, master] = tag.split('/');
  return {
    what: 'returning',
    jid: found.jid,
    request: master === undefined ? undefined : request?.slice(0, NAME_MAX_CHARACTERS),
    internal: found.fun === FIND_JOB,
    monoMs,
  };
}

function decodeOutcome(data: Buffer, request: string, monoMs: number): LocalEvent | undefined {
  let hasReturn = false;
  let hasError = false;
  walk(data, (cursor, key) => {
    const isNothing = peekHead(cursor)?.kind === 'nil';
    if (key === 'ret') hasReturn = true;
    if (key === 'error' && !isNothing) hasError = true;
  });
  if (!hasReturn || request === '') return undefined;
  const name = request.slice(0, NAME_MAX_CHARACTERS);
  return { what: 'settled', request: name, answered: !hasError, monoMs };
}

const KEYS = ['cmd', 'jid', 'fun', 'ret', 'error'] as const;

/** Calls `visit` with the cursor at each value of the map whose key is one of KEYS; ends where the bytes do. */
function walk(
  data: Buffer,
  visit: (cursor: MsgpackCursor, key: (typeof KEYS)[number]) => void,
): void {
  const cursor = openMsgpack(data);
  const map = readHead(cursor);
  if (map?.kind !== 'map') return;
  for (let pair = 0; pair < map.length; pair += 1) {
    const head = readHead(cursor);
    if (head === undefined) return;
    if (head.kind === 'map' || head.kind === 'array') return;
    const key = KEYS.find((name) => textEquals(cursor, head, name));
    if (key !== undefined) visit(cursor, key);
    if (!skipValue(cursor)) return;
  }
}
