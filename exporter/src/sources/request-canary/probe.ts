/** What the end of a ping's request says of the request port. */
import type { RequestEnd } from '../../lib/one-request.js';
import { isPingEcho } from './ping.js';

/** `echo`: answered as Salt answers. `wrong_reply`: answered otherwise. The others as `RequestEnd`. */
export type ProbeEnd = 'echo' | 'wrong_reply' | 'refused' | 'stranger' | 'ended' | 'failed';

export function probeEnd(end: RequestEnd): ProbeEnd {
  if (end.kind !== 'reply') return end.kind;
  return isPingEcho(end.frames) ? 'echo' : 'wrong_reply';
}
