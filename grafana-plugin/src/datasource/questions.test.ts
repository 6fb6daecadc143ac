/** What exporters are asked for a query, and which rows of their answers are left. */
import { describe, expect, it, vi } from 'vitest';
import type { Answers, ExporterApi, Params } from './api';
import { type Question, Questions } from './questions';
import type { BrinescopeQuery } from './types';

// Grafana's packages are made for browsers; of them only these are reached here.
vi.mock('@grafana/data', () => ({
  createDataFrame: (frame: { fields: { values: unknown[] }[] }) => ({
    ...frame,
    length: frame.fields[0]?.values.length ?? 0,
  }),
  FieldType: { time: 'time', number: 'number', string: 'string', other: 'other' },
}));
vi.mock('@grafana/runtime', () => ({}));
vi.mock('@grafana/i18n', () => ({ t: (_key: string, text: string) => text }));

const MASTERS = [
  { index: 0, name: 'a' },
  { index: 1, name: 'b' },
];
const job = (jid: string, began: string) => ({ jid, function: 'test.ping', began });
const loss = (minion: string) => ({
  ...{ minion, jid: '1', function: 'test.ping', link: '3', reason: 'hwm' },
  ...{ confidence: 'proven', evidence: ['Sent.'], decided: '2026-11-21T03:00:00Z' },
});

/** Answers what it is told to, and remembers what it was asked. */
class Exporter implements Pick<ExporterApi, 'askAll' | 'ask'> {
  readonly asked: { path: string; params: Params; masters: string[] }[] = [];
  readonly #view: object;

  constructor(view: object) {
    this.#view = view;
  }

  async ask<T>(): Promise<T> {
    return { master: null } as T;
  }

  async askAll<T>(
    masters: readonly (typeof MASTERS)[number][],
    path: string,
    params: Params,
  ): Promise<Answers<T>> {
    this.asked.push({ path, params, masters: masters.map(({ name }) => name) });
    return { answers: masters.map((master) => ({ master, view: this.#view as T })), failures: [] };
  }
}

async function put(
  view: object,
  over: Omit<Partial<Question>, 'query'> & { query: Partial<BrinescopeQuery> },
) {
  const exporter = new Exporter(view);
  const questions = new Questions(exporter as unknown as ExporterApi);
  const answered = await questions.answer({
    ...{ masters: MASTERS, several: true, maxDataPoints: 1000, filters: [] },
    ...{ fromMs: Date.UTC(2026, 10, 21, 2), toMs: Date.UTC(2026, 10, 21, 4) },
    ...over,
    query: { refId: 'A', queryType: 'minions', ...over.query },
  });
  const [frame] = answered.frames;
  const column = (name: string) => frame?.fields.find((one) => one.name === name)?.values;
  return { asked: exporter.asked[0], notices: answered.notices, column };
}

const eq = (key: string, value: string) => ({ key, operator: '=', value });

describe('a question', () => {
  it('names to the exporter what it understands, and asks the masters that are wanted', async () => {
    const view = { of: 0, offset: 0, rows: [] };
    const query = { queryType: 'losses', master: 'b' } as const;
    const { asked } = await put(view, {
      query,
      filters: [eq('minion', 'm1'), eq('function', 'f')],
    });
    expect(asked).toEqual({
      path: 'losses',
      params: { minion: 'm1', function: 'f', limit: 200 },
      masters: ['b'],
    });
    const none = await put(view, { query: {}, filters: [eq('master', 'a')] });
    expect(none.asked?.masters).toEqual(['a']);
  });

  it('asks for all where more ids are named than the exporter takes, and compares them itself', async () => {
    const ids = Array.from({ length: 150 }, (_, k) => `m${k}`);
    const view = { of: 3, offset: 0, rows: [loss('m1'), loss('other'), loss('m149')] };
    const query = { queryType: 'losses', minion: ids.join(',') } as const;
    const { asked, column } = await put(view, { query });
    expect(asked?.params.minion).toBeUndefined();
    expect(column('minion')).toEqual(['m1', 'm149', 'm1', 'm149']);
    expect(column('master')).toEqual(['a', 'a', 'b', 'b']);
  });

  it('compares what only it can, and leaves whole what has no such column', async () => {
    const view = { of: 2, offset: 0, rows: [loss('web-1'), loss('db-1')] };
    const filters = [{ key: 'minion', operator: '=~', value: 'web.*' }];
    const losses = await put(view, { query: { queryType: 'losses' }, filters });
    expect(losses.column('minion')).toEqual(['web-1', 'web-1']);
    const jobs = { of: 1, offset: 0, rows: [job('1', '2026-11-21T03:00:00Z')] };
    const whole = await put(jobs, { query: { queryType: 'jobs' }, filters });
    expect(whole.column('jid')).toEqual(['1', '1']);
  });

  it('shows jobs of the time range, and says when there are more', async () => {
    const rows = [job('1', '2026-11-21T03:00:00Z'), job('2', '2026-11-20T03:00:00Z')];
    const { column, notices } = await put(
      { of: 900, offset: 0, rows },
      { query: { queryType: 'jobs' } },
    );
    expect(column('jid')).toEqual(['1', '1']);
    expect(notices).toHaveLength(1);
  });

  it('asks no exporter for series of nobody', async () => {
    const { asked, notices } = await put({}, { query: { queryType: 'series' } });
    expect(asked).toBeUndefined();
    expect(notices.join()).toMatch(/Name the minions/);
  });
});
