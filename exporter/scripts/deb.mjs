/**
 * Builds the Debian package: `node exporter/scripts/deb.mjs [DIRECTORY]` writes brinescope_VERSION_ARCHITECTURE.deb there and prints its path.
 * Needs the built exporter (`npm run build`), dpkg-deb and npm; the package has its Node packages with it, Node itself is a dependency.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };
const INSTALL = ['--workspace', 'exporter', '--include-workspace-root=false', '--omit=dev'];
const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
/** File in the project → where it is installed. */
const FILES = {
  'exporter/brinescope.example.yml': 'etc/brinescope/brinescope.yml',
  'provisioning/debian/default': 'etc/default/brinescope',
  'provisioning/remediate/remediate.yml': 'etc/brinescope/remediate.yml',
  'provisioning/systemd/brinescope.service': 'usr/lib/systemd/system/brinescope.service',
  'provisioning/systemd/brinescope-remediate.service':
    'usr/lib/systemd/system/brinescope-remediate.service',
  'README.md': 'usr/share/doc/brinescope/README.md',
  LICENSE: 'usr/share/doc/brinescope/copyright',
  'exporter/CHANGELOG.md': 'usr/share/doc/brinescope/changelog.md',
  alerts: 'usr/share/doc/brinescope/alerts',
  provisioning: 'usr/share/doc/brinescope/provisioning',
};
const PROGRAMS = { brinescope: 'main.js', 'brinescope-remediate': 'remediate/main.js' };
/** The demo is no part of it, types and test code are for developers. */
const isShipped = (path) => !/\/dist\/demo(\/|$)|\.d\.ts$|\.tsbuildinfo$/.test(path);

const target = resolve(process.argv[2] ?? '.');
const { version } = JSON.parse(readFileSync(join(ROOT, 'exporter/package.json'), 'utf8'));
const architecture = ARCHITECTURES[process.arch];
if (architecture === undefined) throw new Error(`no package for ${process.arch}`);
const stage = mkdtempSync(join(tmpdir(), 'brinescope-deb-'));
try {
  stageProgram(join(stage, 'usr/lib/brinescope'));
  for (const [from, to] of Object.entries(FILES)) copy(join(ROOT, from), join(stage, to));
  for (const [name, file] of Object.entries(PROGRAMS)) stageCommand(name, file);
  restrict(stage);
  stageControl();
  const deb = join(target, `brinescope_${version}_${architecture}.deb`);
  const build = ['--root-owner-group', '-Zgzip', '--build', stage, deb];
  execFileSync('dpkg-deb', build, { stdio: ['ignore', 'ignore', 'inherit'] });
  process.stdout.write(`${deb}\n`);
} finally {
  rmSync(stage, { recursive: true, force: true });
}

function stageProgram(place) {
  for (const name of ['package.json', 'package-lock.json', '.npmrc', 'exporter/package.json'])
    copy(join(ROOT, name), join(place, name));
  const here = { cwd: place, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('npm', ['ci', ...INSTALL, ...QUIET], here);
  const bill = execFileSync('node', [join(ROOT, 'exporter/scripts/sbom.mjs'), place]);
  writeFileSync(join(place, 'sbom.cdx.json'), bill);
  execFileSync('sh', [join(ROOT, 'exporter/scripts/slim.sh')], here);
  for (const name of ['package-lock.json', '.npmrc', 'node_modules/.package-lock.json'])
    rmSync(join(place, name), { force: true });
  copy(join(ROOT, 'exporter/dist'), join(place, 'exporter/dist'));
}

function stageCommand(name, file) {
  const path = join(stage, 'usr/bin', name);
  mkdirSync(dirname(path), { recursive: true });
  const program = `/usr/lib/brinescope/exporter/dist/${file}`;
  writeFileSync(path, `#!/bin/sh\nexec /usr/bin/node ${program} "$@"\n`, { mode: 0o755 });
}

function stageControl() {
  const place = join(stage, 'DEBIAN');
  const kilobytes = execFileSync('du', ['-sk', stage], { encoding: 'utf8' }).split('\t')[0];
  const values = { VERSION: version, ARCHITECTURE: architecture, SIZE: kilobytes };
  mkdirSync(place, { mode: 0o755 });
  const control = readFileSync(join(ROOT, 'provisioning/debian/control'), 'utf8');
  const filled = control.replaceAll(/@(\w+)@/g, (_, name) => values[name]);
  writeFileSync(join(place, 'control'), filled, { mode: 0o644 });
  const settings = Object.values(FILES).filter((path) => path.startsWith('etc/'));
  writeFileSync(join(place, 'conffiles'), settings.map((path) => `/${path}\n`).join(''));
  chmodSync(join(place, 'conffiles'), 0o644);
  for (const name of ['postinst', 'prerm', 'postrm']) {
    cpSync(join(ROOT, 'provisioning/debian', name), join(place, name));
    chmodSync(join(place, name), 0o755);
  }
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, filter: isShipped });
}

/** Whatever the umask and the checkout: everybody may read, root alone may write, programs stay programs. */
function restrict(path) {
  const stat = statSync(path);
  if (stat.isDirectory()) {
    chmodSync(path, 0o755);
    for (const name of readdirSync(path)) restrict(join(path, name));
  } else {
    chmodSync(path, (stat.mode & 0o111) === 0 ? 0o644 : 0o755);
  }
}
