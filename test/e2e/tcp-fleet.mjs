/**
 * A process that holds one end of many TCP connections and says what it did: the truth that the exporter's counters are compared with.
 *
 * `tcp-fleet.mjs server HOST PORT…` listens, accepts everything, closes when the peer closes; prints {"listening":true}.
 * `tcp-fleet.mjs client HOST PORT` reads one JSON command a line and answers one JSON line each:
 *   {op:"open", count, base, overMs}   opens `count` connections, the i-th from addressOf(base + i); answers {opened}
 *   {op:"cycle", count, base, holdMs}  opens and closes `count` times, each held 0 … holdMs; answers {opened, closed}
 *   {op:"close"}                       closes all that is open; answers {closed, monoMs}
 */
import net from 'node:net';
import readline from 'node:readline';
import { addressOf } from './scratch-master.mjs';

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const [role, host, ...ports] = process.argv.slice(2);

if (role === 'server') {
  const servers = ports.map((port) =>
    net
      .createServer((socket) => {
        socket.on('error', () => socket.destroy());
        socket.on('data', () => undefined);
      })
      .listen({ host, port: Number(port), backlog: 4096 }),
  );
  await Promise.all(servers.map((server) => new Promise((done) => server.on('listening', done))));
  say({ listening: true });
} else {
  const port = Number(ports[0]);
  const open = new Set();

  const connect = (index) =>
    new Promise((resolve, reject) => {
      const socket = net.connect({ host, port, localAddress: addressOf(index) });
      socket.once('connect', () => {
        open.add(socket);
        resolve(socket);
      });
      socket.once('error', reject);
    });

  const close = (socket) =>
    new Promise((resolve) => {
      open.delete(socket);
      socket.once('close', resolve);
      socket.end();
    });

  const commands = {
    async open({ count, base, overMs }) {
      const started = Date.now();
      for (let i = 0; i < count; i += 1) {
        const due = started + (i * overMs) / count;
        if (due > Date.now() + 2) await wait(due - Date.now());
        await connect(base + i);
      }
      return { opened: count };
    },
    async cycle({ count, base, holdMs }) {
      let closed = 0;
      for (let i = 0; i < count; i += 1) {
        const socket = await connect(base + i);
        await wait((holdMs * (i % 10)) / 10);
        await close(socket);
        closed += 1;
      }
      return { opened: count, closed };
    },
    async close() {
      const monoMs = Number(process.hrtime.bigint()) / 1e6;
      const closing = [...open].map(close);
      await Promise.all(closing);
      return { closed: closing.length, monoMs };
    },
  };

  say({ ready: true });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    say(await commands[command.op](command).catch((error) => ({ error: String(error) })));
  }
  process.exit(0);
}
