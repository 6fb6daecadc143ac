/** The 3007 release line: see presence.ts. */
import { livePresence } from './presence.js';

await livePresence({
  version: '3007.17',
  master: { interface: '0.0.0.0' },
  localMaster: '127.0.0.1',
  heartbeats: false,
});
