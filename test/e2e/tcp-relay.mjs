/**
 * A proxy in thirty lines: `tcp-relay.mjs LISTEN-PORT TARGET-PORT HOST FROM DELAY-MS` takes connections on
 * HOST, makes one each from FROM to the target, and passes bytes on DELAY-MS later, either way. Its kernel acknowledges
 * at once, as any proxy's does: the delay is the way behind it.
 */
import net from 'node:net';

const [listenPort, targetPort, host, from, delayMs] = process.argv.slice(2);

function pass(source, sink) {
  source.on('data', (bytes) => setTimeout(() => sink.write(bytes), Number(delayMs)));
  source.on('error', () => sink.destroy());
  source.on('close', () => sink.destroy());
}

net
  .createServer((client) => {
    const target = net.connect({ host, port: Number(targetPort), localAddress: from });
    for (const socket of [client, target]) socket.setNoDelay(true);
    pass(client, target);
    pass(target, client);
  })
  .listen({ host, port: Number(listenPort) }, () => process.send('ready'));
process.on('disconnect', () => process.exit(0));
