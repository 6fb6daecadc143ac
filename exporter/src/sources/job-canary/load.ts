/**
 * The publish of one canary job as Salt's own client sends it, byte for byte one of two functions to
 * one minion. Anything malformed can wedge a worker of older masters for good, so nothing else can be
 * made here.
 */
import { CANARY_METADATA } from '../../domain/canary-job.js';

export interface CanaryLoad {
  readonly jid: string;
  readonly minion: string;
  readonly key: string;
  readonly user: string;
  /** The master sends to each minion only what is for it; a compound target goes to all. */
  readonly isFiltering: boolean;
  /** undefined: a ping. */
  readonly file: { readonly url: string; readonly digest: string } | undefined;
}

type Packed = string | number | boolean | readonly Packed[] | { readonly [key: string]: Packed };

/** Ids that a compound target names without doubt; the others are listed. */
const PLAIN_ID = /^[A-Za-z\d._-]+$/;

/**
 * `nocache`: the master keeps no return of it in its job cache. The metadata come back with the
 * return, so that it can be told, and the content of a file be held against its digest.
 */
export function publishRequest(load: CanaryLoad): Buffer {
  const { jid, minion, key, user, file } = load;
  const mark = file === undefined ? 'ping' : file.digest;
  return pack({
    enc: 'clear',
    load: {
      cmd: 'publish',
      ...targetOf(load),
      fun: file === undefined ? 'test.ping' : 'cp.get_file_str',
      arg: file === undefined ? [] : [file.url],
      key,
      user,
      ret: '',
      jid,
      kwargs: { metadata: { [CANARY_METADATA]: mark }, nocache: true },
    },
    version: 3,
  });

  function targetOf({ isFiltering }: CanaryLoad): { readonly [key: string]: Packed } {
    return isFiltering && PLAIN_ID.test(minion)
      ? { tgt: `L@${minion}`, tgt_type: 'compound' }
      : { tgt: [minion], tgt_type: 'list' };
  }
}

function pack(value: Packed): Buffer {
  if (typeof value === 'boolean') return Buffer.of(value ? 0xc3 : 0xc2);
  if (typeof value === 'number') return Buffer.of(value & 0x7f);
  if (typeof value === 'string') return packText(value);
  if (isList(value)) {
    return Buffer.concat([Buffer.of(0x90 | value.length), ...value.map(pack)]);
  }
  const entries = Object.entries(value);
  const packed = entries.flatMap(([key, each]) => [packText(key), pack(each)]);
  return Buffer.concat([Buffer.of(0x80 | entries.length), ...packed]);
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(value: Packed): value is readonly Packed[] {
  return Array.isArray(value);
}

function packText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const { length } = bytes;
  if (length < 32) return Buffer.concat([Buffer.of(0xa0 | length), bytes]);
  if (length < 256) return Buffer.concat([Buffer.of(0xd9, length), bytes]);
  return Buffer.concat([Buffer.of(0xda, (length >> 8) & 0xff, length & 0xff), bytes]);
}
