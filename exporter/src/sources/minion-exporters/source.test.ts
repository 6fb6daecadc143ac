/** Exporters beside minions, as real servers on loopback: what is asked, what is believed, what is too much. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../config/load.js';
import type { Settings } from '../../config/settings.js';
import type { MinionAnswer, MinionQuestion } from '../../domain/minion-answer.js';
import type { Observation } from '../../domain/observations.js';
import { systemClock } from '../../lib/clock.js';
import { silentLogger } from '../../lib/log.js';
import type { MasterFacts } from '../source.js';
import { decodeAddresses, readAddresses } from './addresses.js';
import { decodeSight } from './decode.js';
import { ASKED_AT_ONCE, QUESTIONS_MAX } from './options.js';
import { MinionExporters } from './source.js';

const JID = '20261122100000123456';
const ANSWER = {
  jid: JID,
  minion: 'm1',
  received: true,
  executed: false,
  queued: null,
  returned: 'unknown',
  watchedSeconds: 60,
};

let servers: Server[];
let seen: Observation[];
let told: (() => void)[];
let source: MinionExporters | undefined;
let directory: string;

beforeEach(async () => {
  servers = [];
  seen = [];
  told = [];
  directory = await mkdtemp(join(tmpdir(), 'brinescope-minions-'));
});
afterEach(async () => {
  await source?.stop();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(directory, { recursive: true, force: true });
});

/** Its base URL. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

function settingsWith(minionExporters: string | undefined): Settings {
  const settings = defaultSettings();
  return { ...settings, salt: { ...settings.salt, minionExporters } };
}

async function start(minionExporters: string): Promise<MinionExporters> {
  source = new MinionExporters({
    settings: settingsWith(minionExporters),
    master: {} as MasterFacts,
    clock: systemClock,
    log: silentLogger,
    emit: (observation) => {
      seen.push(observation);
      if (observation.kind === 'minion_answer') told.shift()?.();
    },
  });
  await source.start();
  return source;
}

async function ask(to: MinionExporters, question: MinionQuestion): Promise<MinionAnswer> {
  const answered = new Promise<void>((resolve) => told.push(resolve));
  to.askMinions([question]);
  to.askNext();
  await answered;
  const last = seen.findLast((o) => o.kind === 'minion_answer');
  if (last === undefined) throw new Error('no answer was told');
  return last;
}

function errors(): readonly string[] {
  return seen.filter((o) => o.kind === 'source_error').map(({ reason }) => reason);
}

function health(): string | undefined {
  const last = seen.findLast((o) => o.kind === 'source_health');
  return last === undefined ? undefined : `${last.up ? 'up' : 'down'}: ${last.detail}`;
}

describe('exporters beside minions', () => {
  it('are asked for one job, and what they cannot tell stays unknown', async () => {
    const paths: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url);
      response.end(JSON.stringify(ANSWER));
    });
    const to = await start(`m1=${url}/`);
    expect(health()).toBe('up: Exporters of 1 minions can be asked for single jobs.');
    const answer = await ask(to, { jid: JID, minion: 'm1' });
    expect(paths).toEqual([`/api/v1/local/jobs/${JID}`]);
    expect(answer.sight).toEqual({
      received: true,
      executed: false,
      queued: undefined,
      returned: 'unknown',
      watchedSeconds: 60,
    });
    expect(errors()).toEqual([]);
  });

  it('are believed only about the job and the minion that were asked for', async () => {
    const url = await serve((_request, response) => response.end(JSON.stringify(ANSWER)));
    const to = await start(`m1=${url},m2=${url}`);
    expect((await ask(to, { jid: JID, minion: 'm2' })).sight).toBeUndefined();
    expect((await ask(to, { jid: '20261122100000999999', minion: 'm1' })).sight).toBeUndefined();
    expect(errors()).toEqual(['answer_of_another', 'answer_of_another']);
    expect(health()).toBe('down: The exporter that was asked last did not answer as one does.');
  });

  it.each<[string, RequestListener, string]>([
    ['another status', (_, response) => response.writeHead(404).end('{}'), 'status'],
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'unreachable',
    ],
    ['what is no JSON', (_, response) => response.end('<html>'), 'answer_invalid'],
    ['a list', (_, response) => response.end('[]'), 'answer_of_another'],
    [
      'a fate that does not exist',
      (_, response) => response.end(JSON.stringify({ ...ANSWER, returned: 'lost' })),
      'answer_invalid',
    ],
    ['more than an answer can be', (_, response) => response.end('x'.repeat(1e6)), 'unreachable'],
    ['the end of the connection', (request) => request.socket.destroy(), 'unreachable'],
  ])('that answer with %s tell nothing, counted', async (_what, listener, reason) => {
    const to = await start(`m1=${await serve(listener)}`);
    expect((await ask(to, { jid: JID, minion: 'm1' })).sight).toBeUndefined();
    expect(errors()).toEqual([reason]);
  });

  it('escapes a jid that would be another path', async () => {
    const paths: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url);
      response.end('{}');
    });
    const to = await start(`m1=${url}`);
    await ask(to, { jid: '../../-/ready?x=1#y', minion: 'm1' });
    expect(paths).toEqual(['/api/v1/local/jobs/..%2F..%2F-%2Fready%3Fx%3D1%23y']);
  });

  it('asks nothing of minions without an exporter, and no more at once than is allowed', async () => {
    const asked: string[] = [];
    const url = await serve((request) => asked.push(request.url ?? ''));
    const to = await start(`m1=${url}`);
    to.askMinions([{ jid: JID, minion: 'elsewhere' }]);
    const jids = Array.from({ length: QUESTIONS_MAX + 2 }, (_, i) => `2026112210000012${1000 + i}`);
    to.askMinions(jids.map((jid) => ({ jid, minion: 'm1' })));
    expect(errors()).toEqual(['question_dropped', 'question_dropped']);
    for (let i = 0; i < 3 * ASKED_AT_ONCE; i += 1) to.askNext();
    await expect.poll(() => asked.length).toBe(ASKED_AT_ONCE);
    expect(asked[0]).toBe(`/api/v1/local/jobs/${jids[2]}`);
    to.askNext();
    expect(asked).toHaveLength(ASKED_AT_ONCE);
  });

  it('reads its list anew and keeps the last good one', async () => {
    const url = await serve((_request, response) => response.end(JSON.stringify(ANSWER)));
    const path = join(directory, 'exporters.yml');
    await writeFile(path, `m1: ${url}\n`);
    const to = await start(path);
    expect(health()).toContain('Exporters of 1 minions');
    await writeFile(path, 'm1: ftp://elsewhere\n');
    await to.reconfigure(settingsWith(path));
    expect(health()).toBe(`down: ${path}: the entry of m1 is no id: http://host:port.`);
    expect((await ask(to, { jid: JID, minion: 'm1' })).sight?.received).toBe(true);
    await writeFile(path, `m1: ${url}\n17: ${url}\n`);
    await to.reconfigure(settingsWith(path));
    expect(health()).toContain('Exporters of 2 minions');
    expect(errors()).toEqual(['list_invalid']);
  });
});

describe('the list of exporters', () => {
  it.each([
    ['', []],
    ['m1: http://10.0.0.1:4507\n', [['m1', 'http://10.0.0.1:4507']]],
    ['17: "https://[2001:db8::1]:4507/x/"\n', [['17', 'https://[2001:db8::1]:4507/x']]],
  ])('reads %j', (text, expected) => {
    const list = decodeAddresses(text);
    expect(list.ok && [...list.value]).toEqual(expected);
  });

  it.each([
    '- m1\n',
    'm1: 7\n',
    'm1: nowhere\n',
    'm1: http://user:secret@host\n',
    'm1: file:///etc/passwd\n',
    'm1: [',
    'a: &a {x: 1}\nm1: *a\n',
    'm1: http://a\nm1: http://b\n',
  ])('refuses %j', (text) => {
    expect(decodeAddresses(text).ok).toBe(false);
  });

  it('names in one line what it is given there, and a file that is not there', async () => {
    const list = await readAddresses('m1=http://a:1,m2=http://b:2');
    expect(list.ok && [...list.value.keys()]).toEqual(['m1', 'm2']);
    expect((await readAddresses('m1=http://a:1,m2')).ok).toBe(false);
    const missing = await readAddresses(join(directory, 'none.yml'));
    expect(!missing.ok && missing.reason).toBe(`${directory}/none.yml does not exist`);
  });
});

describe('an answer', () => {
  it.each(['', 'null', '7', '"x"', '{}', '[', JSON.stringify({ ...ANSWER, watchedSeconds: -1 })])(
    'is refused when it is %j',
    (text) => expect(decodeSight(text, { jid: JID, minion: 'm1' }).ok).toBe(false),
  );
});
