/**
 * Run inside a network namespace: a publisher at ENDPOINT, and the stream canary of the built
 * exporter connecting to HOST.
 */
import { execFileSync } from 'node:child_process';
import { XPublisher } from 'zeromq';
import { systemClock } from '../../exporter/dist/lib/clock.js';
import { silentLogger } from '../../exporter/dist/lib/log.js';
import { defineStreamCanary } from '../../exporter/dist/sources/stream-canary/source.js';

const [endpoint, connectHost] = process.argv.slice(2);
const publisher = new XPublisher({ linger: 0, ipv6: endpoint.includes('[') });
await publisher.bind(endpoint);

const counted = new Promise((resolve) => {
  const canary = defineStreamCanary().create({
    settings: { canary: { sourceAddress: '127.0.0.77' } },
    master: { connectHost, publishPort: 4505, transport: 'zeromq' },
    clock: systemClock,
    log: silentLogger,
    emit: (o) => {
      if (o.kind === 'stream_messages') resolve({ canary, ...o });
    },
  });
  canary.start();
});
await publisher.receive();
const table = execFileSync('ss', ['-HtnO', 'state', 'established', 'sport', '=', ':4505']);
const peer = table.toString().trim().split(/\s+/).at(-1);
process.stdout.write(`peer ${peer.replace(/:\d+$/, '').replace(/[[\]]/g, '')}\n`);
await publisher.send('12345');
const { canary, messages, bytes } = await counted;
process.stdout.write(`counted ${messages} message of ${bytes} bytes\n`);
await canary.stop();
publisher.close();
