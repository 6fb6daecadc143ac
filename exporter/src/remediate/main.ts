#!/usr/bin/env node
/** `brinescope-remediate`: an opt-in program of its own beside Alertmanager; the exporter never starts it and knows nothing of it. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { systemClock } from '../lib/clock.js';
import { AppError, errorText } from '../lib/errors.js';
import { createLogger } from '../lib/log.js';
import { RemediateService } from './service.js';
import { readSettings } from './settings.js';
import { readToken } from './token.js';

const EXIT_USAGE = 2;
const USAGE = `brinescope-remediate --config.file=FILE [--check-config]

Receives Alertmanager's notifications and runs one command for a minion.
It is a dry run until the file says mode: run. See provisioning/remediate.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'config.file': { type: 'string' },
      'check-config': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const file = values['config.file'];
  if (values.help || file === undefined) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : EXIT_USAGE;
    return;
  }
  const read = readSettings(file, readFileSync(file, 'utf8'));
  if (!read.ok) {
    for (const error of read.errors) process.stderr.write(`brinescope-remediate: ${error}\n`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  const { settings } = read;
  const token = readToken(settings.tokenFile);
  if (values['check-config']) {
    process.stdout.write('The configuration is valid.\n');
    return;
  }
  const log = createLogger({ level: 'info', format: 'json' });
  const home = process.env.HOME ?? '/';
  const service = new RemediateService(settings, { clock: systemClock, log, token, home });
  const port = await service.start();
  log.info('Listening', { host: settings.listen.host, port, mode: settings.mode });
  const stop = () => void service.stop().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`brinescope-remediate: ${errorText(error)}\n`);
  process.exitCode = error instanceof AppError ? EXIT_USAGE : 1;
}
