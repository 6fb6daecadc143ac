/** The built exporter in a process of its own, and what it uses of the machine. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const EXPORTER = fileURLToPath(new URL('../../../exporter/dist/main.js', import.meta.url));
const CLOCK_TICKS = 100;

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function startExporter({ configDir }, port, flags) {
  const started = process.hrtime.bigint();
  const child = spawn(
    process.execPath,
    [
      EXPORTER,
      `--salt.config-dir=${configDir}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
      ...flags,
    ],
    { stdio: 'inherit' },
  );
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (answer?.status === 200) break;
    if (child.exitCode !== null) throw new Error('the exporter ended');
    await wait(50);
  }
  const readySeconds = Number(process.hrtime.bigint() - started) / 1e9;
  return { child, url, readySeconds };
}

export async function stopExporter({ child }) {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

export function memoryMegabytes({ child }) {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** Of that: pages of files (Node's program text above all), which other processes share. */
export function fileMegabytes({ child }) {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/RssFile:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

export function cpuSeconds({ child }) {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}

export async function metric(exporter, name) {
  const text = await (await fetch(`${exporter.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1));
}

/** CPU seconds of each of its threads, by id; the process id is its own thread. */
export function threadSeconds({ child }) {
  const seconds = (id) =>
    Number(readFileSync(`/proc/${child.pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  const all = new Map();
  for (const id of readdirSync(`/proc/${child.pid}/task`)) all.set(id, seconds(id));
  return all;
}
