/**
 * A second master for the minions of a lab, on a host of its own in the same network. It has the
 * first one's key, as a minion of several masters demands.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon, writeConfig } from './daemon.js';
import { addOtherMasterHost, MASTER_ADDRESS, OTHER_MASTER_ADDRESS, onHost } from './hosts.js';
import type { Lab } from './lab.js';
import { run } from './run.js';

/** For the options of the lab's minions: they keep links to both at all times. */
export const BOTH_MASTERS = { master: `[${MASTER_ADDRESS}, ${OTHER_MASTER_ADDRESS}]` };

export class OtherMaster {
  readonly daemon: Daemon;
  readonly #namespace: string;
  readonly #bin: string;

  /** Use `startOtherMaster`. */
  constructor(where: { configDir: string; bin: string; namespace: string }) {
    this.daemon = new Daemon('master', where);
    this.#namespace = where.namespace;
    this.#bin = where.bin;
  }

  /** `salt --async …`: the jid. */
  async publish(...args: readonly string[]): Promise<string> {
    const argv = [join(this.#bin, 'salt'), '-c', this.daemon.configDir, '--async', ...args];
    const { stdout } = await run(onHost(this.#namespace, argv));
    const jid = /\d{20}/.exec(stdout)?.[0];
    if (jid === undefined) throw new Error(`no jid: ${stdout}`);
    return jid;
  }
}

/** The lab removes its host and files; its processes are the caller's to end. */
export async function startOtherMaster(lab: Lab): Promise<OtherMaster> {
  const namespace = `${lab.namespace}-other`;
  const configDir = join(lab.directory, 'other');
  const first = { namespace: lab.namespace, address: MASTER_ADDRESS, nat: false };
  await addOtherMasterHost(namespace, first);
  await writeConfig(configDir, 'master', {
    interface: OTHER_MASTER_ADDRESS,
    file_roots: `{base: [${join(lab.directory, 'files')}]}`,
    log_level_logfile: 'info',
    auto_accept: 'True',
    worker_threads: '3',
    timeout: '10',
  });
  await mkdir(join(configDir, 'pki'), { recursive: true, mode: 0o700 });
  // 3008 has links here, to files with the host's name.
  for (const name of ['master.pem', 'master.pub'])
    await copyFile(join(lab.configDir, 'pki', name), join(configDir, 'pki', name));
  const other = new OtherMaster({ configDir, bin: lab.bin, namespace });
  other.daemon.start();
  return other;
}
