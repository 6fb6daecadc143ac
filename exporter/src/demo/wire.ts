/** The messages of the demo's master and minions: in shape and size what Salt puts on the wire, readable only to the demo. */
import { createHash } from 'node:crypto';

/** Bytes of a real `test.ping` publish (472 on the wire with the frame header), of a return (597) and of its answer (103). */
const LOAD_BYTES = 160;
const RETURN_BYTES = 586;
const ANSWER_BYTES = 99;
const SIGNATURE_BYTES = 256;
const TARGET_BYTES = 20;
const JID_BYTES = 20;

const text = (value: string) =>
  Buffer.concat([Buffer.of(0xa0 | value.length), Buffer.from(value, 'latin1')]);
/** Salt packs publishes with old-style raw strings: no bin, no str8. */
function raw(bytes: Buffer): Buffer {
  const head = Buffer.alloc(3);
  head[0] = 0xda;
  head.writeUInt16BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** Zeros instead of a hash: everybody is meant. */
const EVERYBODY = Buffer.alloc(TARGET_BYTES);

/** What stands in a publish for the minion that is to answer. */
export function targetHash(id: string): Buffer {
  return createHash('sha1').update(id).digest();
}

/** What the load of a publish says, in the demo only: in real life the AES key tells. */
export interface Publish {
  /** Who answers; undefined: everybody. */
  readonly target: string | undefined;
  /** Twenty digits. */
  readonly jid: string;
  readonly loadBytes?: number;
}

/**
 * One publish: a map of enc, load, sig_algo and sig, 463 bytes with the smallest load. The load is
 * noise but for its first 40 bytes: who answers, and the jid.
 */
export function publishFrame({ target, jid, loadBytes = LOAD_BYTES }: Publish): Buffer {
  const load = Buffer.alloc(Math.max(LOAD_BYTES, loadBytes), 0xa5, 'latin1');
  (target === undefined ? EVERYBODY : targetHash(target)).copy(load);
  load.write(jid, TARGET_BYTES, JID_BYTES, 'latin1');
  return Buffer.concat([
    Buffer.of(0x84),
    text('enc'),
    text('aes'),
    text('load'),
    raw(load.subarray(0, 0xffff)),
    text('sig_algo'),
    text('PKCS1v15-SHA1'),
    text('sig'),
    raw(Buffer.alloc(SIGNATURE_BYTES, 0x5a)),
  ]);
}

const LOAD_OFFSET = 1 + 4 + 4 + 5 + 3;
const BALLAST_MIN_BYTES = 1024;

/**
 * The jid of a publish that asks this minion for a return; undefined: it asks others. Loads above the
 * smallest are ballast that nobody answers.
 */
export function jobFor(frame: Buffer, hash: Buffer): string | undefined {
  if (frame.length > BALLAST_MIN_BYTES) return undefined;
  const end = LOAD_OFFSET + TARGET_BYTES;
  const target = frame.subarray(LOAD_OFFSET, end);
  if (!target.equals(EVERYBODY) && !target.equals(hash)) return undefined;
  return frame.toString('latin1', end, end + JID_BYTES);
}

const ID_BYTES_MAX = 200;
const RETURN_HEAD = Buffer.concat([Buffer.of(0x82), text('enc'), text('aes'), text('load')]);

/** Who returns what: in real life encrypted. */
export interface DemoReturn {
  readonly id: string;
  readonly jid: string;
}

/** A minion's return: noise but for its sender and its jid, which the demo's master tells on its bus. */
export function returnFrame({ id, jid }: DemoReturn): Buffer {
  const body = Buffer.alloc(RETURN_BYTES - RETURN_HEAD.length - 3, 0x5a);
  body.write(jid, 0, JID_BYTES, 'latin1');
  body[JID_BYTES] = body.write(id, JID_BYTES + 1, ID_BYTES_MAX, 'utf8');
  return Buffer.concat([RETURN_HEAD, raw(body)]);
}

/** undefined when it is no return. */
export function readReturn(request: Uint8Array): DemoReturn | undefined {
  const bytes = Buffer.from(request);
  if (!bytes.subarray(0, RETURN_HEAD.length).equals(RETURN_HEAD)) return undefined;
  const body = bytes.subarray(RETURN_HEAD.length + 3);
  const start = JID_BYTES + 1;
  const end = start + Math.min(body[JID_BYTES] ?? 0, ID_BYTES_MAX);
  return { jid: body.toString('latin1', 0, JID_BYTES), id: body.toString('utf8', start, end) };
}

/** A pending minion's cry for its key: `{"enc": "clear", "load": {"cmd": "_auth"}, "version": 3}`. */
export function authFrame(): Buffer {
  return Buffer.concat([CLEAR_HEAD, Buffer.of(0x81), text('cmd'), text('_auth'), CLEAR_TAIL]);
}

const CLEAR_HEAD = Buffer.concat([Buffer.of(0x83), text('enc'), text('clear'), text('load')]);
const CLEAR_TAIL = Buffer.concat([text('version'), Buffer.of(3)]);
const PING_LOAD = Buffer.concat([Buffer.of(0x81), text('cmd'), text('ping')]);

/** What a request is answered with: the load of a ping, a short noise for what is encrypted, `bad load` for all else. */
export function answerFrame(request: Uint8Array): Buffer {
  const bytes = Buffer.from(request);
  const clear =
    bytes.subarray(0, CLEAR_HEAD.length).equals(CLEAR_HEAD) &&
    bytes.subarray(-CLEAR_TAIL.length).equals(CLEAR_TAIL);
  if (clear) {
    const load = bytes.subarray(CLEAR_HEAD.length, -CLEAR_TAIL.length);
    return load.equals(PING_LOAD) ? Buffer.from(load) : Buffer.alloc(ANSWER_BYTES, 0x5a);
  }
  if (bytes.subarray(0, RETURN_HEAD.length).equals(RETURN_HEAD)) {
    return Buffer.alloc(ANSWER_BYTES, 0x5a);
  }
  return text('bad load');
}
