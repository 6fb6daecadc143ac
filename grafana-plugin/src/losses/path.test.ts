/** Losses of tables and of counters become the same path; figures that are not known stay unknown. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DataFrame } from '@grafana/data';
import { describe, expect, it } from 'vitest';
import { lossFrames, lossSeries } from '../../../test/grafana/sample-losses';
import type { FrameInput } from '../../../test/grafana-host/host-api';
import { bookOfFrames } from './from-frames';
import { gainOf } from './from-series';
import { type LossBook, pathOf, RUNBOOKS } from './path';

const EVERYTHING = { job: '', minion: '' };

/** As Grafana hands them over, as far as this reads them. */
function framesOf(inputs: readonly FrameInput[]): DataFrame[] {
  const frames = inputs.map(({ fields }) => ({ fields, length: fields[0]?.values.length ?? 0 }));
  return frames as unknown as DataFrame[];
}

function bookOf(inputs: readonly FrameInput[]): LossBook {
  const book = bookOfFrames(framesOf(inputs));
  if (book === null) throw new Error('these frames tell of losses');
  return book;
}

const lossesOf = (book: LossBook, choice: Partial<typeof EVERYTHING> = {}) =>
  Object.fromEntries(
    pathOf(book, { ...EVERYTHING, ...choice }).links.map(({ link, losses }) => [link, losses]),
  );

describe('a path from tables of our data source', () => {
  const book = bookOf(lossFrames());

  it('adds up what each link lost, and what goes on', () => {
    const { totals, judged, links } = pathOf(book, { ...EVERYTHING, job: '20261121021922114529' });
    expect(totals).toMatchObject({ expected: 507, returned: 418, missing: 89 });
    expect(judged).toBe(89);
    expect(links.map(({ losses }) => losses)).toEqual([0, 31, 23, 17, 8, 3, 2, 5]);
    expect(links.map(({ goOn }) => goOn)).toEqual([null, 58, 35, 18, 10, 7, 5, 0]);
    expect(links[2]?.bySureness).toMatchObject({ proven: 19, likely: 4 });
    expect(links[2]?.reasons).toEqual([
      ['hwm', 19],
      ['disconnect', 4],
    ]);
  });

  it('adds jobs up, and of a single minion does not pretend to know what it owed', () => {
    expect(pathOf(book, EVERYTHING).totals).toEqual({ expected: 907, returned: 817, missing: 90 });
    const one = pathOf(book, { ...EVERYTHING, minion: 'db-r02' });
    expect(one.totals).toBeNull();
    expect(one.judged).toBe(1);
    expect(one.verdicts?.map(({ minion }) => minion)).toEqual(['db-r02-7']);
  });

  it('tells the present by the minions asked for, and what was not asked is not known', () => {
    expect(book.present).toMatchObject({ absent: 10, halfOpen: 1, waiting: 2, pressureMax: 0.82 });
    expect(book.present.wedged).toBeNull();
    const alone = bookOf(lossFrames().slice(0, 1));
    expect(alone.present.absent).toBeNull();
    expect(alone.totals).toBeNull();
  });
});

describe('a path from counters of Prometheus', () => {
  const book = bookOf(lossSeries());

  it('takes what was gained in the range, through a restart, less what was revised', () => {
    expect(lossesOf(book)).toMatchObject({ '1': 2, '2': 9, '3': 10, '6': 0 });
    const third = pathOf(book, EVERYTHING).links[2];
    // The two that came after all were the least sure.
    expect(third?.bySureness).toMatchObject({ proven: 7, likely: 3 });
    expect(book.totals).toEqual({ expected: 400, returned: 381, missing: 19 });
    expect(book.present).toMatchObject({ absent: 3, wedged: 1, stalled: null, waiting: null });
  });

  it('has no sureness for a single minion, and says so', () => {
    const { links, totals } = pathOf(book, { ...EVERYTHING, minion: 'web-1' });
    expect(links[1]?.bySureness).toEqual({ proven: 0, likely: 0, unknown: 0, untold: 3 });
    expect(totals).toBeNull();
  });

  it('counts the gain of a counter that began anew', () => {
    const of = (values: number[]) => gainOf({ family: '', labels: {}, times: [], values });
    expect(of([4, 10, 3])).toBe(9);
    expect(of([7])).toBe(0);
    expect(of([])).toBe(0);
  });
});

describe('other frames', () => {
  it('are no losses', () => {
    const other = framesOf([{ fields: [{ name: 'jid', type: 'string', values: ['1'] }] }]);
    expect(bookOfFrames(other)).toBeNull();
    expect(bookOfFrames([])).toBeNull();
  });
});

it('every link has a runbook that exists', () => {
  for (const name of Object.values(RUNBOOKS)) {
    const file = fileURLToPath(new URL(`../../../alerts/runbooks/${name}.md`, import.meta.url));
    expect(existsSync(file), name).toBe(true);
  }
});
