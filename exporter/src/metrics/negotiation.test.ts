/** Accept headers of real and of odd clients. */
import { describe, expect, it } from 'vitest';
import { acceptsGzip, negotiateFormat } from './negotiation.js';

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const FIREFOX = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('the format of a body', () => {
  it.each([
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    [FIREFOX, 'text'],
    [PROMETHEUS_2, 'openmetrics'],
    [PROMETHEUS_3, 'openmetrics'],
    ['application/openmetrics-text', 'openmetrics'],
    ['Application/OpenMetrics-Text; Version="1.0.0"', 'openmetrics'],
    ['application/openmetrics-text;version=0.0.1', 'text'],
    ['application/openmetrics-text;version=2.0.0,text/plain', 'text'],
    ['application/openmetrics-text;q=0.5,text/plain;q=0.6', 'text'],
    ['application/openmetrics-text;q=0.5,*/*;q=0.8', 'text'],
    ['application/openmetrics-text;q=0,*/*', 'text'],
    ['text/plain;q=0,*/*', 'openmetrics'],
    ['application/*', 'openmetrics'],
    ['text/*', 'text'],
    ['text/plain,application/openmetrics-text', 'openmetrics'],
    ['image/png', 'text'],
    ['application/openmetrics-text;q=2', 'text'],
    ['application/openmetrics-text;q=abc', 'text'],
    [';;;,,,q=1', 'text'],
    [`application/openmetrics-text${','.repeat(5000)}`, 'text'],
  ])('asked for %s is %s', (accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });
});

describe('compression', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['GZIP', true],
    ['x-gzip', true],
    ['deflate, gzip;q=1.0, *;q=0.5', true],
    ['*', true],
    ['gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['*;q=0', false],
    ['identity', false],
    ['br', false],
    ['gzip;q=0.5, identity', false],
    ['gzip;q=0.5, identity;q=0.5', true],
    ['gzip;q=nonsense', false],
  ])('asked for with %s: %s', (header, wanted) => {
    expect(acceptsGzip(header)).toBe(wanted);
  });
});
