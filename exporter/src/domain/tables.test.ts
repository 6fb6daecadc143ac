/**
 * The two hash tables against plain maps: nothing lost, nothing found twice, full tables say so.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acquireAddress,
  createAddressTable,
  findAddress,
  NO_ADDRESS,
  releaseAddress,
} from './address-table.js';
import { createLinkTable, findLink, insertLink, removeLink } from './link-table.js';

/** Few buckets and keys with equal low bits, so that probe chains are long and wrap around. */
const key = fc.tuple(fc.nat(40), fc.nat(2));
const change = fc.record({ insert: fc.boolean(), key });

/** A property run takes a second alone and shares its machine with other suites. */
const PROPERTY_TIMEOUT_MS = 60_000;

describe('link table', () => {
  it(
    'finds what was put in and not taken out, in any order',
    () => {
      fc.assert(
        fc.property(fc.array(change, { maxLength: 200, size: 'max' }), (changes) => {
          const table = createLinkTable(24);
          const model = new Map<string, number>();
          for (const { insert, key } of changes) {
            const [low, high] = key;
            const slot = findLink(table, low, high);
            expect(slot).toBe(model.get(key.join()) ?? -1);
            if (insert && slot < 0) {
              const fresh = insertLink(table, low, high);
              expect(fresh >= 0).toBe(model.size < 24);
              if (fresh >= 0) model.set(key.join(), fresh);
            } else if (!insert && slot >= 0) {
              removeLink(table, slot);
              model.delete(key.join());
            }
            expect(table.size).toBe(model.size);
          }
          for (const [text, slot] of model) {
            const [low = 0, high = 0] = text.split(',').map(Number);
            expect(findLink(table, low, high)).toBe(slot);
          }
          expect(new Set(model.values()).size).toBe(model.size);
        }),
        { numRuns: 200 },
      );
    },
    PROPERTY_TIMEOUT_MS,
  );
});

describe('address table', () => {
  it(
    'keeps an address as long as somebody uses it',
    () => {
      fc.assert(
        fc.property(fc.array(change, { maxLength: 200, size: 'max' }), (changes) => {
          const capacity = 20;
          const table = createAddressTable(capacity);
          const pinned = table.size;
          const model = new Map<string, { entry: number; uses: number }>();
          for (const { insert, key } of changes) {
            const words = [0, 0, key[1], key[0] + 100];
            const known = model.get(key.join());
            expect(findAddress(table, words, 0)).toBe(known?.entry ?? NO_ADDRESS);
            if (insert) {
              const entry = acquireAddress(table, words, 0);
              if (known === undefined && model.size + pinned >= capacity - 1) {
                expect(entry).toBe(NO_ADDRESS);
              } else if (known === undefined) {
                model.set(key.join(), { entry, uses: 1 });
              } else {
                expect(entry).toBe(known.entry);
                known.uses += 1;
              }
            } else if (known !== undefined) {
              releaseAddress(table, known.entry);
              known.uses -= 1;
              if (known.uses === 0) model.delete(key.join());
            }
            expect(table.size).toBe(model.size + pinned);
          }
        }),
        { numRuns: 200 },
      );
    },
    PROPERTY_TIMEOUT_MS,
  );
});
