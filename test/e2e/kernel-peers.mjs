/** A child process that holds many loopback TCP connections, as a server or as the clients; told what to do over IPC. */
import net from 'node:net';

/** Connections opened at once, so that the accept queue of the server is never the limit. */
const PARALLEL = 200;

const sockets = new Set();
let server;

const commands = {
  /** {host, port, backlog}: accepts and holds; answers with the port. */
  listen: ({ host, port, backlog }) =>
    new Promise((resolve) => {
      server = net.createServer((socket) => hold(socket));
      server.listen({ host, port, backlog: backlog ?? 4096 }, () => resolve(server.address().port));
    }),
  /** {host, port, count, local}: connects from as many addresses as `local` says; answers when all are connected. */
  connect: async ({ host, port, count, local }) => {
    let opened = 0;
    const open = async () => {
      while (opened < count) {
        const index = opened++;
        await connectOne({ host, port, localAddress: local?.[index % local.length] });
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, count) }, open));
    return sockets.size;
  },
  /** {host, port, count, delayMs}: connects and disconnects one after the other; answers with each client port. */
  flap: async ({ host, port, count, holdMs }) => {
    const ports = [];
    for (let index = 0; index < count; index += 1) {
      const socket = await connectOne({ host, port });
      ports.push(socket.localPort);
      if (holdMs?.[index % holdMs.length]) await delay(holdMs[index % holdMs.length]);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.end();
      await closed;
    }
    return ports;
  },
  /** How many connections it holds. */
  count: async () => sockets.size,
  /** Sends a reset on each of them within one turn of the loop. */
  reset: async () => {
    const all = [...sockets];
    for (const socket of all) socket.resetAndDestroy();
    return all.length;
  },
  unlisten: () => new Promise((resolve) => server.close(() => resolve(true))),
  /** Closes the listening socket only; accepted connections live on. */
  closeListener: async () => {
    server.close();
    return true;
  },
};

function hold(socket) {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => sockets.delete(socket));
  socket.resume();
  return socket;
}

function connectOne(target) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(target);
    socket.once('connect', () => resolve(hold(socket)));
    socket.once('error', reject);
  });
}

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

process.on('message', async ({ id, command, options }) => {
  try {
    process.send({ id, value: await commands[command](options ?? {}) });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
