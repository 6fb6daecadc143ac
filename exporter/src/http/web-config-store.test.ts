/** The web configuration in force while its files change, go wrong and are mended. */
import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Logger, silentLogger } from '../lib/log.js';
import { WebConfigStore } from './web-config-store.js';

const directory = mkdtempSync(join(tmpdir(), 'brinescope-web-store-'));
const path = join(directory, 'web.yml');
const lines: string[] = [];
const note = (text: string) => lines.push(text);
const log: Logger = { ...silentLogger, info: note, warn: note, error: note };
const LONG_AGO = new Date('2026-01-01T00:00:00Z');

afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(() => {
  lines.length = 0;
  write(user('anna'));
});

const user = (name: string) => `basic_auth_users: { ${name}: $2b$10$${'a'.repeat(53)} }\n`;

/** Another file in its place; `when` = the time it claims to be from. */
function write(text: string, when?: Date): void {
  writeFileSync(`${path}.new`, text);
  if (when !== undefined) utimesSync(`${path}.new`, when, when);
  renameSync(`${path}.new`, path);
}

const open = (wallMs = () => Date.now()) => WebConfigStore.open({ path, log, wallMs });
const users = async (store: WebConfigStore) => [...(await store.present()).config.users.keys()];

describe('the web configuration in force', () => {
  it('follows its file, and stays the same object while the contents do', async () => {
    const store = await open();
    const first = await store.present();
    write(user('anna'));
    expect(await store.present()).toBe(first);
    expect(lines).toEqual([]);
    write(user('bert'));
    expect(await users(store)).toEqual(['bert']);
    expect(lines).toEqual(['The web configuration was read again']);
  });

  it('sees a change within one tick of the time stamps: name, size and place are the same', async () => {
    const tick = new Date('2026-01-01T00:00:00Z');
    write(user('anna'), tick);
    const store = await open(() => tick.getTime() + 1);
    for (const name of ['bert', 'carl', 'dora', 'anna']) {
      writeFileSync(path, user(name));
      utimesSync(path, tick, tick);
      expect(await users(store)).toEqual([name]);
    }
  });

  it('does not read settled files again, and sees the next change all the same', async () => {
    write(user('anna'), LONG_AGO);
    const store = await open();
    const first = await store.present();
    expect(await store.present()).toBe(first);
    write(user('bert'), LONG_AGO);
    expect(await users(store)).toEqual(['bert']);
  });

  it('shows every one of many callers what was written before it came', async () => {
    const store = await open();
    const early = Array.from({ length: 10 }, () => store.present());
    write(user('bert'));
    const late = await Promise.all(Array.from({ length: 10 }, () => users(store)));
    expect(late).toEqual(Array.from({ length: 10 }, () => ['bert']));
    await Promise.all(early);
  });

  it.each([
    ['is gone', () => rmSync(path), /--web\.config\.file: .*web\.yml does not exist; give a file/],
    ['is no YAML', () => write('{'), /web\.yml:1: is not valid YAML/],
    ['is a gigabyte', () => write('#'.repeat(1_000_001)), /is larger than 1000000 bytes/],
  ])('stays when the file %s, with one set of lines', async (_how, spoil, message) => {
    const store = await open();
    spoil();
    for (let n = 0; n < 3; n += 1) expect(await users(store)).toEqual(['anna']);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(message);
    expect(lines[1]).toContain('the one that ran goes on');
    expect(store.status.successful).toBe(false);
    write(user('anna'));
    await store.present();
    expect(store.status.successful).toBe(true);
  });

  it('is not there at all when the first reading fails', async () => {
    write('tls_server_config: { cert_file: none.pem, key_file: none.key }\n');
    await expect(open()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        /^tls_server_config\.cert_file: .*none\.pem does not exist; .*\ntls_server_config\.key_file: /,
      ),
    });
  });
});
