/**
 * Runs the kernel source where something is missing, for the fallback tests; prints one JSON line
 * for each observation.   kernel-blind.mjs DIST MODE PUBLISH_PORT MODE: `seccomp` installs a filter
 * that answers EPERM to every netlink socket; `plain` changes nothing; `exit` leaves without
 * stopping the source; `descriptors` uses up all descriptors but one, so that the dump's socket is
 * refused, then gives them back.
 */
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist, mode, publishPort] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(path.join(dist, file)).href);
const ports = { publish: Number(publishPort), request: 1 };
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/**
 * seccomp_data: nr u32, arch u32, instruction pointer u64, six arguments u64. Threads that are
 * started later inherit it.
 */
function refuseNetlink() {
  const koffi = createRequire(path.join(dist, 'main.js'))('koffi');
  const socketCall = { x64: 41, arm64: 198 }[process.arch];
  const program = [
    [0x20, 0, 0, 0], // load the number of the system call
    [0x15, 0, 3, socketCall],
    [0x20, 0, 0, 16], // load the first argument: the family
    [0x15, 0, 1, 16], // AF_NETLINK
    [0x06, 0, 0, 0x0005_0001], // SECCOMP_RET_ERRNO | EPERM
    [0x06, 0, 0, 0x7fff_0000], // SECCOMP_RET_ALLOW
  ];
  const filter = Buffer.alloc(program.length * 8);
  program.forEach(([code, yes, no, k], index) => {
    filter.writeUInt16LE(code, index * 8);
    filter.writeUInt8(yes, index * 8 + 2);
    filter.writeUInt8(no, index * 8 + 3);
    filter.writeUInt32LE(k, index * 8 + 4);
  });
  const head = Buffer.alloc(16);
  head.writeUInt16LE(program.length, 0);
  head.writeBigUInt64LE(koffi.address(filter), 8);
  const libc = koffi.load(null);
  const noNewPrivileges = libc.func('int prctl(int, ulong, ulong, ulong, ulong)');
  const setSeccomp = libc.func('int prctl(int, ulong, void *, ulong, ulong)');
  if (noNewPrivileges(38, 1, 0, 0, 0) !== 0 || setSeccomp(22, 2, head, 0, 0) !== 0)
    throw new Error(`seccomp: errno ${koffi.errno()}`);
}

async function watchSource() {
  const { kernelSource } = await load('sources/kernel/source.js');
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (message) => say({ kind: 'log', message }),
  };
  const source = kernelSource.create({
    settings: { scan: { intervalSeconds: mode === 'exit' ? 3_600 : 0.2, cpuBudgetRatio: 0 } },
    master: { publishPort: ports.publish, requestPort: ports.request },
    log,
    emit: (observation, onApplied) => {
      if (!('sockets' in observation)) say(observation);
      else {
        const { sockets, ...rest } = observation;
        const peerPorts = [...sockets.peerPort.subarray(0, sockets.count)];
        const hasInfo = [...sockets.hasInfo.subarray(0, sockets.count)];
        const cookiesHigh = [...sockets.cookieHigh.subarray(0, sockets.count)];
        say({ ...rest, peerPorts, hasInfo, cookiesHigh });
      }
      onApplied?.();
    },
  });
  await source.start();
  if (mode === 'exit') {
    say({ kind: 'exiting' });
    process.exit(0);
  }
  process.on('message', async () => {
    await source.stop();
    process.disconnect();
  });
}

async function runOutOfDescriptors() {
  const { loadLibc } = await load('lib/libc.js');
  const { SocketReader } = await load('sources/kernel/socket-reader.js');
  const { createTable } = await load('sources/kernel/socket-table.js');
  const { ReasonCounts } = await load('sources/kernel/reasons.js');
  const reasons = new ReasonCounts();
  const reader = new SocketReader(await loadLibc(), ports, { reasons, deathBufferBytes: 65_536 });
  const taken = [];
  const takeAll = () => {
    try {
      for (;;) taken.push(openSync('/dev/null', 'r'));
    } catch (error) {
      if (error.code !== 'EMFILE') throw error;
    }
  };
  const scan = (nowMs) => {
    const { origin, complete, table } = reader.scan(createTable(64), nowMs);
    return { nowMs, origin, complete, rows: table.count, ...reader.sight, reasons: reasons.take() };
  };
  takeAll();
  const blind = scan(0);
  closeSync(taken.pop());
  const byProc = scan(100);
  for (const descriptor of taken) closeSync(descriptor);
  const results = [blind, byProc, scan(30_099), scan(30_100)];
  for (const result of results) say(result);
  reader.close();
}

if (mode === 'seccomp') refuseNetlink();
if (mode === 'descriptors') await runOutOfDescriptors();
else await watchSource();
