/**
 * Twice as many events as can be decoded, for a while: how long the socket is left unread (by the kernel's receive queue), and that what
 * was dropped is counted to the event: `overload.mjs SECONDS`, one line of JSON. Fails when a single event is missing.
 */
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { EventIntake } from '../../../exporter/dist/sources/event-bus/intake.js';
import { JID, pings } from './frames.mjs';
import { createStand } from './stand.mjs';

const MINIONS = 10_000;
/** To find out what can be decoded: less than the source holds, so that nothing is dropped. */
const TRIAL_BURSTS = 12;
const WARM_BURSTS = 4;

async function overload(seconds) {
  const reads = countReads();
  const stand = await createStand(MINIONS);
  const frames = pings(MINIONS);
  const events = frames.length;
  await stand.send({ base64: Buffer.concat(frames).toString('base64'), times: 0, jid: JID });
  const rates = [];
  for (let burst = 1; burst <= TRIAL_BURSTS; burst += 1) {
    const beganMs = performance.now();
    void stand.send({ times: 4 });
    await stand.settled(burst * 4 * events);
    if (burst > WARM_BURSTS) rates.push((4 * events) / (performance.now() - beganMs));
  }
  const perMs = rates.sort((a, b) => a - b)[rates.length >> 1] ?? Number.NaN;
  const before = { counted: stand.counted(), dropped: stand.state.bus.dropped };
  const watch = new Worker(new URL('unread-watch.mjs', import.meta.url), {
    workerData: { fd: socketDescriptor(), reads: reads.buffer },
  });
  await once(watch, 'online');
  const paced = {
    times: Math.ceil((2 * perMs * seconds * 1_000) / events),
    eachMs: events / (2 * perMs),
  };
  const beganMs = performance.now();
  const { longestWaitMs } = await stand.send(paced);
  const sentSeconds = (performance.now() - beganMs) / 1_000;
  const total = before.counted + before.dropped + paced.times * events;
  await stand.settled(total);
  const watched = once(watch, 'message');
  watch.postMessage('end');
  const [{ unreadMsMax, ownMsMax, looks, lookGapMsMax }] = await watched;
  const decoded = stand.counted() - before.counted;
  const dropped = stand.state.bus.dropped - before.dropped;
  await stand.stop();
  if (decoded + dropped !== paced.times * events)
    throw new Error(`${decoded} and ${dropped} are not ${paced.times * events}`);
  return {
    seconds: Number(sentSeconds.toFixed(1)),
    decodable: Math.round(perMs * 1_000),
    sentPerSecond: Math.round((paced.times * events) / sentSeconds),
    decoded,
    dropped,
    unreadMsMax: Number(unreadMsMax.toFixed(1)),
    withoutWaitForCoreMs: Number(ownMsMax.toFixed(1)),
    looks,
    lookGapMsMax: Number(lookGapMsMax.toFixed(1)),
    publisherWaitedMsMax: Number(longestWaitMs.toFixed(1)),
    residentMb: Math.round(process.memoryUsage().rss / 1e6),
  };
}

/** Counts the reads of the source's socket where another thread can see them. */
function countReads() {
  const reads = new Int32Array(new SharedArrayBuffer(4));
  const { taken } = EventIntake.prototype;
  EventIntake.prototype.taken = function counting(bytes) {
    Atomics.add(reads, 0, 1);
    taken.call(this, bytes);
  };
  return reads;
}

/** The source keeps its socket to itself: it is the one of this process that is connected to a path. */
function socketDescriptor() {
  const sockets = process._getActiveHandles().filter(({ _handle, remoteAddress }) => {
    return _handle?.fd > 2 && remoteAddress === undefined && _handle.constructor.name === 'Pipe';
  });
  const found = sockets.find((socket) => socket.bytesRead > 0);
  if (found === undefined) throw new Error('the socket of the source was not found');
  return found._handle.fd;
}

console.log(JSON.stringify(await overload(Number(process.argv[2] ?? 5))));
