/** What the configuration editor makes of users, passwords and addresses. */
import { describe, expect, it } from 'vitest';
import { addressFault, basicCredentials } from './credentials';

describe('basic credentials', () => {
  it('are what a server reads again, letters beyond ASCII too', () => {
    const encoded = basicCredentials('grafana', 'gehëim:☃');
    expect(Buffer.from(encoded, 'base64').toString('utf8')).toBe('grafana:gehëim:☃');
  });
});

describe('addresses', () => {
  it.each([
    ['', undefined],
    ['http://master:4507', undefined],
    ['https://[::1]:4507/brinescope', undefined],
    ['$__env{EXPORTER}', undefined],
    ['master:4507', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['https://me:word@master', 'secret'],
    ['http://master:4507/metrics', 'path'],
    ['http://master:4507/api/v1', 'path'],
    ['http://master:4507?x=1', 'path'],
  ])('%s has the fault %s', (address, fault) => {
    expect(addressFault(address)).toBe(fault);
  });
});
