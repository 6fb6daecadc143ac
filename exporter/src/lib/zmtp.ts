/** How many bytes ZeroMQ's wire protocol (ZMTP 2 and 3) needs for what it carries. */

/** A flags byte and the size in one byte: frames up to 255 bytes. */
const SHORT_HEADER_BYTES = 2;
/** A flags byte and the size in eight bytes: longer frames. */
const LONG_HEADER_BYTES = 9;
const SHORT_FRAME_MAX_BYTES = 255;

/**
 * Bytes of one frame on the wire, given the length of its body. 255 bytes → 257, 256 bytes → 265.
 */
export function frameWireBytes(bodyBytes: number): number {
  return bodyBytes + (bodyBytes <= SHORT_FRAME_MAX_BYTES ? SHORT_HEADER_BYTES : LONG_HEADER_BYTES);
}

/** Bytes of one message on the wire: all its frames, each with a header of its own. */
export function messageWireBytes(frames: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const frame of frames) bytes += frameWireBytes(frame.length);
  return bytes;
}
