/** From where a master serves files, as its options say it. */
import { describe, expect, it } from 'vitest';
import type { SaltMap, SaltValue } from './decode.js';
import { canaryFacts } from './file-roots.js';

const facts = (options: Readonly<Record<string, SaltValue>>) =>
  canaryFacts(new Map(Object.entries(options)) as SaltMap);

describe('canaryFacts', () => {
  it('are those of a master without options', () => {
    expect(facts({})).toEqual({
      user: 'root',
      isFiltering: false,
      fileRoots: new Map([['base', ['/srv/salt']]]),
    });
  });

  it('name user, filter and roots as configured', () => {
    const roots = new Map<string, SaltValue>([
      ['base', ['/srv/a', 7, '/srv/b']],
      ['dev', '/srv/dev'],
      ['empty', null],
    ]);
    expect(facts({ user: 'salt', zmq_filtering: true, file_roots: roots })).toEqual({
      user: 'salt',
      isFiltering: true,
      fileRoots: new Map([
        ['base', ['/srv/a', '/srv/b']],
        ['dev', ['/srv/dev']],
        ['empty', []],
      ]),
    });
  });

  it.each([
    [['gitfs'], 0],
    ['gitfs', 0],
    [['gitfs', 'roots'], 1],
    ['roots', 1],
    [[], 0],
    [null, 1],
  ])('have roots only where the backend roots serves them: %j', (backend, environments) => {
    expect(facts({ fileserver_backend: backend }).fileRoots.size).toBe(environments);
  });

  it('are the default where file_roots is no map, as in Salt', () => {
    expect(facts({ file_roots: 'x' }).fileRoots.get('base')).toEqual(['/srv/salt']);
  });
});
