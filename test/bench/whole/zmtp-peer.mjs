/**
 * The peer's side of ZMTP 3.1 without security, on a plain socket: ten thousand minions cost less so
 * than as libzmq sockets, and each of them counts as many bytes as a real one.
 */

const COMMAND = 0x04;
const LONG = 0x02;
const MORE = 0x01;
const GREETING_BYTES = 64;
const PONG = Buffer.from('\x04PONG', 'latin1');

/** A frame with its header: 2 bytes up to 255 bytes of body, else 9. */
function frame(flags, body) {
  if (body.length <= 255) return Buffer.concat([Buffer.of(flags, body.length), body]);
  const head = Buffer.alloc(9);
  head[0] = flags | LONG;
  head.writeBigUInt64BE(BigInt(body.length), 1);
  return Buffer.concat([head, body]);
}

function greeting() {
  const bytes = Buffer.alloc(GREETING_BYTES);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = 3;
  bytes[11] = 1;
  bytes.write('NULL', 12, 'latin1');
  return bytes;
}

function ready(socketType) {
  const length = Buffer.of(0, 0, 0, socketType.length);
  const name = Buffer.from('\x05READY\x0bSocket-Type', 'latin1');
  return frame(COMMAND, Buffer.concat([name, length, Buffer.from(socketType, 'latin1')]));
}

const GREETING = greeting();
const SUBSCRIBE = frame(COMMAND, Buffer.from('\x09SUBSCRIBE', 'latin1'));

/**
 * Speaks on a connected socket as a SUB of everything or as a DEALER; answers PINGs. `onReady` when the
 * other side said READY, `onMessage` with each frame that is no command.
 * @param {import('node:net').Socket} socket
 * @param {'SUB' | 'DEALER'} type
 */
export function speak(socket, type, { onReady, onMessage }) {
  let rest = Buffer.alloc(0);
  let greeted = false;
  socket.write(GREETING);
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!greeted) {
      if (rest.length < GREETING_BYTES) return;
      greeted = true;
      rest = rest.subarray(GREETING_BYTES);
      socket.write(ready(type));
    }
    for (;;) {
      const found = firstFrame(rest);
      if (found === undefined) return;
      rest = rest.subarray(found.end);
      if ((found.flags & COMMAND) === 0) onMessage(found.body);
      else if (found.body[0] === 4) socket.write(frame(COMMAND, PONG));
      else {
        if (type === 'SUB') socket.write(SUBSCRIBE);
        onReady();
      }
    }
  });
}

/** The first frame, once it is there whole. */
function firstFrame(bytes) {
  if (bytes.length < 2) return undefined;
  const flags = bytes[0];
  const isLong = (flags & LONG) !== 0;
  if (isLong && bytes.length < 9) return undefined;
  const start = isLong ? 9 : 2;
  const end = start + (isLong ? Number(bytes.readBigUInt64BE(1)) : bytes[1]);
  return bytes.length < end ? undefined : { flags, body: bytes.subarray(start, end), end };
}

/** What a DEALER sends to a ROUTER: an empty frame and the request. */
export const requestBytes = (body) => Buffer.concat([frame(MORE, Buffer.alloc(0)), frame(0, body)]);
