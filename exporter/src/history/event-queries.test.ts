/** What is told of all time, where the first thing known is that nothing was kept. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EventLog } from './event-log.js';
import { findTotals } from './event-queries.js';
import { HistoryStore } from './store.js';

const HOUR_MS = 3_600_000;
const BEGIN_MS = Date.UTC(2026, 2, 1);

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

function openStore(): HistoryStore {
  const path = mkdtempSync(join(tmpdir(), 'brinescope-totals-'));
  undo.push(() => rmSync(path, { recursive: true, force: true }));
  const settings = { path, retentionMs: 14 * 24 * HOUR_MS, maxBytes: 1e9 };
  const store = new HistoryStore(settings, BEGIN_MS);
  undo.push(() => store.close(BEGIN_MS));
  return store;
}

describe('totals of all time', () => {
  it.each([
    ['without an event', 0],
    ['before the first event', 1],
  ])('begin with a gap %s', (_title, events) => {
    const store = openStore();
    const gap = { fromMs: BEGIN_MS, toMs: BEGIN_MS + HOUR_MS };
    store.endGap(gap);
    const connect = { kind: 'connect', minion: 'm1', wallMs: gap.toMs, evidence: 1 } as const;
    if (events > 0) store.write(new EventLog().add([connect], gap.toMs), gap.toMs);
    const asked = { kind: 'totals', minion: undefined, fromMs: undefined } as const;
    const found = findTotals(store, { ...asked, toMs: gap.toMs + 1 });
    expect([found.fromMs, found.gaps, found.rows.length]).toEqual([BEGIN_MS, [gap], events]);
  });
});
