/** A stand-in for the public Node image, made from Debian and Node packages, for machines that reach no image registry. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The major version that the Dockerfile asks for. */
const NODE_MAJOR = 24;
const DEBIAN = 'bookworm';

/** Path of a tar of the root file system, made once per machine: some 40 s, then kept in the user's cache. */
export function baseImageTar(): string {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'brinescope');
  const tar = join(cache, `base-${DEBIAN}-node${NODE_MAJOR}-${process.arch}.tar`);
  if (existsSync(tar)) return tar;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'brinescope-base-'));
  try {
    const root = join(scratch, 'root');
    const bootstrap = ['--quiet', '--variant=minbase', '--include=ca-certificates', DEBIAN, root];
    execFileSync('mmdebstrap', bootstrap, { stdio: 'inherit' });
    addNode(root, scratch);
    const draft = `${tar}.${process.pid}`;
    execFileSync('tar', ['-C', root, '--exclude=./dev/*', '-cf', draft, '.']);
    renameSync(draft, tar);
    return tar;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Puts node and npm where the public image has them. Debian 12's own Node is too old. */
function addNode(root: string, scratch: string): void {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  const name = `node-linux-${architecture}@${NODE_MAJOR}`;
  execFileSync('npm', ['install', '--prefix', scratch, '--no-save', '--ignore-scripts', name], {
    stdio: 'inherit',
  });
  const local = join(root, 'usr', 'local');
  const packages = join(scratch, 'node_modules', `node-linux-${architecture}`);
  cpSync(join(packages, 'bin', 'node'), join(local, 'bin', 'node'));
  chmodSync(join(local, 'bin', 'node'), 0o755);
  const npm = dirname(dirname(npmProgram()));
  cpSync(npm, join(local, 'lib', 'node_modules', 'npm'), { recursive: true });
  for (const program of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${program}-cli.js`, join(local, 'bin', program));
  }
}

/** npm of this machine: any recent one builds the image. */
function npmProgram(): string {
  const path = execFileSync('sh', ['-c', 'readlink -f "$(command -v npm)"'], { encoding: 'utf8' });
  return path.trim();
}
