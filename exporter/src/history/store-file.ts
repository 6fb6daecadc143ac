/** The file of the store: rows in, rows out, always in whole transactions; throws what SQLite says. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { AppError } from '../lib/errors.js';
import { createTables, LAYOUT, prepareFile } from './store-schema.js';

const FILE = 'history.db';

/** Values as SQLite has them. */
export type Cell = string | number | null | Uint8Array;
export type Row = readonly Cell[];

export class StoreFile {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  /** Throws `history_unusable`, or what SQLite says. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    const path = join(directory, FILE);
    this.#db = new Database(path);
    try {
      prepareFile(this.#db);
      const layout = this.#layout();
      if (layout !== 0 && layout !== LAYOUT) {
        const what = `${path} has layout ${layout}, this program writes ${LAYOUT}`;
        throw new AppError('history_unusable', `${what}: move it away, or use that program.`);
      }
      createTables(this.#db);
      this.#db.exec(`PRAGMA user_version = ${LAYOUT}`);
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** All or nothing. */
  together<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  run(sql: string, ...cells: Row): void {
    this.#statement(sql).run(cells);
  }

  all(sql: string, ...cells: Row): readonly Row[] {
    // Rows as lists, as `raw` makes them.
    return this.#statement(sql).raw().all(cells) as readonly Row[];
  }

  /** First cell of the first row, as a number; undefined = none. */
  number(sql: string, ...cells: Row): number | undefined {
    const value = this.all(sql, ...cells)[0]?.[0];
    return value === undefined || value === null ? undefined : Number(value);
  }

  /** Of the file without its log. */
  bytes(): number {
    const pages = this.number(
      'SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count',
    );
    return (pages ?? 0) * (this.number('SELECT page_size FROM pragma_page_size') ?? 0);
  }

  /** Gives free pages back to the disk, some at a time. */
  shrink(pages: number): void {
    this.#db.exec(`PRAGMA incremental_vacuum(${pages})`);
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #layout(): number {
    return this.number('SELECT user_version FROM pragma_user_version') ?? 0;
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // A full disk ended the transaction already.
    }
  }
}

/** A blob of a row. */
export function blobOf(cell: Cell | undefined): Uint8Array {
  return cell instanceof Uint8Array ? cell : new Uint8Array(0);
}

export function textOf(cell: Cell | undefined): string | null {
  return typeof cell === 'string' ? cell : null;
}
