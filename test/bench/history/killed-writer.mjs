/** Writes events as fast as the program would, says which were handed over when, until somebody kills it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { History } from '../../../exporter/dist/history/history.js';
import { systemClock } from '../../../exporter/dist/lib/clock.js';
import { silentLogger } from '../../../exporter/dist/lib/log.js';

const settings = { path: process.argv[2], retentionMs: 1e10, maxBytes: 1e9 };
const history = new History({ settings, clock: systemClock, log: silentLogger });
await history.start();
const asked = {
  kind: 'events',
  order: 'desc',
  limit: 1,
};
let round = 0;
for (;;) {
  const wallMs = Date.now();
  const events = Array.from({ length: 20 }, (_, n) => ({
    kind: 'flap',
    wallMs,
    minion: `m${n}`,
    evidence: 100,
  }));
  history.tell(events);
  process.stdout.write(`told ${history.log.lastId} ${wallMs}\n`);
  round += 1;
  if (round % 10 === 0) {
    // Who is answered is answered out of the file.
    const { rows } = await history.ask(asked);
    process.stdout.write(`kept ${rows[0].id} ${wallMs}\n`);
  }
  await sleep(50);
}
