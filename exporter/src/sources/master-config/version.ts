/** Salt's version without running Python: from the packages beside the running master's interpreter, or where packages put them. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { globPaths } from '../../lib/glob.js';

/** Where the looking starts; tests give their own. */
export interface VersionPlaces {
  readonly procDir: string;
  /** Prefix of the places below; empty for the real root. */
  readonly rootDir: string;
}

export const SYSTEM_PLACES: VersionPlaces = { procDir: '/proc', rootDir: '' };

/** Library directories of the onedir packages, of distributions and of pip, by where their releases unpack. */
const INSTALL_PATTERNS = [
  '/opt/saltstack/salt/lib/python3*/site-packages',
  '/opt/saltstack/salt/lib',
  '/usr/lib/python3/dist-packages',
  '/usr/lib/python3.*/site-packages',
  '/usr/local/lib/python3.*/dist-packages',
  '/usr/local/lib/python3.*/site-packages',
];
/** Processes looked at: a host with more than these runs other things than a master. */
const PROCESSES_MAX = 32_768;
const COMMAND_MAX_LENGTH = 4096;

/**
 * Version of the master that runs with this configuration in our network namespace; else the one version that is installed; undefined
 * when there is none, or two that differ.
 */
export async function findSaltVersion(
  configDir: string,
  places: VersionPlaces = SYSTEM_PLACES,
): Promise<string | undefined> {
  for (const master of await runningMasters(configDir, places)) {
    const version = await versionOf(master);
    if (version !== undefined) return version;
  }
  const versions = new Set<string>();
  for (const pattern of INSTALL_PATTERNS)
    for (const directory of await globPaths(`${places.rootDir}${pattern}`)) {
      const version = await packageVersion(directory);
      if (version !== undefined) versions.add(version);
    }
  const [only] = versions;
  return versions.size === 1 ? only : undefined;
}

/** What a master's command line names: interpreter and script. */
interface MasterCommand {
  /** `/proc/<pid>/root`: the master's own view of the file system, when it lives in a container. */
  readonly root: string;
  readonly programs: readonly string[];
}

async function runningMasters(
  configDir: string,
  places: VersionPlaces,
): Promise<readonly MasterCommand[]> {
  const ours = await readlink(join(places.procDir, 'self/ns/net')).catch(() => undefined);
  const pids = (await readdir(places.procDir).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found: MasterCommand[] = [];
  for (const pid of pids.slice(0, PROCESSES_MAX)) {
    const process = join(places.procDir, pid);
    const line = await readFile(join(process, 'cmdline'), 'latin1').catch(() => '');
    const programs = masterPrograms(line.slice(0, COMMAND_MAX_LENGTH), configDir);
    if (programs === undefined) continue;
    const theirs = await readlink(join(process, 'ns/net')).catch(() => undefined);
    // Another master's namespace on the same machine; where either cannot be read, the configuration directory must do.
    if (ours !== undefined && theirs !== undefined && ours !== theirs) continue;
    found.push({ root: join(process, 'root'), programs });
  }
  return found;
}

/**
 * Absolute paths of the interpreter and of `salt-master` in a command line of a master with this configuration; undefined for any other
 * process. With setproctitle the line is one text with blanks, without it words end with NUL.
 */
export function masterPrograms(line: string, configDir: string): readonly string[] | undefined {
  const words = line.split(/[\0 ]+/).filter((word) => word !== '');
  const script = words.findIndex((word) => basename(word) === 'salt-master');
  // `python salt-master`, `salt-master`, `/opt/saltstack/salt/bin/python3.10 /usr/bin/salt-master`.
  if (script === -1 || script > 2) return undefined;
  const flag = words.findIndex((word) => word === '-c' || word.startsWith('--config-dir'));
  const word = words[flag] ?? '';
  const given = word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[flag + 1];
  const directory = flag === -1 ? '/etc/salt' : (given ?? '');
  if (plainPath(directory) !== plainPath(configDir)) return undefined;
  return words.slice(0, script + 1).filter((program) => isAbsolute(program));
}

function plainPath(path: string): string {
  return normalize(path).replace(/\/+$/, '');
}

/** `<prefix>/bin/python3` and `<prefix>/bin/salt-master` lie beside `<prefix>/lib/python3.X/site-packages`. */
async function versionOf(master: MasterCommand): Promise<string | undefined> {
  for (const program of master.programs) {
    const prefix = dirname(dirname(program));
    // Ours as a fallback: a process of another user does not let us follow its root link.
    for (const root of [master.root, '']) {
      const patterns = [
        `${root}${prefix}/lib/python3*/site-packages`,
        `${root}${prefix}/lib/python3*/dist-packages`,
      ];
      for (const pattern of patterns)
        for (const directory of await globPaths(pattern)) {
          const version = await packageVersion(directory);
          if (version !== undefined) return version;
        }
    }
  }
  return undefined;
}

/** From the name `salt-3008.5.dist-info` (pip, onedir) or `salt-3004.1.egg-info` (distributions); `salt/_version.txt` else. */
async function packageVersion(directory: string): Promise<string | undefined> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    const match = /^salt-(\d{4}[\w.+]*?)(?:-py[\d.]+)?\.(?:dist|egg)-info$/.exec(name);
    if (match !== null) return match[1];
  }
  const text = await readFile(join(directory, 'salt/_version.txt'), 'latin1').catch(() => '');
  return /^\d{4}[\w.+]*$/.exec(text.trim())?.[0];
}
