/** Entry of the scan thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadLibc } from '../../lib/libc.js';
import type { ScanThreadData } from './protocol.js';
import { ScanThread } from './scan-thread.js';

const data: ScanThreadData = workerData;
if (parentPort !== null) new ScanThread(parentPort, data, await loadLibc()).run();
