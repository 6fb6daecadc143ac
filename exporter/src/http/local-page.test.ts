/** The page of a minion's exporter: what is not known is said, and nothing that is shown becomes markup. */
import { describe, expect, it } from 'vitest';
import type { LocalView } from './local-api-types.js';
import { localPage } from './local-page.js';

const HOSTILE = '<img src=x onerror="alert(1)">&';
const VIEW: LocalView = {
  atMs: 0,
  startedMs: 0,
  minion: HOSTILE,
  masters: [
    {
      master: HOSTILE,
      publishLinks: null,
      requestLinks: 1,
      receiveQueueBytes: null,
      requestWaitSeconds: 12.54,
      requests: { answered: 7, abandoned: 2, refused: 1 },
    },
  ],
  jobs: { executed: 3, queued: 0, rejectedSerial: 0, rejectedDecrypt: 0, notReturned: 1 },
  options: { recon_max: 10_000 },
  storm: { invites: true, sentences: [HOSTILE] },
  sources: [
    {
      source: 'minion_bus',
      state: 'down',
      detail: HOSTILE,
      lastSuccessMs: null,
      errors: {},
      limitations: [],
    },
  ],
};

describe('the page of a minion', () => {
  it('makes no markup of what others wrote', () => {
    const html = localPage(VIEW);
    expect(html).not.toContain('<img');
    expect(html.split('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;')).toHaveLength(6);
  });

  it('says what is unknown, and shows what is known', () => {
    const html = localPage({ ...VIEW, minion: null });
    expect(html).toContain('<h1>Minion of unknown id</h1>');
    expect(html).toContain('<td>unknown</td><td>1</td><td>unknown</td><td>12.5</td><td>7</td>');
    expect(html).toContain('<td>notReturned</td><td>1</td>');
    expect(html).toContain('<td>recon_max</td><td>10000</td>');
  });
});
