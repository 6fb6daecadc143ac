/** What a fault does to processes, links and hosts of a lab. */
import { onHost } from '../lab/hosts.js';
import type { Lab } from '../lab/lab.js';
import { processesTitled, signalAll } from '../lab/processes.js';
import { run, until } from '../lab/run.js';

/** Titles end with the name of the part; replaced workers have lost their number. */
const PARTS = {
  workers: / MWorker(-\S+)? *$/,
  publishDaemon: / PubServerChannel\._publish_daemon *$/,
  eventPublisher: /(^| )EventPublisher *$/,
} as const;
export type MasterPart = keyof typeof PARTS;

/** Throws when there is none: then nothing is injected. */
export async function partOf(lab: Lab, part: MasterPart): Promise<readonly number[]> {
  const pids = await processesTitled(lab.namespace, PARTS[part]);
  if (pids.length === 0) throw new Error(`this master has no process for ${part}`);
  return pids;
}

export async function signalPart(
  lab: Lab,
  part: MasterPart,
  signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL',
): Promise<readonly number[]> {
  const pids = await partOf(lab, part);
  signalAll(pids, signal);
  return pids;
}

/** Kills a part and waits until Salt has others in its place. */
export async function replacePart(lab: Lab, part: MasterPart): Promise<void> {
  const old = await signalPart(lab, part, 'SIGKILL');
  await until(`new ${part}`, async () => {
    const now = await processesTitled(lab.namespace, PARTS[part]);
    return now.length >= old.length && !now.some((pid) => old.includes(pid)) ? true : undefined;
  });
}

/** Kills the processes in which this minion works on these jobs; throws when there are none. */
export async function killChildren(
  lab: Lab,
  minion: string,
  jids: readonly string[],
): Promise<void> {
  const { namespace } = lab.minion(minion).host;
  const pids = await processesTitled(namespace, new RegExp(jids.join('|')));
  if (pids.length === 0) throw new Error(`${minion} has no process for its jobs`);
  signalAll(pids, 'SIGKILL');
}

/** Ends the connections of these minions to a port of the master's, by the master's kernel. */
export async function killLinks(lab: Lab, port: number, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { address } = lab.minion(id).host;
    const filter = ['sport', '=', `:${port}`, 'and', 'dst', address];
    const { stdout } = await lab.exec(['ss', '-K', '-tnH', ...filter]);
    if (stdout.trim() === '') throw new Error(`no connection of ${id} to ${port} could be ended`);
  }
}

/** Bytes that this minion's host received on its publish link, by that host's kernel. */
export async function bytesAtHost(lab: Lab, id: string): Promise<number> {
  const argv = ['ss', '-tinH', 'state', 'established', 'dport', '=', ':4505'];
  const { stdout } = await run(onHost(lab.minion(id).host.namespace, argv));
  const [, bytes] = /bytes_received:(\d+)/.exec(stdout) ?? [];
  if (bytes === undefined) throw new Error(`no publish link of ${id} at its host`);
  return Number(bytes);
}

/** What these hosts send to the request port is dropped, or answered with a reset by themselves. */
export async function blockRequests(
  lab: Lab,
  ids: readonly string[],
  how: 'drop' | 'reject with tcp reset',
): Promise<void> {
  const rules = [
    'table inet lossbench {',
    'chain out {',
    'type filter hook output priority 0;',
    `tcp dport 4506 ${how};`,
    '}',
    '}',
  ].join('\n');
  for (const id of ids) await run(onHost(lab.minion(id).host.namespace, ['nft', rules]));
}

export async function unblockRequests(lab: Lab, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const argv = ['nft', 'delete', 'table', 'inet', 'lossbench'];
    await run(onHost(lab.minion(id).host.namespace, argv));
  }
}

export function freeze(lab: Lab, ids: readonly string[]): void {
  for (const id of ids) lab.minion(id).daemon.freeze();
}

export function thaw(lab: Lab, ids: readonly string[]): void {
  for (const id of ids) lab.minion(id).daemon.thaw();
}

export async function killMinions(lab: Lab, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => lab.minion(id).daemon.kill()));
}

export function startMinions(lab: Lab, ids: readonly string[]): void {
  for (const id of ids) lab.minion(id).daemon.start();
}

export async function unplug(lab: Lab, ids: readonly string[]): Promise<void> {
  for (const id of ids) await lab.unplug(id);
}

export async function plug(lab: Lab, ids: readonly string[]): Promise<void> {
  for (const id of ids) await lab.plug(id);
}

/** Makes a directory unwritable for root too; throws where the file system has no such mark. */
export async function setImmutable(paths: readonly string[], isImmutable: boolean): Promise<void> {
  await run(['chattr', isImmutable ? '+i' : '-i', ...paths]);
}
