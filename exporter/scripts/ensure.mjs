/**
 * Makes a fresh checkout ready to run: checks Node, installs what is missing or outdated, builds what changed.
 * `ensure.mjs exporter|all [--no-build] [--run FILE | --bin NAME] [arguments …]`; plain Node, for it runs before any package is there.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const NODE_MINIMUM = [20, 12];
const STAMP = join(ROOT, 'node_modules', '.brinescope.json');
/** npm arguments per scope; measured on npm 10 and 11: 119 packages, 86 MB, against 208 packages, 245 MB. */
const SCOPES = {
  exporter: ['--workspace', 'exporter', '--include-workspace-root=false'],
  all: [],
};

/** A failure that one sentence explains; its stack would only hide it. */
export class SetupError extends Error {}

/**
 * Brings node_modules (`exporter`: the exporter's packages only; `all`: the tools too) and exporter/dist up to date.
 * Throws SetupError with one sentence when that cannot be done.
 */
export function ensure(scope, options = {}) {
  checkNode();
  install(scope);
  if (options.build !== false) build();
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const enough = major > NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor >= NODE_MINIMUM[1]);
  if (enough) return;
  throw new SetupError(
    `Node ${process.versions.node} is too old: Brinescope needs Node ${NODE_MINIMUM.join('.')} or newer, see nodejs.org.`,
  );
}

function install(wanted) {
  const hash = lockHash();
  const present = readStamp();
  if (present.hash === hash && (present.scope === 'all' || present.scope === wanted)) return;
  if (installedByHand()) {
    writeStamp({ hash, scope: 'all' });
    return;
  }
  // Whoever had the tools keeps them: an update of the exporter alone would delete them.
  const scope = present.scope === 'all' ? 'all' : wanted;
  const why = present.hash === undefined ? 'missing' : 'outdated';
  const what = scope === 'all' ? 'all packages' : "the exporter's packages";
  say(`installing ${what} (${why}; npm ci, some 10 s) …`);
  rmSync(STAMP, { force: true });
  npmCi(scope);
  writeStamp({ hash, scope });
}

/** Packages carry their binaries (zeromq, koffi), so that no install script has to run. */
function npmCi(scope) {
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const underNpm = process.env.npm_execpath?.endsWith('npm-cli.js');
  const [command, first] = underNpm ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
  const result = spawnSync(command, [...first, 'ci', ...SCOPES[scope], ...quiet], {
    cwd: ROOT,
    encoding: 'utf8',
    // The outer npm's own switches (`npm test --workspace …`) are not meant for this one.
    env: withoutNpmSwitches(process.env),
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error?.code === 'ENOENT') {
    throw new SetupError('npm was not found: it comes with Node, see nodejs.org.');
  }
  if (result.status === 0) return;
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
  console.error(output.split('\n').slice(0, 20).join('\n'));
  throw new SetupError(
    'npm ci failed (its own words above): check that the package registry can be reached and the disk is not full, then run the same command again.',
  );
}

function withoutNpmSwitches(env) {
  const ours = ['npm_config_workspace', 'npm_config_include_workspace_root', 'npm_config_omit'];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.includes(name)));
}

/** True after somebody's own `npm install` or `npm ci`: npm's record then has every package at the version of our lock file. */
function installedByHand() {
  const record = readJson(join(ROOT, 'node_modules', '.package-lock.json'));
  if (!record) return false;
  const locked = readJson(join(ROOT, 'package-lock.json'))?.packages ?? {};
  return Object.entries(locked).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') || entry.optional || entry.link) return true;
    return record.packages[path]?.version === entry.version;
  });
}

/** The lock file decides which packages belong into node_modules; platform and architecture, which of their binaries. */
function lockHash() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  return hash.update(readFileSync(join(ROOT, 'package-lock.json'))).digest('hex');
}

function readStamp() {
  return readJson(STAMP) ?? {};
}

function writeStamp(stamp) {
  writeFileSync(STAMP, JSON.stringify(stamp));
}

function readJson(path) {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Half written by an install that was interrupted: the same as missing.
    return undefined;
  }
}

function build() {
  const record = join(ROOT, 'exporter', 'dist', '.tsbuildinfo');
  const builtMs = existsSync(record) ? statSync(record).mtimeMs : 0;
  const inputs = [join(ROOT, 'tsconfig.json'), join(ROOT, 'exporter', 'tsconfig.json'), STAMP];
  const sources = listSources(join(ROOT, 'exporter', 'src'));
  const newestMs = Math.max(...[...inputs, ...sources].map((path) => statSync(path).mtimeMs));
  if (builtMs > newestMs && existsSync(join(ROOT, 'exporter', 'dist', 'lib'))) return;
  say('building the exporter (tsc) …');
  const compiler = join(ROOT, 'node_modules', '.bin', 'tsc');
  const result = spawnSync(process.execPath, [compiler, '-b', 'exporter'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0) {
    // The record is written with errors too; without it the next run would take this build for a good one.
    rmSync(record, { force: true });
    throw new SetupError('the exporter does not compile: the messages above say where.');
  }
}

/** Sources and the directories that hold them: a directory is newer when a file was added or removed. */
function listSources(directory) {
  const entries = readdirSync(directory, { withFileTypes: true });
  const inner = entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return listSources(path);
    return /(?<!\.test)\.ts$/.test(entry.name) ? [path] : [];
  });
  return [directory, ...inner];
}

function say(text) {
  console.error(`brinescope: ${text}`);
}

function parse(argv) {
  const [scope, ...rest] = argv;
  if (!Object.hasOwn(SCOPES, scope ?? '')) {
    throw new SetupError('usage: ensure.mjs exporter|all [--no-build] [--run FILE | --bin NAME] …');
  }
  const build = rest[0] !== '--no-build';
  const [how, target, ...passed] = build ? rest : rest.slice(1);
  return { scope, build, how, target, passed };
}

async function main() {
  const { scope, build: wantsBuild, how, target, passed } = parse(process.argv.slice(2));
  ensure(scope, { build: wantsBuild });
  if (how === '--run') {
    // In this very process, so that a signal meets the program and not a shell in between.
    const file = resolve(ROOT, target);
    process.argv = [process.execPath, file, ...passed];
    await import(pathToFileURL(file).href);
  } else if (how === '--bin') {
    const bin = join(ROOT, 'node_modules', '.bin', target);
    const result = spawnSync(bin, passed, { cwd: ROOT, stdio: 'inherit' });
    process.exitCode = result.status ?? 1;
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
