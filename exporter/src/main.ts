#!/usr/bin/env node
/** The command line: the only room that touches process arguments, environment, signals and exit codes. */
import { readFileSync } from 'node:fs';
import type { App } from './app.js';
import { diffSettings } from './config/diff.js';
import { type LoadedSettings, type LoadResult, loadSettings } from './config/load.js';
import { helpText } from './config/reference.js';
import { systemClock } from './lib/clock.js';
import { errorText } from './lib/errors.js';
import { boundMalloc, growWithWork, stayCompact } from './lib/footprint.js';
import { createLogger, type Logger } from './lib/log.js';
import { checkLists } from './sources/inventory/check-lists.js';

const EXIT_USAGE = 2;
/** A stop that hangs is ended: systemd would wait 90 s. */
const STOP_TIMEOUT_MS = 10_000;

const VERSION = packageVersion();

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const parsed: unknown = JSON.parse(text);
  const isObject = typeof parsed === 'object' && parsed !== null;
  return isObject && 'version' in parsed ? String(parsed.version) : 'unknown';
}

function load(): LoadResult {
  return loadSettings({
    argv: process.argv.slice(2),
    env: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
}

function say(text: string): void {
  process.stdout.write(`${text.trimEnd()}\n`);
}

async function main(): Promise<void> {
  stayCompact();
  const loaded = load();
  if (!loaded.ok) {
    process.stderr.write(`${loaded.errors.map((error) => `brinescope: ${error}`).join('\n')}\n`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  if (loaded.command === 'help') return say(helpText());
  if (loaded.command === 'version') {
    const { version: libzmqVersion } = await import('zeromq');
    return say(`brinescope ${VERSION} (node ${process.versions.node}, libzmq ${libzmqVersion})`);
  }
  if (loaded.command === 'check-config') {
    for (const warning of loaded.warnings) process.stderr.write(`warning: ${warning}\n`);
    const problems = [
      ...checkLists(loaded.settings.salt),
      ...(await webConfigProblems(loaded.settings.web.configFile)),
    ];
    for (const problem of problems) process.stderr.write(`brinescope: ${problem}\n`);
    if (problems.length === 0) return say('The configuration is valid.');
    process.exitCode = EXIT_USAGE;
    return;
  }
  await run(loaded);
}

/** Loaded only when there is such a file. */
async function webConfigProblems(path: string | undefined): Promise<readonly string[]> {
  if (path === undefined) return [];
  const { checkWebConfig } = await import('./http/web-config-open.js');
  return checkWebConfig(path, Date.now());
}

async function run(loaded: LoadedSettings): Promise<void> {
  const log = createLogger(loaded.settings.log);
  for (const warning of loaded.warnings) log.warn(warning);
  const mapLess = await boundMalloc();
  // Loaded here and not above: see stayCompact.
  const { createApp } = await import('./app.js');
  const { version: libzmqVersion } = await import('zeromq');
  const app = createApp(loaded.settings, {
    clock: systemClock,
    log,
    build: { version: VERSION, node: process.versions.node, libzmq: libzmqVersion },
  });
  let isStopping = false;
  const stop = (signal: string) => {
    if (isStopping) return;
    isStopping = true;
    void shutDown(app, log, signal);
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('uncaughtException', (error) => {
    log.error('Unexpected failure; the process ends so that it can be started anew', {
      error: error.stack ?? error.message,
    });
    process.exit(1);
  });
  reloadOnHangup(app, loaded, log);
  try {
    await app.start();
    growWithWork();
    mapLess();
  } catch (error) {
    log.error(errorText(error));
    await app.stop();
    process.exit(1);
  }
}

async function shutDown(app: App, log: Logger, signal: string): Promise<void> {
  log.info('Stopping', { signal });
  // Not exit(): that waits for a thread which a dead file server may hold for ever.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), STOP_TIMEOUT_MS).unref();
  await app.stop();
  process.exit(0);
}

/** SIGHUP loads the configuration again; a bad one changes nothing and is said. */
function reloadOnHangup(app: App, loaded: LoadedSettings, log: Logger): void {
  let values = loaded.values;
  process.on('SIGHUP', () => {
    const next = load();
    if (!next.ok) {
      app.reloadFailed();
      for (const error of next.errors) log.error(error);
      log.error('The configuration was not reloaded; the one that ran goes on');
      return;
    }
    const difference = diffSettings(values, next);
    values = difference.values;
    for (const warning of [...next.warnings, ...difference.warnings]) log.warn(warning);
    log.info('The configuration was reloaded', {
      changed: difference.applied.join(', ') || 'none',
    });
    void app.reload(difference.settings);
  });
}

await main();
