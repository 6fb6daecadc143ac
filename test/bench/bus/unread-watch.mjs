/**
 * Watches from a thread of its own for how long what the kernel holds for a socket stays unread: its receive queue (FIONREAD) is not empty
 * and the program's count of reads stands still.
 */
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

const timer = setInterval(() => {
  const now = performance.now();
  const read = Atomics.load(counter, 0);
  const isEmpty = ioctl(fd, FIONREAD, waiting) !== 0 || waiting[0] === 0;
  looks += 1;
  if (isEmpty || read !== seen) since = now;
  seen = read;
  unreadMsMax = Math.max(unreadMsMax, now - since);
}, LOOK_MS);

parentPort?.on('message', () => {
  clearInterval(timer);
  parentPort?.postMessage({ looks, unreadMsMax });
  parentPort?.close();
});
