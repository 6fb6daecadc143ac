/** What a live query shows: the latest events, how many minions are in which status, whose queue fills. */
import { createDataFrame, type DataFrame, type Field, FieldType } from '@grafana/data';
import { t } from '@grafana/i18n';
import type { HistoryEvent, StreamSample } from '../../../exporter/src/http/history-api-types';
import { STATUSES } from '../fleet/statuses';
import { PLAIN } from '../look/plain-text';
import type { LiveNews } from './live';
import { eventsFrame } from './tables';
import type { LivePart, Master } from './types';

/** Ten minutes of samples, one a second. */
const SAMPLES_MAX = 600;

/** One master's latest. */
class LiveMaster {
  readonly master: Master;
  readonly #eventsMax: number;
  events: HistoryEvent[] = [];
  samples: StreamSample[] = [];
  /** Why it is not read now. */
  trouble: string | undefined;
  hasGap = false;

  constructor(master: Master, eventsMax: number) {
    this.master = master;
    this.#eventsMax = eventsMax;
  }

  take(news: LiveNews): void {
    if (news.kind === 'events') {
      this.events.push(...news.rows);
      this.events.sort((a, b) => a.id - b.id);
      this.events.splice(0, this.events.length - this.#eventsMax);
    } else if (news.kind === 'sample') {
      this.samples.push(news.sample);
      this.samples.splice(0, this.samples.length - SAMPLES_MAX);
    } else if (news.kind === 'gap') this.hasGap = true;
    else this.trouble = news.kind === 'down' ? news.message : undefined;
  }
}

export interface LiveShape {
  readonly masters: readonly Master[];
  readonly parts: readonly LivePart[];
  /** Events that are kept of each master. */
  readonly eventsMax: number;
  /** Rows say whose they are. */
  readonly several: boolean;
}

export class LiveFleet {
  readonly #masters: readonly LiveMaster[];
  readonly #parts: ReadonlySet<LivePart>;
  readonly #several: boolean;

  constructor(shape: LiveShape) {
    this.#masters = shape.masters.map((master) => new LiveMaster(master, shape.eventsMax));
    this.#parts = new Set(shape.parts);
    this.#several = shape.several;
  }

  take(master: number, news: LiveNews): void {
    this.#masters[master]?.take(news);
  }

  /** Nobody is read now. */
  get isDown(): boolean {
    return this.#masters.every(({ trouble }) => trouble !== undefined);
  }

  get troubles(): string[] {
    return this.#masters.flatMap(({ master, trouble }) =>
      trouble === undefined
        ? []
        : t('source.live.down', '{{master}} is not heard now ({{message}}); it is tried again.', {
            ...PLAIN,
            master: master.name,
            message: trouble,
          }),
    );
  }

  frames(): DataFrame[] {
    const frames: DataFrame[] = [];
    if (this.#parts.has('events')) frames.push(this.#eventLines());
    if (this.#parts.has('fleet')) {
      for (const one of this.#masters) if (one.samples.length > 0) frames.push(this.#counts(one));
    }
    if (this.#parts.has('queues')) frames.push(this.#queues());
    const [first, ...rest] = frames;
    if (first === undefined) return [];
    const texts = [...this.troubles, ...this.#gaps()];
    const notices = texts.map((text) => ({ severity: 'warning' as const, text }));
    return [{ ...first, meta: { ...first.meta, notices } }, ...rest];
  }

  #gaps(): string[] {
    const torn = this.#masters.filter(({ hasGap }) => hasGap);
    return torn.map(({ master }) =>
      t(
        'source.live.gap',
        'Some events of {{master}} are missing: it keeps no record as old as the break.',
        { ...PLAIN, master: master.name },
      ),
    );
  }

  #eventLines(): DataFrame {
    const answers = this.#masters.map(({ master, events }) => ({ master, view: { rows: events } }));
    return eventsFrame(answers, this.#several);
  }

  #counts({ master, samples }: LiveMaster): DataFrame {
    const labels = this.#several ? { master: master.name } : undefined;
    const counted = STATUSES.filter((status) => status !== 'nodata');
    return createDataFrame({
      name: master.name,
      fields: [
        { name: 'Time', type: FieldType.time, values: samples.map(({ atMs }) => atMs) },
        ...counted.map((status) => ({
          name: status,
          type: FieldType.number,
          ...(labels && { labels }),
          config: {},
          values: samples.map(({ byStatus }) => byStatus?.[status] ?? null),
        })),
      ],
      meta: {
        type: 'timeseries-wide' as never,
        typeVersion: [0, 1],
        preferredVisualisationType: 'graph',
      },
    });
  }

  /** Of now only: the fullest first. */
  #queues(): DataFrame {
    const rows = this.#masters.flatMap(({ master, samples }) =>
      (samples.at(-1)?.pressed ?? []).map((pressed) => ({ ...pressed, master: master.name })),
    );
    rows.sort((a, b) => b.queueMessages - a.queueMessages);
    const text = FieldType.string;
    const fields: Partial<Field>[] = [
      { name: 'minion', type: text, config: {}, values: rows.map((row) => row.minion) },
      {
        name: 'queued',
        type: FieldType.number,
        config: {},
        values: rows.map((row) => row.queueMessages),
      },
      {
        name: 'pressure',
        type: FieldType.number,
        config: { unit: 'percentunit' },
        values: rows.map((row) => row.pressure),
      },
    ];
    if (this.#several) {
      const values = rows.map((row) => row.master);
      fields.push({ name: 'master', type: text, config: {}, values });
    }
    return createDataFrame({
      name: 'queues',
      fields: fields as Field[],
      meta: { preferredVisualisationType: 'table' },
    });
  }
}
