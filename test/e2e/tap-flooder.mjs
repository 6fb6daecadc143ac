/**
 * Pushes monitor events to ENDPOINT as fast as the socket takes them, under the source name
 * `flooder`, until it is killed.
 */
import { endianness } from 'node:os';
import { Push } from 'zeromq';

const push = new Push({ linger: 0, sendHighWaterMark: 1_000 });
push.connect(process.argv[2]);
const event = Buffer.alloc(6);
if (endianness() === 'LE') event.writeUInt16LE(1);
else event.writeUInt16BE(1);
let sent = 0;
for (;;) {
  await push.send(['flooder', event, 'tcp://127.0.0.1:1']);
  sent += 1;
  if (sent === 5_000) process.send?.({ sent });
}
