/** The thread of the history: the only one that touches its files. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorText } from '../lib/errors.js';
import { Keeper } from './keeper.js';
import type { FromThread, ToThread } from './protocol.js';
import type { HistorySettings } from './record.js';

/** With the quarter of a second in which the program collects: at most half a second is not written. */
const FLUSH_MS = 250;
const UPKEEP_MS = 60_000;

function run(port: NonNullable<typeof parentPort>, settings: HistorySettings): void {
  const say = (message: FromThread) => port.postMessage(message);
  const keeper = new Keeper({
    settings,
    now: Date.now,
    onState: (state) => say({ kind: 'state', state }),
  });
  const flushing = setInterval(() => keeper.flush(), FLUSH_MS);
  const keeping = setInterval(() => keeper.upkeep(), UPKEEP_MS);
  const answer = (message: Extract<ToThread, { kind: 'ask' }>) => {
    const { number } = message;
    try {
      const told = keeper.answer(message.asked);
      // Bytes are handed over, not copied.
      const moved = told instanceof Uint8Array ? [told.buffer as ArrayBuffer] : [];
      port.postMessage({ kind: 'answer', number, answer: told } satisfies FromThread, moved);
    } catch (error) {
      say({ kind: 'failure', number, error: errorText(error) });
    }
  };
  port.on('message', (message: ToThread) => {
    switch (message.kind) {
      case 'events':
        keeper.tell(message.events);
        say({ kind: 'taken', events: message.events.length });
        break;
      case 'sample':
        keeper.sample(message.sample);
        break;
      case 'ask':
        answer(message);
        break;
      case 'settings':
        keeper.reconfigure(message.settings);
        break;
      case 'stop':
        clearInterval(flushing);
        clearInterval(keeping);
        keeper.close();
        port.close();
        break;
    }
  });
  keeper.flush();
  keeper.report();
}

if (parentPort !== null) {
  // What the program gave it at its start.
  run(parentPort, workerData as HistorySettings);
}
