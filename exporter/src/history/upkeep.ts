/** Keeps the store within its age and its bytes, and joins what was written second by second. */

import { IDS_PER_MS } from './record.js';
import type { HistoryStore } from './store.js';
import { blobOf } from './store-file.js';
import { SAMPLE_STEPS } from './store-schema.js';
import { joinTracks, viewTrack } from './track.js';

/** Bodies of the track hold so much time in the end. */
const BLOCK_MS = 600_000;
/** Blocks joined in one look; a store that was not open for long has none to join. */
const BLOCKS_PER_LOOK = 24;
/** Part of the time that is left to keep which goes when there are too many bytes. */
const CUT_PARTS = 32;
const CUTS_PER_LOOK = 8;
/** Pages given back in one look: 8 MiB. */
const PAGES_PER_LOOK = 2_048;

/** To be called about once a minute. Throws what SQLite says. */
export function upkeep(store: HistoryStore, nowMs: number): void {
  joinBlocks(store, nowMs);
  forgetBefore(store, nowMs - store.settings.retentionMs);
  for (const { seconds, keepMs } of SAMPLE_STEPS) {
    if (!Number.isFinite(keepMs)) continue;
    store.file.run(`DELETE FROM sample_${seconds} WHERE at_ms < ?`, Math.round(nowMs - keepMs));
  }
  let cutMs = oldestMs(store) ?? nowMs;
  for (let cut = 0; cut < CUTS_PER_LOOK && cutMs < nowMs; cut += 1) {
    if (store.file.bytes() <= store.settings.maxBytes) break;
    cutMs += Math.max(1_000, (nowMs - cutMs) / CUT_PARTS);
    forgetBefore(store, cutMs);
  }
  store.keepRecent(nowMs);
  store.file.shrink(PAGES_PER_LOOK);
}

/**
 * Of events and samples. The states and the track before them stay for the sake of what follows, up
 * to an hour: nothing would be cut for as long as they were counted from. undefined = there is none.
 */
function oldestMs({ file }: HistoryStore): number | undefined {
  const all = [
    file.number('SELECT at_ms FROM event ORDER BY id LIMIT 1'),
    ...SAMPLE_STEPS.map(({ seconds }) => file.number(`SELECT min(at_ms) FROM sample_${seconds}`)),
  ].filter((ms): ms is number => ms !== undefined);
  if (all.length > 0) return Math.min(...all);
  return file.number('SELECT min(at_ms) FROM states');
}

function forgetBefore(store: HistoryStore, beforeMs: number): void {
  const before = Math.round(beforeMs);
  store.file.together(() => {
    const { file } = store;
    const last = file.number(
      'SELECT id FROM event WHERE id >= ? ORDER BY id LIMIT 1',
      before * IDS_PER_MS,
    );
    if (last !== undefined) file.run('DELETE FROM event WHERE id < ?', last);
    else file.run('DELETE FROM event WHERE at_ms < ?', before);
    // Timelines begin at the states before: those that are left must come first.
    const states = file.number('SELECT max(at_ms) FROM states WHERE at_ms <= ?', before);
    const cutMs = states ?? file.number('SELECT min(at_ms) FROM states') ?? before;
    file.run('DELETE FROM states WHERE at_ms < ?', cutMs);
    file.run('DELETE FROM track WHERE at_ms < ?', cutMs);
    file.run('DELETE FROM gap WHERE to_ms < ?', before);
    for (const { seconds } of SAMPLE_STEPS) {
      file.run(`DELETE FROM sample_${seconds} WHERE at_ms < ?`, before);
    }
    store.minions.purge(before);
  });
}

/** Ten minutes that are over become one body. */
function joinBlocks({ file }: HistoryStore, nowMs: number): void {
  const overMs = Math.floor(nowMs / BLOCK_MS) * BLOCK_MS;
  const blocks = file.all(
    `SELECT at_ms / ${BLOCK_MS} AS block, count(*) AS bodies FROM track
     WHERE at_ms < ? GROUP BY block HAVING bodies > 1 ORDER BY block LIMIT ${BLOCKS_PER_LOOK}`,
    overMs,
  );
  for (const [block] of blocks) {
    const fromMs = Number(block) * BLOCK_MS;
    const span = [fromMs, fromMs + BLOCK_MS] as const;
    file.together(() => {
      const where = 'WHERE at_ms >= ? AND at_ms < ?';
      const rows = file.all(`SELECT at_ms, body FROM track ${where} ORDER BY at_ms`, ...span);
      const lastMs = Number(rows.at(-1)?.[0]);
      const parts = rows.map(([atMs, body]) => ({
        baseMs: Number(atMs),
        track: viewTrack(blobOf(body)),
      }));
      file.run(`DELETE FROM track ${where}`, ...span);
      // Under the instant of the last: what comes after some states is never hidden before them.
      const joined = joinTracks(lastMs, parts);
      file.run('INSERT INTO track (at_ms, body) VALUES (?, ?)', lastMs, joined);
    });
  }
}
