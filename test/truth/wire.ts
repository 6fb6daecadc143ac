/** Bytes on the wire, computed here anew: the truth shares no code with what it judges. */

/** ZMTP 3: a flags byte and the size in one byte up to 255, in eight above. 255 → 257, 256 → 265. */
export function frameWireBytes(bodyBytes: number): number {
  return bodyBytes + (bodyBytes > 255 ? 9 : 2);
}

export function messageWireBytes(frames: readonly Uint8Array[]): number {
  return frames.reduce((sum, { length }) => sum + frameWireBytes(length), 0);
}

/** A heartbeat of the publisher: a command frame PING with a time to live of two bytes. */
export const PING_WIRE_BYTES = 9;
/** Greeting and READY of a PUB. */
export const HANDSHAKE_WIRE_BYTES = 64 + 27;
/** The smallest message of a plan: 20 bytes in one frame. */
export const SMALLEST_WIRE_BYTES = 22;
