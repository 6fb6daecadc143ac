/** Numbers for key ids, in the store and in the thread; with what is known of each minion now. */
import type { StoreFile } from './store-file.js';
import { NO_DATA } from './timeline-states.js';

export class MinionBook {
  readonly #file: StoreFile;
  readonly #refs = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly usual = { rttSeconds: new Float32Array(1_024).fill(Number.NaN) };
  /** State code by ref. */
  codes = new Uint8Array(1_024).fill(NO_DATA);
  /** By ref; undefined = somebody came since. */
  #ranks: Uint32Array | undefined;

  constructor(file: StoreFile) {
    this.#file = file;
    for (const [ref, id, rtt] of file.all('SELECT ref, id, rtt FROM minion')) {
      this.#add(String(id), Number(ref), rtt === null ? Number.NaN : Number(rtt));
    }
  }

  get size(): number {
    return this.#refs.size;
  }

  /** Refs are below this. */
  get limit(): number {
    return this.#ids.length;
  }

  entries(): Iterable<[string, number]> {
    return this.#refs;
  }

  find(id: string): number | undefined {
    return this.#refs.get(id);
  }

  idOf(ref: number): string {
    return this.#ids[ref] ?? '';
  }

  /** Place of each ref in the order of names. */
  ranks(): Uint32Array {
    if (this.#ranks !== undefined) return this.#ranks;
    const ranks = new Uint32Array(this.limit);
    // Code units, as `<` has them: ids are no words of a language.
    const sorted = [...this.#refs].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [rank, [, ref]] of sorted.entries()) ranks[ref] = rank;
    this.#ranks = ranks;
    return ranks;
  }

  /** Only inside a transaction: a new id is written at once. */
  refOf(id: string, atMs: number): number {
    const known = this.#refs.get(id);
    if (known !== undefined) return known;
    const ref = Math.max(1, this.#ids.length);
    this.#file.run(
      'INSERT INTO minion (ref, id, seen_ms) VALUES (?, ?, ?)',
      ref,
      id,
      Math.round(atMs),
    );
    this.#add(id, ref, Number.NaN);
    return ref;
  }

  /** After a transaction that failed: what it wrote is not there. */
  forgetUnwritten(): void {
    const written = new Set(this.#file.all('SELECT ref FROM minion').map(([ref]) => Number(ref)));
    for (const [id, ref] of this.#refs) if (!written.has(ref)) this.#refs.delete(id);
  }

  /** Usual round trips, and who is still there; inside a transaction. */
  save(ids: readonly string[], atMs: number): void {
    for (const id of ids) {
      const ref = this.#refs.get(id);
      if (ref === undefined) continue;
      const rtt = this.usual.rttSeconds[ref] ?? Number.NaN;
      const sql = 'UPDATE minion SET seen_ms = ?, rtt = ? WHERE ref = ?';
      this.#file.run(sql, Math.round(atMs), Number.isNaN(rtt) ? null : rtt, ref);
    }
  }

  /** Who was not seen since and of whom no event is left; inside a transaction. */
  purge(beforeMs: number): void {
    const sql = `SELECT ref, id FROM minion WHERE seen_ms < ?
      AND NOT EXISTS (SELECT 1 FROM event WHERE event.ref = minion.ref)`;
    for (const [ref, id] of this.#file.all(sql, beforeMs)) {
      if ((this.codes[Number(ref)] ?? NO_DATA) !== NO_DATA) continue;
      this.#file.run('DELETE FROM minion WHERE ref = ?', Number(ref));
      this.#refs.delete(String(id));
    }
  }

  #add(id: string, ref: number, rtt: number): void {
    this.#ranks = undefined;
    this.#refs.set(id, ref);
    this.#ids[ref] = id;
    if (ref >= this.codes.length) {
      const codes = new Uint8Array(ref * 2).fill(NO_DATA);
      codes.set(this.codes);
      this.codes = codes;
      const rtts = new Float32Array(ref * 2).fill(Number.NaN);
      rtts.set(this.usual.rttSeconds);
      this.usual.rttSeconds = rtts;
    }
    this.codes[ref] = NO_DATA;
    this.usual.rttSeconds[ref] = rtt;
  }
}
