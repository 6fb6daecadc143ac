/**
 * Watches from a thread of its own for how long what the kernel holds for a socket stays unread: its receive queue (FIONREAD) is not empty
 * and the program's count of reads stands still. Beside it the same without the time for which the program's thread waited for a core:
 * on a busy machine that is nearly all of it.
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import koffi from 'koffi';

const FIONREAD = 0x541b;
const LOOK_MS = 2;

const ioctl = koffi
  .load('libc.so.6')
  .func('int ioctl(int fd, unsigned long request, _Out_ int *value)');
const { fd, reads } = workerData;
const counter = new Int32Array(reads);
const waiting = [0];
let since = performance.now();
let seen = 0;
let looks = 0;
let unreadMsMax = 0;
let ownMsMax = 0;
let waitedBefore = 0;
/** Between two looks: what is longer than this the watch itself cannot tell apart. */
let lookedMs = since;
let lookGapMsMax = 0;

/** Milliseconds that the program's thread was ready to run and did not, since it began. */
function waitedMs() {
  const [, nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(
    ' ',
  );
  return Number(nanoseconds) / 1e6;
}

const timer = setInterval(() => {
  const now = performance.now();
  lookGapMsMax = Math.max(lookGapMsMax, now - lookedMs);
  lookedMs = now;
  const read = Atomics.load(counter, 0);
  const isEmpty = ioctl(fd, FIONREAD, waiting) !== 0 || waiting[0] === 0;
  looks += 1;
  const waited = waitedMs();
  unreadMsMax = Math.max(unreadMsMax, now - since);
  if (isEmpty || read !== seen) {
    // The kernel adds a wait when it is over.
    ownMsMax = Math.max(ownMsMax, now - since - (waited - waitedBefore));
    since = now;
    waitedBefore = waited;
  }
  seen = read;
}, LOOK_MS);

parentPort?.on('message', () => {
  clearInterval(timer);
  parentPort?.postMessage({ looks, lookGapMsMax, unreadMsMax, ownMsMax });
  parentPort?.close();
});
