/** Entry of the thread that reads the inventory. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ReaderData } from './protocol.js';
import { ReaderThread } from './reader-thread.js';

const data: ReaderData = workerData;
if (parentPort !== null) new ReaderThread(parentPort, data).run();
