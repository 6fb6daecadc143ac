/** kill -9 at any instant: the file is whole, and has all that was written. HISTORY_KILLS says how often. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { PATIENCE_MS } from '../patience.js';
import { undoneAfterEach } from './undo.js';

const WRITER = fileURLToPath(new URL('../bench/history/killed-writer.mjs', import.meta.url));
const READER = fileURLToPath(new URL('../bench/history/read-store.mjs', import.meta.url));
const KILLS = Number(process.env.HISTORY_KILLS ?? 5);
/** Of a writer's life; its instant is drawn, and does not decide whether this passes. */
const LIFE_MS = 1_500;

const undo = undoneAfterEach();

interface Said {
  readonly word: string | undefined;
  readonly id: number;
  readonly atMs: number;
}

/** What the writer said until it was killed. */
async function killedAfter(path: string, lifeMs: number): Promise<Said[]> {
  const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(child.stdout, 'data');
  await sleep(lifeMs);
  child.kill('SIGKILL');
  await once(child, 'close');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => {
    const [word, id, atMs] = line.split(' ');
    return { word, id: Number(id), atMs: Number(atMs) };
  });
}

it(`keeps what was written through ${KILLS} kills`, {
  timeout: PATIENCE_MS * Math.max(2, KILLS / 5),
}, async () => {
  const path = mkdtempSync(join(tmpdir(), 'brinescope-history-kill-'));
  undo.push(() => rmSync(path, { recursive: true, force: true }));
  let lostMostMs = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const said = await killedAfter(path, Math.random() * LIFE_MS);
    const read = execFileSync(process.execPath, [READER, path], { encoding: 'utf8' });
    // What the reader prints.
    const { integrity, lastId } = JSON.parse(read) as { integrity: string; lastId: number };
    expect(integrity).toBe('ok');
    const kept = said.filter(({ word }) => word === 'kept').map(({ id }) => id);
    expect(lastId).toBeGreaterThanOrEqual(Math.max(0, ...kept));
    const told = said.filter(({ word }) => word === 'told');
    const lost = told.find(({ id }) => id > lastId);
    if (lost !== undefined) lostMostMs = Math.max(lostMostMs, (told.at(-1)?.atMs ?? 0) - lost.atMs);
  }
  // How much was not written yet depends on the machine: reported, not judged.
  console.info(`${KILLS} kills: at most the last ${lostMostMs} ms were lost`);
});
