/** Builds and runs images without an engine's service and without a registry: buildah and podman on storage of their own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = new URL('../..', import.meta.url).pathname;
/** Limits above the machine's own cannot be set without CAP_SYS_RESOURCE, and podman asks for more by default. */
const LIMITS = ['--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096'];
/** crun refuses hybrid cgroups, so runc; systemd is not there in CI, so cgroupfs. */
const RUNTIME = ['--runtime', '/usr/sbin/runc', '--cgroup-manager=cgroupfs'];

export interface ImageFacts {
  readonly Size: number;
  readonly Config: {
    readonly User: string;
    readonly ExposedPorts: Readonly<Record<string, object>>;
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly Healthcheck: { readonly Test: readonly string[] };
}

export interface RunOptions {
  readonly mounts: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

export class Engine {
  readonly #storage = mkdtempSync(join(tmpdir(), 'brinescope-images-'));
  readonly #running = new Map<string, ChildProcess>();

  importBase(tar: string, name: string): void {
    this.#podman(['import', '--quiet', tar, name]);
  }

  /** Builds exporter/Dockerfile as a user would, with the stand-in for its base and this machine's settings for packages. */
  build(base: string, name: string): void {
    const npmrc = join(this.#storage, 'npmrc');
    writeFileSync(npmrc, npmSettings());
    const mounts = [
      '--volume',
      `${npmrc}:/root/.npmrc:ro`,
      '--volume',
      '/etc/ssl/certs:/etc/ssl/certs:ro',
    ];
    const image = ['--pull=never', '--build-arg', `NODE_IMAGE=${base}`, '-t', name];
    // `--format docker` keeps HEALTHCHECK, which the OCI format does not have.
    const how = ['--format', 'docker', '--isolation', 'chroot', '-f', 'exporter/Dockerfile'];
    execFileSync('buildah', [...this.#places(), 'bud', ...how, ...mounts, ...image, '.'], {
      cwd: ROOT,
      stdio: 'inherit',
    });
  }

  /** What `podman image inspect` says. Sizes in bytes, shared layers included. */
  inspect(name: string): ImageFacts {
    const [facts]: ImageFacts[] = JSON.parse(this.#podman(['image', 'inspect', name]));
    if (facts === undefined) throw new Error(`there is no image ${name}`);
    return facts;
  }

  /** Starts a container on the host's network with a read-only root; its output goes to ours. */
  run(container: string, image: string, options: RunOptions): void {
    const environment = Object.entries(options.env).flatMap(([name, value]) => [
      '--env',
      `${name}=${value}`,
    ]);
    const isolation = ['--network', 'host', '--read-only', '--cap-drop', 'ALL', ...LIMITS];
    // Without systemd podman has no timer for health checks; `healthcheck run` runs them all the same.
    isolation.push('--health-interval', 'disable');
    const mounts = options.mounts.flatMap((mount) => ['--volume', mount]);
    const args = [
      'run',
      '--rm',
      '--name',
      container,
      ...isolation,
      ...environment,
      ...mounts,
      image,
    ];
    const child = spawn('podman', [...this.#places(), ...RUNTIME, ...args, ...options.args], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#running.set(container, child);
  }

  /** Runs a command inside; throws when it fails. */
  exec(container: string, command: string[]): string {
    return this.#podman([...['exec', container], ...command]);
  }

  /** As a health checker would: runs the image's own HEALTHCHECK. */
  healthcheck(container: string): string {
    return this.#podman(['healthcheck', 'run', container]);
  }

  async stop(container: string): Promise<number | null> {
    const child = this.#running.get(container);
    if (child === undefined) return null;
    this.#running.delete(container);
    const exited = child.exitCode === null ? once(child, 'exit') : undefined;
    this.#podman(['stop', '--time', '60', container]);
    await exited;
    return child.exitCode;
  }

  async close(): Promise<void> {
    for (const container of [...this.#running.keys()]) await this.stop(container);
    rmSync(this.#storage, { recursive: true, force: true });
  }

  #places(): string[] {
    const [root, run] = [join(this.#storage, 'root'), join(this.#storage, 'run')];
    return ['--root', root, '--runroot', run, '--storage-driver=vfs'];
  }

  #podman(args: string[]): string {
    return execFileSync('podman', [...this.#places(), ...RUNTIME, ...args], { encoding: 'utf8' });
  }
}

/** What npm needs to reach the same registry from inside the build; nothing of it stays in the image. */
function npmSettings(): string {
  const get = (key: string) =>
    execFileSync('npm', ['config', 'get', key], { encoding: 'utf8', cwd: ROOT }).trim();
  const set = ['registry', 'proxy', 'https-proxy', 'cafile'].flatMap((key) => {
    const value = get(key);
    return value === 'null' || value === '' || value === 'undefined' ? [] : [`${key}=${value}`];
  });
  return `${set.join('\n')}\n`;
}
