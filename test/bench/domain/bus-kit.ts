/** Batches of the bus as its source tells them, made of plain words. */
import {
  type BusBatch,
  clearRow,
  createBusColumns,
  type JobAnnouncement,
  SUCCESS,
  SUCCESS_SAID,
  type WorkerStats,
} from '../../../exporter/src/domain/bus-batch.js';
import { BUS_KINDS, type BusKind } from '../../../exporter/src/domain/vocabulary.js';
import { instant } from './kit.js';

export interface Told {
  readonly kind: BusKind;
  /** Milliseconds after the beginning of the run: when it was fired. */
  readonly atMs: number;
  readonly lateMs?: number;
  /** False: its stamp cannot be read. */
  readonly stamped?: boolean;
  readonly minion?: string;
  readonly jid?: string;
  readonly fun?: string;
  readonly state?: string;
  readonly about?: string;
  readonly code?: number;
  readonly flags?: number;
  /** Of a `new`. */
  readonly minions?: readonly string[];
  readonly unlisted?: number;
}

class Names {
  readonly #numbers = new Map<string, number>();
  #told = 0;
  readonly #texts: string[] = [];

  numberOf(text: string | undefined): number {
    if (text === undefined) return -1;
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  news(): BusBatch['names']['minions'] {
    const first = this.#told;
    this.#told = this.#texts.length;
    return { generation: 0, first, texts: this.#texts.slice(first) };
  }
}

/** One source: names keep their numbers from batch to batch. */
export class BusTeller {
  readonly #minions = new Names();
  readonly #jids = new Names();
  readonly #funs = new Names();

  batch(events: readonly Told[], stats: readonly WorkerStats[] = []): BusBatch {
    const columns = createBusColumns(Math.max(1, events.length));
    const announcements: JobAnnouncement[] = [];
    events.forEach((told, row) => {
      const { monoMs } = instant(told.atMs + (told.lateMs ?? 0));
      clearRow(columns, row, { event: BUS_KINDS.indexOf(told.kind), arrivedMonoMs: monoMs });
      if (told.stamped ?? true) columns.stampWallMs[row] = instant(told.atMs).wallMs;
      columns.minion[row] = this.#minions.numberOf(told.minion);
      columns.jid[row] = this.#jids.numberOf(told.jid);
      columns.fun[row] = this.#funs.numberOf(told.fun);
      columns.state[row] = this.#funs.numberOf(told.state);
      columns.about[row] = this.#jids.numberOf(told.about);
      if (told.code !== undefined) columns.code[row] = told.code;
      columns.flags[row] = told.flags ?? (told.kind === 'ret' ? SUCCESS | SUCCESS_SAID : 0);
      if (told.kind !== 'new') return;
      announcements.push({
        row,
        minions: Int32Array.from(told.minions ?? [], (id) => this.#minions.numberOf(id)),
        missing: 0,
        unlisted: told.unlisted ?? 0,
        targetType: 'glob',
      });
    });
    const names = {
      minions: this.#minions.news(),
      jids: this.#jids.news(),
      funs: this.#funs.news(),
    };
    return {
      kind: 'bus_batch',
      count: events.length,
      ...columns,
      names,
      announcements,
      stats,
      backlogBytes: 0,
    };
  }
}
