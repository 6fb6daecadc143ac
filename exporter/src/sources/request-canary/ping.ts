/**
 * The only request this program ever sends to a master: Salt's unauthenticated ping, byte for byte,
 * and its answer.
 */

/**
 * msgpack of `{"enc": "clear", "load": {"cmd": "ping"}, "version": 3}`. Without `version` newer
 * masters answer `bad load`; anything malformed wedges a worker of older ones for good, so nothing
 * else may ever be sent.
 */
const PING_HEX = '83a3656e63a5636c656172a46c6f616481a3636d64a470696e67a776657273696f6e03';

/** msgpack of `{"cmd": "ping"}`: the master answers with the load. */
const ECHO_HEX = '81a3636d64a470696e67';

/** A fresh copy each time, so that no caller can change what the next one sends. */
export function pingRequest(): Buffer {
  return Buffer.from(PING_HEX, 'hex');
}

/** Whether a reply is exactly one frame that echoes the load of the ping. */
export function isPingEcho(frames: readonly Uint8Array[]): boolean {
  const [frame] = frames;
  return frames.length === 1 && frame !== undefined && Buffer.from(ECHO_HEX, 'hex').equals(frame);
}
