/** Tables of the store and the settings under which its file survives whatever ends the program. */
import type Database from 'libsql';

/** Of the layout of the tables; a file of another one is left alone. */
export const LAYOUT = 1;

/** Pages of 4 KiB that a checkpoint moves from the log into the file. */
const CHECKPOINT_PAGES = 500;
/** What the thread holds of the file. */
const CACHE_KIB = 1_024;
/** The log shrinks back to this after a storm. */
const LOG_BYTES = 4_194_304;

/** Steps of samples that are kept, finest first: how long each, and for how long; `retention` = as long as events. */
export const SAMPLE_STEPS = [
  { seconds: 10, keepMs: 6 * 3_600_000 },
  { seconds: 60, keepMs: 3 * 86_400_000 },
  { seconds: 600, keepMs: Number.POSITIVE_INFINITY },
] as const;

/**
 * WAL and `synchronous=NORMAL`: a killed process loses nothing that was committed; a power cut what
 * was committed since the last checkpoint, never the file. Locked for as long as it is open: two
 * exporters with one directory would mix two fleets.
 */
export function prepareFile(db: Database.Database): void {
  db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.pragma(`cache_size = -${CACHE_KIB}`);
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  db.pragma(`journal_size_limit = ${LOG_BYTES}`);
  db.pragma('temp_store = MEMORY');
}

export function createTables(db: Database.Database): void {
  db.exec(`
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value NUMERIC) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS minion (ref INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, seen_ms INTEGER NOT NULL, rtt REAL);
    CREATE TABLE IF NOT EXISTS event (
      id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, ref INTEGER, status TEXT,
      reason TEXT, link TEXT, confidence TEXT, jid TEXT, count INTEGER NOT NULL, text TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS event_minion ON event (ref, id);
    CREATE INDEX IF NOT EXISTS event_kind ON event (kind, id);
    CREATE TABLE IF NOT EXISTS track (at_ms INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS states (at_ms INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS gap (from_ms INTEGER PRIMARY KEY, to_ms INTEGER NOT NULL);
    ${SAMPLE_STEPS.map(({ seconds }) => `CREATE TABLE IF NOT EXISTS sample_${seconds} (at_ms INTEGER PRIMARY KEY, body BLOB NOT NULL);`).join('\n')}
  `);
}
