/** Metadata lines and histograms in both formats. */
import { describe, expect, it } from 'vitest';
import { createHistogram, observe } from '../lib/histogram.js';
import { headerText, histogramText } from './format.js';

describe('the lines before a family', () => {
  const seconds = {
    name: 'a_seconds',
    help: 'Some "help" \\.',
    type: 'gauge',
    unit: 'seconds',
  } as const;

  it('are help and type in text', () => {
    expect(headerText(seconds, 'text')).toBe(
      '# HELP a_seconds Some "help" \\\\.\n# TYPE a_seconds gauge\n',
    );
  });

  it('are type, unit and help in OpenMetrics', () => {
    expect(headerText(seconds, 'openmetrics')).toBe(
      '# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# HELP a_seconds Some \\"help\\" \\\\.\n',
    );
  });

  it('name a counter without _total in OpenMetrics only', () => {
    const counter = { name: 'a_bytes_total', help: 'H', type: 'counter', unit: 'bytes' } as const;
    expect(headerText(counter, 'openmetrics')).toBe(
      '# TYPE a_bytes counter\n# UNIT a_bytes bytes\n# HELP a_bytes H\n',
    );
    expect(headerText(counter, 'text')).toContain('# TYPE a_bytes_total counter\n');
  });

  it('say no unit that the name does not end in', () => {
    const odd = { name: 'a_seconds_max', help: 'H', type: 'gauge', unit: 'seconds' } as const;
    expect(headerText(odd, 'openmetrics')).toBe(
      '# TYPE a_seconds_max gauge\n# HELP a_seconds_max H\n',
    );
  });

  it('call what has no type unknown in OpenMetrics', () => {
    const untyped = { name: 'a', help: 'H', type: 'untyped', unit: 'none' } as const;
    expect(headerText(untyped, 'openmetrics')).toContain('# TYPE a unknown\n');
    expect(headerText(untyped, 'text')).toContain('# TYPE a untyped\n');
  });
});

describe('a histogram', () => {
  it('has cumulative buckets up to +Inf, which equals the count', () => {
    const histogram = createHistogram([0.5, 1]);
    for (const value of [0.25, 0.5, 0.75, 7]) observe(histogram, value);
    expect(histogramText('h_seconds', histogram)).toBe(
      [
        'h_seconds_bucket{le="0.5"} 2',
        'h_seconds_bucket{le="1.0"} 3',
        'h_seconds_bucket{le="+Inf"} 4',
        'h_seconds_sum 8.5',
        'h_seconds_count 4\n',
      ].join('\n'),
    );
  });
});
