/** The 3006 release line: see presence.ts. */
import { livePresence } from './presence.js';

await livePresence({ version: '3006.30', master: {}, localMaster: '10.77.0.1', heartbeats: true });
