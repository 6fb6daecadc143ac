/**
 * A request port with workers, as a Salt master has: `proxy FRONT BACK`, or `worker BACK` that
 * echoes the load of a ping.
 */
import { Dealer, Proxy as Queue, Reply, Router } from 'zeromq';

const [role, first, second] = process.argv.slice(2);

if (role === 'proxy') {
  const front = new Router({ linger: 0 });
  const back = new Dealer({ linger: 0 });
  await front.bind(first);
  await back.bind(second);
  process.send?.({ endpoint: front.lastEndpoint });
  await new Queue(front, back).run();
} else {
  const reply = new Reply({ linger: 0 });
  const connected = new Promise((resolve) => reply.events.on('handshake', resolve));
  reply.connect(first);
  await connected;
  process.send?.({ ready: true });
  for await (const _request of reply) await reply.send(Buffer.from('81a3636d64a470696e67', 'hex'));
}
