/**
 * Descriptors of processes by their title: real processes of this machine, and a /proc on disk for
 * what cannot be arranged.
 */
import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { MasterDescriptors } from '../../domain/observations.js';
import { MasterProcesses, masterProcessOf, maximumOpenFiles } from './master-processes.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function sweepOnce(processes: MasterProcesses, nowMs: number): MasterDescriptors {
  for (let slice = 0; slice < 10_000; slice += 1) {
    const found = processes.step(nowMs);
    if (found !== undefined) return found;
  }
  throw new Error('the sweep did not end');
}

describe('a process title', () => {
  const titles: [string, string | undefined][] = [
    [
      '/opt/salt/bin/python3 /usr/bin/salt-master PubServerChannel._publish_daemon',
      'publish_daemon',
    ],
    ['/usr/bin/salt-master ReqServer_ProcessManager MWorkerQueue', 'request_server'],
    ['/usr/bin/salt-master EventPublisher', 'event_publisher'],
    ['/usr/bin/salt-master MasterPubServerChannel._publish_daemon', 'event_publisher'],
    ['/usr/bin/salt-master ReqServer_ProcessManager MWorker-3', 'workers'],
    ['/usr/bin/salt-master RequestServer MWorker-default-0', 'workers'],
    ['/usr/bin/salt-master ReqServer_ProcessManager MWorker', 'workers'],
    ['salt-master\0MWorkerQueue\0\0', 'request_server'],
    ['/usr/bin/salt-master Maintenance', undefined],
    ['/usr/bin/salt-master -d', undefined],
    ['grep MWorkerQueue', undefined],
    ['MWorkerQueue', undefined],
    ['', undefined],
  ];
  for (const [title, kind] of titles)
    it(`${JSON.stringify(title)} is ${kind ?? 'none of ours'}`, () => {
      expect(masterProcessOf(title)).toBe(kind);
    });
});

describe('the limits file', () => {
  it('gives the soft limit of open files', () => {
    const line = 'Max open files            1024                 524288               files     \n';
    expect(maximumOpenFiles(`Limit  Soft Limit  Hard Limit  Units\n${line}`)).toBe(1024);
    expect(maximumOpenFiles(line.replace('1024', 'unlimited'))).toBeUndefined();
    expect(maximumOpenFiles('')).toBeUndefined();
  });
});

describe('a sweep', () => {
  it('counts the descriptors of a real process with that title', async () => {
    const script = 'process.stdout.write("up"); setInterval(() => undefined, 1000)';
    const child = spawn(process.execPath, ['-e', script, 'salt-master', 'MWorkerQueue']);
    cleanups.push(() => child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const found = sweepOnce(new MasterProcesses(), 0);
    const counted = readdirSync(`/proc/${child.pid}/fd`).length;
    expect(found.open.get('request_server')).toBe(counted);
    expect(found.maximum.get('request_server')).toBeGreaterThanOrEqual(1024);
  });

  it('sums workers, and leaves a kind out when one of its processes cannot be read', () => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'kernel-proc-'));
    cleanups.push(() => rmSync(root, { recursive: true }));
    const limits = 'Max open files  1000  2000  files\n';
    const add = (pid: string, title: string, options: { fds?: number; net?: string } = {}) => {
      mkdirSync(path.join(root, pid, 'ns'), { recursive: true });
      symlinkSync(options.net ?? 'net:[1]', path.join(root, pid, 'ns/net'));
      writeFileSync(path.join(root, pid, 'cmdline'), title);
      writeFileSync(path.join(root, pid, 'limits'), limits);
      if (options.fds === undefined) return;
      mkdirSync(path.join(root, pid, 'fd'));
      for (let fd = 0; fd < options.fds; fd += 1)
        writeFileSync(path.join(root, pid, 'fd', String(fd)), '');
    };
    add('self', 'exporter', {});
    add('10', 'salt-master MWorker-0', { fds: 5 });
    add('11', 'salt-master MWorker-1', { fds: 7 });
    add('12', 'salt-master EventPublisher', { fds: 9 });
    add('13', 'salt-master EventPublisher'); // its descriptors may not be listed
    add('14', 'salt-master MWorkerQueue', { fds: 4, net: 'net:[2]' }); // another container's master
    const found = sweepOnce(new MasterProcesses(root), 0);
    // as in the kernel's own /proc, the size of the directory is taken where it has one
    const size = (pid: string) => statSync(path.join(root, pid, 'fd')).size;
    expect([...found.open]).toEqual([['workers', size('10') + size('11')]]);
    expect([...found.maximum]).toEqual([['workers', 2000]]);
  });

  it('follows the master without looking through all processes each time, until one is gone', async () => {
    const script = 'process.stdout.write("up"); setInterval(() => undefined, 1000)';
    const start = async () => {
      const child = spawn(process.execPath, ['-e', script, 'salt-master', 'EventPublisher']);
      cleanups.push(() => child.kill('SIGKILL'));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      return child;
    };
    const first = await start();
    const processes = new MasterProcesses();
    const kinds = (nowMs: number) => [...sweepOnce(processes, nowMs).open.keys()];
    expect(kinds(0)).toContain('event_publisher');
    expect(kinds(20_000)).toContain('event_publisher');
    const ended = new Promise((resolve) => first.once('exit', resolve));
    first.kill('SIGKILL');
    await ended;
    await start();
    expect(kinds(40_000)).not.toContain('event_publisher'); // its process is gone: look for another
    expect(kinds(60_000)).toContain('event_publisher');
  });

  it('rests for a quarter of a minute between two', () => {
    const processes = new MasterProcesses('/nowhere');
    sweepOnce(processes, 1000);
    expect(processes.dueMs).toBeGreaterThanOrEqual(16_000);
    expect(processes.step(2000)).toBeUndefined();
  });
});
