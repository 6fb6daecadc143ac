/** Minions, connections and sources over HTTP: what is asked, in which order, and what is refused. */
import { describe, expect, it } from 'vitest';
import type {
  LinksView,
  MinionDetailView,
  MinionsView,
  SourcesView,
} from '../../exporter/src/http/minions-api-types.js';
import { type ServerOptions, withServer } from './http-fixture.js';
import { fleetEpoch } from './sample-fleet.js';

async function ask<T>(
  path: string,
  options: ServerOptions = {},
): Promise<{ status: number; body: T }> {
  return withServer(options, async (url) => {
    const response = await fetch(url + path);
    expect(response.headers.get('cache-control')).toBe('no-store');
    return { status: response.status, body: (await response.json()) as T };
  });
}

const message = (body: unknown) => (body as { error: { message: string } }).error.message;

describe('GET /api/v1/minions', () => {
  it('lists the worst first, and counts all that match', async () => {
    const { body } = await ask<MinionsView>('/api/v1/minions?limit=3');
    expect(body.of).toBe(400);
    expect(body.byStatus).toMatchObject({ absent: 5, half_open: 3, ok: 383 });
    expect(body.rows.map(({ status }) => status)).toEqual(['absent', 'absent', 'absent']);
  });

  it('filters by pattern, part of the id and status, and pages', async () => {
    const all = (await ask<MinionsView>('/api/v1/minions?limit=5000&sort=name')).body.rows;
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    const some = (await ask<MinionsView>('/api/v1/minions?minion=mq-*&sort=name&limit=5000')).body;
    expect(some.rows.map(({ id }) => id)).toEqual(ids.filter((id) => id.startsWith('mq-')));
    const part = (await ask<MinionsView>('/api/v1/minions?search=R13&sort=name&limit=5000')).body;
    expect(part.rows.map(({ id }) => id)).toEqual(ids.filter((id) => id.includes('r13')));
    const absent = (await ask<MinionsView>('/api/v1/minions?status=absent,half_open')).body;
    expect(absent.of).toBe(8);
    const page = (await ask<MinionsView>('/api/v1/minions?sort=name&limit=2&offset=398')).body;
    expect(page.rows.map(({ id }) => id)).toEqual(ids.slice(398));
    const turned = (await ask<MinionsView>('/api/v1/minions?sort=name&reverse=on&limit=1')).body;
    expect(turned.rows[0]?.id).toBe(ids.at(-1));
  });

  it('puts what is not known last, whatever it sorts by', async () => {
    for (const sort of ['flaps', 'pressure', 'queue', 'lag', 'wait', 'rtt', 'dropped', 'lost']) {
      const { body } = await ask<MinionsView>(`/api/v1/minions?sort=${sort}&limit=5000`);
      const values = body.rows.map((row) => {
        const { queue, requests, returns } = row;
        if (sort === 'flaps') return row.flaps;
        if (sort === 'pressure') return queue.pressure;
        if (sort === 'queue') return queue.messages;
        if (sort === 'lag') return queue.lagSeconds;
        if (sort === 'wait') return requests.waitSeconds;
        if (sort === 'rtt') return row.rttSeconds;
        if (sort === 'dropped') return queue.dropped.hwm + queue.dropped.disconnect;
        return returns.lost;
      });
      const firstUnknown = values.indexOf(null);
      const known = firstUnknown < 0 ? values : values.slice(0, firstUnknown);
      expect(
        values.slice(known.length).every((value) => value === null),
        sort,
      ).toBe(true);
      expect(known, sort).toEqual([...known].sort((a, b) => (b ?? 0) - (a ?? 0)));
    }
  });

  it.each([
    ['limit=0', '"limit" must be a whole number from 1 to 5000.'],
    ['limit=1e3', '"limit" must be a whole number from 1 to 5000.'],
    ['offset=-1', '"offset" must be a whole number from 0 to 1000000.'],
    ['sort=speed', '"sort" must be one of: worst, name, flaps,'],
    ['status=fine', '"status" must be some of, with commas:'],
    ['basis=guess', '"basis" must be some of, with commas:'],
    ['limit=1&limit=2', '"limit" may be given once only.'],
    ['reverse=yes', '"reverse" must be one of: on, off.'],
    [`minion=${'m,'.repeat(101)}`, '"minion" may name a hundred ids at most.'],
  ])('refuses %s', async (query, wanted) => {
    const { status, body } = await ask(`/api/v1/minions?${query}`);
    expect(status).toBe(400);
    expect(message(body)).toContain(wanted);
  });
});

describe('GET /api/v1/minions/{id}', () => {
  it('tells all of one, with its connections', async () => {
    const [worst] = (await ask<MinionsView>('/api/v1/minions?limit=1')).body.rows;
    const id = worst?.id ?? '';
    const asked: string[] = [];
    const link = {
      cookie: '2a',
      port: 'publish' as const,
      peer: 'minion' as const,
      minion: id,
      basis: 'grains' as const,
      address: '10.0.0.1',
      established: false,
      openedWallMs: undefined,
      endedWallMs: 5,
      lastAckWallMs: undefined,
      rttSeconds: undefined,
      retransmits: 2,
      backoff: 0,
      probes: 0,
    };
    const { status, body } = await ask<MinionDetailView>(
      `/api/v1/minions/${encodeURIComponent(id)}`,
      {
        minions: {
          connections: async (filter) => {
            asked.push(`${filter.minion(id)} ${filter.minion('other')} ${filter.named}`);
            return { of: 1, rows: [link] };
          },
        },
      },
    );
    expect(status).toBe(200);
    expect(asked).toEqual(['true false true']);
    expect(body).toMatchObject({ id, status: 'absent', hasKey: true, totals: null });
    expect(body.connections).toEqual([
      expect.objectContaining({ cookie: '2a', openedMs: null, endedMs: 5, lastAckMs: null }),
    ]);
  });

  it('knows nobody by an id without a key, however it is written', async () => {
    for (const id of ['nobody', '..', '%3Cb%3E', 'a'.repeat(4_000)]) {
      const { status, body } = await ask(`/api/v1/minions/${id === '..' ? '%2E%2E' : id}`);
      expect(status).toBe(404);
      expect(JSON.stringify(body)).not.toContain('<b>');
    }
  });
});

describe('GET /api/v1/links and /api/v1/sources', () => {
  it('passes on what is asked for', async () => {
    const asked: unknown[] = [];
    const { body } = await ask<LinksView>(
      '/api/v1/links?port=request&peer=minion&minion=m1,m2*&ended=on&limit=7&offset=9',
      {
        minions: {
          connections: async ({ minion, ...filter }, page) => {
            asked.push(filter, page, minion('m2x'), minion('m3'));
            return { of: 12, rows: [] };
          },
        },
      },
    );
    expect(asked).toEqual([
      { named: true, port: 'request', peer: 'minion', ended: true },
      { limit: 7, offset: 9 },
      true,
      false,
    ]);
    expect(body).toMatchObject({ of: 12, offset: 9, rows: [] });
  });

  it('refuses a port that there is not', async () => {
    const { status, body } = await ask('/api/v1/links?port=4505');
    expect([status, message(body)]).toEqual([400, '"port" must be one of: publish, request.']);
  });

  it('lists the sources as the overview does', async () => {
    const { body } = await ask<SourcesView>('/api/v1/sources', { freeze: () => fleetEpoch() });
    expect(body.rows.length).toBeGreaterThan(5);
    expect(body.history.state).toBe('off');
  });
});
