/**
 * Loaded first into every child (`node --import`): when the parent dies, however it dies, the kernel kills the child too,
 * even one that is stopped. Linux only; elsewhere it does nothing.
 */
import { isMainThread } from 'node:worker_threads';
import koffi from 'koffi';

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/** `DEMO_PARENT_PID` closes the race with a parent that died before we asked. */
function dieWithParent(): void {
  if (process.platform !== 'linux' || !isMainThread) return;
  const parent = Number(process.env.DEMO_PARENT_PID);
  const prctl: (...args: [number, number, number, number, number]) => number = koffi
    .load(null)
    .func('int prctl(int, ulong, ulong, ulong, ulong)');
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (parent > 0 && process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}

dieWithParent();
