/**
 * A publisher of events in a process of its own, as the master's is: sends what it is told to, waits when its socket takes no more,
 * and tells how long it ever waited and whether anybody wrote to it.
 */
import { createServer } from 'node:net';

/** `{path}` or `{host, port}`. */
const target = JSON.parse(process.argv[2] ?? '{}');
let received = 0;
let peer;
let bytes = Buffer.alloc(0);
/** Where the number of a job stands, and the number of the last one. */
let places = [];
let jobs = 0;
const DIGITS = 8;

const server = createServer((socket) => {
  peer = socket;
  socket.on('data', (bytes) => {
    received += bytes.length;
  });
  socket.on('error', () => undefined);
  process.send?.({ kind: 'connected' });
});
server.listen(target, () => process.send?.({ kind: 'listening', address: server.address() }));

process.on('message', (order) => {
  if (order.kind === 'flood') void flood(order);
  else process.exit(0);
});

/**
 * The same bytes again and again, each holding so many events; without any those of the last flood. `eachMs`: the time from one to the
 * next, made up for when it was late; 0: as fast as the socket takes it. `jid`: a text of digits, all of which get another number at
 * their end each time, so that each is a job of its own.
 */
async function flood({ base64, times, eachMs = 0, jid }) {
  if (base64 !== undefined) {
    bytes = Buffer.from(base64, 'base64');
    places = jid === undefined ? [] : placesOf(jid);
  }
  const startedMs = performance.now();
  let longestWaitMs = 0;
  for (let sent = 0; sent < times; sent += 1) {
    const aheadMs = startedMs + sent * eachMs - performance.now();
    if (eachMs > 0 && aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs));
    if (peer.write(numbered())) continue;
    const beganMs = performance.now();
    await new Promise((resolve) => peer.once('drain', resolve));
    longestWaitMs = Math.max(longestWaitMs, performance.now() - beganMs);
  }
  process.send?.({ kind: 'sent', longestWaitMs, received });
}

/** A copy with the next number: the last one may still be on its way. */
function numbered() {
  if (places.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  jobs += 1;
  const digits = Buffer.from(String(jobs).padStart(DIGITS, '0'));
  for (const place of places) digits.copy(copy, place);
  return copy;
}

function placesOf(jid) {
  const found = [];
  for (let at = bytes.indexOf(jid); at >= 0; at = bytes.indexOf(jid, at + 1))
    found.push(at + jid.length - DIGITS);
  return found;
}
