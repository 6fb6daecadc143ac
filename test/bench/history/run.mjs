/**
 * The history of 1,000 and 10,000 minions: the day before now is written with a clock of its own, its size and
 * its CPU time are measured, 14 days calculated; then the built exporter is asked for timelines of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistoryStore } from '../../../exporter/dist/history/store.js';
import { upkeep } from '../../../exporter/dist/history/upkeep.js';
import { askTimelines } from './answers.mjs';

const DAY_MS = 86_400_000;
const SAMPLE_MS = 10_000;
const BATCH_MS = 60_000;
const RETENTION_DAYS = 14;
/** Part of the day that is written; the sizes are calculated from it. */
const HOURS = Number(process.env.BENCH_HOURS ?? 24);
/** What the fleet does in a day: flaps of each minion, changes of status beside them, restarts. */
const DAY = { flaps: 2, changes: 100, restarts: 2 };
/** Minions whose queue, lag, round trip or wait departs from idle in one sample. */
const DEPARTING = 0.02;
/** A day takes about so long to write: it ends when the questions begin. */
const WRITING_MS = 120_000;

/** Numbers that look random and are the same each time. */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function writeDay(store, minions, startMs) {
  const draw = random(7);
  const ids = Array.from(
    { length: minions },
    (_, n) => `minion-${String(n).padStart(5, '0')}.example.org`,
  );
  let id = startMs * 1_024;
  const event = (kind, minion, rest) => ({
    id: ++id,
    kind,
    minion,
    status: null,
    reason: null,
    link: null,
    confidence: null,
    jid: null,
    count: 1,
    text: 'Its publish link was back 1.2 s after it ended. (kernel)',
    quiet: false,
    ...rest,
  });
  const statuses = ['slow', 'ok', 'absent', 'ok', 'stalled', 'ok'];
  const perBatch = (perDay) => (minions * perDay * BATCH_MS) / DAY_MS;
  const state = new Uint8Array(minions);
  const cpu = { events: 0, samples: 0, upkeep: 0 };
  let written = 0;
  const timed = (what, work) => {
    const before = process.cpuUsage();
    work();
    const used = process.cpuUsage(before);
    cpu[what] += used.user + used.system;
  };
  store.write(
    ids.map((minion) => event('status', minion, { atMs: startMs, status: 'ok', quiet: true })),
    startMs,
  );
  const endMs = startMs + HOURS * 3_600_000;
  let nextRestartMs = startMs + DAY_MS / (DAY.restarts + 1);
  for (let now = startMs + BATCH_MS; now <= endMs; now += BATCH_MS) {
    const batch = [];
    for (let n = perBatch(DAY.changes); n > draw(); n -= 1) {
      const row = Math.floor(draw() * minions);
      const status = statuses[state[row]++ % statuses.length];
      batch.push(event('status', ids[row], { atMs: now - draw() * BATCH_MS, status, quiet: true }));
    }
    for (let n = perBatch(DAY.flaps); n > draw(); n -= 1) {
      const minion = ids[Math.floor(draw() * minions)];
      for (const kind of ['disconnect', 'connect', 'flap', 'status']) {
        batch.push(event(kind, minion, { atMs: now, status: kind === 'status' ? 'ok' : null }));
      }
    }
    if (now >= nextRestartMs) {
      nextRestartMs += DAY_MS / (DAY.restarts + 1);
      for (const minion of ids) {
        for (const kind of ['disconnect', 'connect'])
          batch.push(event(kind, minion, { atMs: now }));
      }
    }
    written += batch.length;
    timed('events', () => store.write(batch, now));
    for (let at = now; at < now + BATCH_MS; at += SAMPLE_MS) {
      const column = (usual, high) =>
        Float32Array.from({ length: minions }, () => (draw() < DEPARTING / 4 ? high : usual));
      const sample = {
        wallMs: at,
        ids,
        pressure: column(0, 0.4),
        lagSeconds: column(0, 2),
        waitSeconds: column(0, 1),
        rttSeconds: column(0.0005, 0.02),
      };
      timed('samples', () => store.writeSample(sample));
    }
    timed('upkeep', () => upkeep(store, now));
  }
  return { cpu, written, endMs };
}

async function measure(minions) {
  const path = mkdtempSync(join(tmpdir(), 'brinescope-history-bench-'));
  try {
    const startMs = Date.now() + WRITING_MS - HOURS * 3_600_000;
    const settings = { path, retentionMs: RETENTION_DAYS * DAY_MS, maxBytes: 1e12 };
    const store = new HistoryStore(settings, startMs);
    const { cpu, written, endMs } = writeDay(store, minions, startMs);
    const bytes = store.file.bytes();
    const part = (table) =>
      store.file.number(`SELECT sum(pgsize) FROM dbstat WHERE name = ?`, table) ?? 0;
    const parts = [
      'event',
      'event_minion',
      'event_kind',
      'track',
      'states',
      'sample_10',
      'sample_60',
      'sample_600',
    ].map((table) => [table, part(table)]);
    const days = HOURS / 24;
    // The finest steps are kept for six hours and three days only.
    const kept = { sample_10: Math.min(days, 0.25), sample_60: Math.min(3, RETENTION_DAYS) };
    const held = { sample_10: Math.min(days, 0.25), sample_60: days };
    const total = parts.reduce(
      (sum, [table, size]) =>
        sum + (size / (held[table] ?? days)) * (kept[table] ?? RETENTION_DAYS),
      0,
    );
    const mb = (size) => `${(size / 1e6).toFixed(1)} MB`;
    console.log(
      `${minions} minions, ${HOURS} h: ${written} events and changes of status, ${mb(bytes)}`,
    );
    console.log(`  ${parts.map(([table, size]) => `${table} ${mb(size)}`).join(', ')}`);
    console.log(`  ${RETENTION_DAYS} days, calculated: ${mb(total)}`);
    const seconds = HOURS * 3_600;
    const share = (micros) => `${(micros / 1e4 / seconds).toFixed(3)} %`;
    const all = cpu.events + cpu.samples + cpu.upkeep;
    console.log(
      `  of a core: events ${share(cpu.events)}, samples ${share(cpu.samples)}, upkeep ${share(cpu.upkeep)}, all ${share(all)}`,
    );
    store.close(endMs);
    await askTimelines(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

const asked = process.argv.slice(2).map(Number);
for (const minions of asked.length > 0 ? asked : [1_000, 10_000]) await measure(minions);
