/**
 * Reads destroy events of ports that nobody uses, until it is told to stop: what other programs'
 * closes cost with and without a filter.
 */
import { loadLibc, POLLFD_BYTES, POLLIN } from '../../../exporter/dist/lib/libc.js';
import { DestroyEvents } from '../../../exporter/dist/sources/kernel/destroy-events.js';
import { ReasonCounts } from '../../../exporter/dist/sources/kernel/reasons.js';

const filter = process.argv[2] === 'filter';
const { libc } = await loadLibc();
const ports = { publish: 1, request: 2 };
const { events } = DestroyEvents.open(libc, { ports, reasons: new ReasonCounts(), filter });
const set = new Uint8Array(POLLFD_BYTES);
new Int32Array(set.buffer)[0] = events.descriptor;
new Int16Array(set.buffer)[2] = POLLIN;

let wakes = 0;
let isStopping = false;
process.on('message', () => {
  isStopping = true;
});
process.send('ready');
const before = libc.threadCpuSeconds();
const startedMs = performance.now();
while (!isStopping) {
  const isReadable = libc.poll(set, 1, 100) > 0;
  if (isReadable) {
    wakes += 1;
    events.drain();
  }
  // Also when all is quiet: the order to stop comes through the event loop.
  if (!isReadable || wakes % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
}
process.send({
  wakes,
  cpuShare: ((libc.threadCpuSeconds() - before) * 1000) / (performance.now() - startedMs),
});
process.disconnect();
