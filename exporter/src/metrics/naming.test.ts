/** Names, units and labels of all families keep the conventions of Prometheus and the house. */
import { describe, expect, it } from 'vitest';
import { familyCatalogue, processCatalogue } from './catalogue.js';
import { openMetricsName } from './format.js';
import { createProcessRegistry } from './process-families.js';

const ENTRIES = familyCatalogue();
const NAMES = ENTRIES.map((entry) => entry.name);
const SUFFIXES = ['_total', '_created', '_count', '_sum', '_bucket', '_info', '_gcount', '_gsum'];

/** Label names and why the number of their values is bounded. */
const BOUNDED_LABELS: Readonly<Record<string, string>> = {
  minion: 'key ids',
  status: 'closed set',
  evidence: 'closed set',
  source: 'closed set, or the name of a tap, of which a named maximum is kept',
  socket:
    'two of ours, those of one minion and one master in a log, and of a tap up to a named maximum',
  component: 'closed set',
  level: 'closed set',
  signal: 'closed set',
  event: 'closed set',
  port: 'closed set',
  basis: 'closed set',
  kind: 'closed set',
  confidence: 'closed set',
  link: 'closed set',
  to: 'closed set',
  le: 'bounds of one family',
  peer: 'closed set',
  cause: 'closed set',
  state: 'closed set, and the states of a function, 200 pairs at most',
  process: 'closed set',
  result: 'closed set',
  outcome: 'closed set',
  act: 'closed set',
  success: 'closed set',
  function: '200 that a publish named, and _other',
  cmd: 'commands of the workers, 64 at most, and _other',
  reason: 'closed set of each source',
  option: 'known options of the master',
  map: 'maps of this program',
  group: 'groups of this program',
  version: 'one value at a time',
  node: 'one value',
  libzmq: 'one value',
  transport: 'one value at a time',
  zmq_filtering: 'one value at a time',
  master_id: 'one value at a time',
  master: 'masters of one minion, 64 at most, and _other',
};

describe('names of families', () => {
  it.each(NAMES)('%s is snake_case with a prefix of ours', (name) => {
    expect(name).toMatch(/^(salt|zmq|brinescope)(_[a-z][a-z0-9]*)+$/);
  });

  it.each(ENTRIES.map((entry) => [entry.name, entry] as const))(
    '%s ends in _total exactly when it is a counter',
    (name, entry) => {
      // A gauge in spite of its name, which it shares with another exporter.
      const isShared = name === 'salt_health_minions_total';
      expect(name.endsWith('_total')).toBe(isShared || entry.type === 'counter');
    },
  );

  it.each(ENTRIES.map((entry) => [entry.name, entry] as const))(
    '%s ends in its unit, and in no unit that it does not declare',
    (_name, entry) => {
      const base = openMetricsName({
        name: entry.name,
        type: entry.type === 'counter' ? 'counter' : 'gauge',
      });
      const ends = ['seconds', 'bytes', 'messages', 'ratio'].filter((u) => base.endsWith(`_${u}`));
      expect(ends).toEqual(entry.unit === 'none' ? [] : [entry.unit]);
    },
  );

  it('use base units', () => {
    const scaled =
      /_(ms|millis|milliseconds|micros|us|ns|minutes|hours|kb|mb|kilobytes|percent)(_|$)/;
    expect(NAMES.filter((name) => scaled.test(name))).toEqual([]);
  });

  it('end in _timestamp_seconds when they are points in time, and never are ages', () => {
    expect(NAMES.filter((name) => /_time_seconds|_age(_|$)/.test(name))).toEqual([]);
  });

  it('are unique, also without the suffixes that OpenMetrics reserves', () => {
    const all = [...NAMES, ...processCatalogue(createProcessRegistry()).map(({ name }) => name)];
    expect(new Set(all).size).toBe(all.length);
    const counters = ENTRIES.filter((entry) => entry.type === 'counter');
    const bases = counters.map(({ name }) => name.replace(/_total$/, ''));
    expect(all.filter((name) => bases.includes(name))).toEqual([]);
    const histograms = ENTRIES.filter((entry) => entry.type === 'histogram');
    const taken = histograms.flatMap(({ name }) => SUFFIXES.map((suffix) => name + suffix));
    expect(all.filter((name) => taken.includes(name))).toEqual([]);
  });
});

describe('labels of families', () => {
  it.each(ENTRIES.map((entry) => [entry.name, entry] as const))(
    '%s has only labels that are known to be bounded',
    (_name, entry) => {
      expect(entry.labels.filter((label) => !(label in BOUNDED_LABELS))).toEqual([]);
      expect(new Set(entry.labels).size).toBe(entry.labels.length);
    },
  );

  it('begin with the minion on families of minions, and only there', () => {
    // Their names are those of another exporter.
    const shared = [
      'salt_responses_total',
      'salt_function_status',
      'salt_responses_last_received_response',
      'salt_health_last_heartbeat',
    ];
    for (const { name, labels } of ENTRIES) {
      const isMinions = name.startsWith('salt_minion_') || shared.includes(name);
      expect([name, labels.indexOf('minion')]).toEqual([name, isMinions ? 0 : -1]);
    }
  });

  it('are not taken by the scrape configuration', () => {
    const reserved = ['master', 'job', 'instance', 'le', 'quantile', '__name__'];
    // `le` says there what it says in a histogram: at or below this bound.
    // A minion's exporter is scraped for no master: there it is a label of the families themselves.
    const takers = ENTRIES.filter(
      ({ name, labels }) =>
        labels.some((label) => reserved.includes(label)) &&
        !(name.startsWith('salt_local_') && labels.every((label) => label !== 'job')),
    );
    expect(takers.map((entry) => entry.name)).toEqual(['salt_minions_queue_pressure']);
  });
});

describe('help texts', () => {
  it.each(ENTRIES.map((entry) => [entry.name, entry.help] as const))(
    'of %s is one line that ends in a full stop',
    (_name, help) => {
      expect(help).toMatch(/^[A-Z0-9][^\n]*\.$/);
      expect(help.length).toBeLessThan(200);
    },
  );
});
