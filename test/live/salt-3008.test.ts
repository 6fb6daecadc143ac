/** The 3008 release line: see presence.ts. */
import { livePresence } from './presence.js';

await livePresence({
  version: '3008.5',
  master: { interface: '0.0.0.0' },
  localMaster: '127.0.0.1',
  heartbeats: true,
});
