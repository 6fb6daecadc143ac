/** The live page's view of one minion, and how it is found, in Chromium. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MinionQueries } from '../../exporter/src/http/minions-routes.js';
import { NO_HISTORY } from '../../exporter/src/http/no-history.js';
import { withServer } from './http-fixture.js';
import { axeFindings } from './page-axe.js';
import { launchBrowser, openPage, type PageOptions } from './page-browser.js';
import { fleetEpoch } from './sample-fleet.js';

const HOSTILE = '<img src=x onerror=alert(1)>\u202egpj';
const PHONE = { width: 390, height: 844 };
const AT_MS = fleetEpoch().at.wallMs;

const KNOWN: Partial<MinionQueries> = {
  connections: async () => ({
    of: 1,
    rows: [
      {
        cookie: '2a',
        port: 'publish',
        peer: 'minion',
        minion: 'mq-r13-03',
        basis: 'grains',
        address: '10.3.4.5',
        established: false,
        openedWallMs: undefined,
        endedWallMs: AT_MS - 976_000,
        lastAckWallMs: undefined,
        rttSeconds: undefined,
        retransmits: 9,
        backoff: 0,
        probes: 0,
      },
    ],
  }),
  losses: async () => [
    {
      minion: 'mq-r13-03',
      jid: '20261122031000000000',
      link: '2',
      reason: 'no_link',
      confidence: 'proven',
      evidence: [`It had no publish link. ${HOSTILE}`],
      decidedWallMs: AT_MS - 5_000,
    },
  ],
  past: async () => ({
    events: [
      {
        id: 7,
        atMs: AT_MS - 976_000,
        kind: 'disconnect',
        minion: 'mq-r13-03',
        status: null,
        reason: null,
        link: null,
        confidence: null,
        jid: null,
        count: 1,
        text: `Its publish link ended. ${HOSTILE} (kernel)`,
      },
    ],
    totals: null,
    history: NO_HISTORY,
  }),
};

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

async function onPage(use: (page: Page) => Promise<void>, options: PageOptions = {}) {
  await withServer({ freeze: () => fleetEpoch(), minions: KNOWN }, async (url) => {
    const { page, complaints, close } = await openPage(browser, url, options);
    try {
      await use(page);
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });
}

const shown = (page: Page) => page.waitForSelector('#minion-known:not([hidden])');

describe('one minion', () => {
  it('is opened from the list, tells all of it, and leads back', async () => {
    await onPage(async (page) => {
      await page.locator('#worst-rows a').first().click();
      await shown(page);
      expect(new URL(page.url()).hash).toBe('#/minion/mq-r13-03');
      expect(await page.locator('#fleet-view').isHidden()).toBe(true);
      expect(await page.locator('#minion-id').textContent()).toBe('mq-r13-03');
      expect(await page.locator('#minion-status').textContent()).toBe('Absent for 16 min 16 s');
      expect(await page.locator('#minion-figures dd').allTextContents()).toEqual([
        'no link',
        'no link',
        '0',
        'no link',
      ]);
      expect(await page.locator('#minion-links tr > *').allTextContents()).toEqual([
        'publish',
        '10.3.4.5',
        'before the exporter',
        '02:55:44',
        'unknown',
        'unknown',
        '9',
        'grains',
      ]);
      expect(await page.locator('#minion-strip-none').textContent()).toBe(NO_HISTORY.detail);
      await page.getByRole('link', { name: 'All minions' }).click();
      await page.waitForSelector('#worst-rows tr');
      expect(await page.locator('#minion-view').isHidden()).toBe(true);
    });
  });

  it('shows what minions wrote as text, with what is hidden in it made visible', async () => {
    await onPage(async (page) => {
      await page.goto(`${page.url()}#/minion/mq-r13-03`);
      await shown(page);
      for (const list of ['#minion-events', '#minion-losses']) {
        const text = await page.locator(list).textContent();
        expect(text).toContain('<img src=x onerror=alert(1)>\\u202egpj');
      }
      expect(await page.locator('img').count()).toBe(0);
    });
  });

  it('is nobody where the address names no accepted key, whatever it holds', async () => {
    await withServer({ freeze: () => fleetEpoch(), minions: KNOWN }, async (url) => {
      const { page, close } = await openPage(browser, url);
      try {
        await page.goto(`${url}/#/minion/${encodeURIComponent(HOSTILE)}`);
        await page.getByText('Nothing is known of it').waitFor();
        expect(await page.locator('#minion-id').textContent()).toBe(
          '<img src=x onerror=alert(1)>\\u202egpj',
        );
        expect(await page.locator('#minion-evidence').textContent()).toContain('accepted key');
        expect(await page.locator('#minion-known').isHidden()).toBe(true);
        expect(await page.locator('img').count()).toBe(0);
      } finally {
        await close();
      }
    });
  });

  it.each([
    ['dark', { scheme: 'dark' }],
    ['light', { scheme: 'light' }],
    ['phone', { scheme: 'light', ...PHONE }],
  ] as const)('axe finds nothing: %s', async (_, options) => {
    await onPage(async (page) => {
      await page.goto(`${page.url()}#/minion/mq-r13-03`);
      await shown(page);
      expect(await axeFindings(page)).toEqual([]);
      const sideways = () =>
        document.documentElement.scrollWidth > document.documentElement.clientWidth;
      expect(await page.evaluate(sideways)).toBe(false);
    }, options);
  });
});

describe('finding a minion', () => {
  it('needs the keyboard only: slash, a part of its id, Enter', async () => {
    await onPage(async (page) => {
      await page.keyboard.press('/');
      await page.keyboard.type('R13-03');
      await page.getByRole('link', { name: 'mq-r13-03' }).first().waitFor();
      await page.waitForSelector('#found:not([hidden])');
      expect(await page.locator('#find-note').textContent()).toBe('1 minion');
      expect(await axeFindings(page)).toEqual([]);
      await page.keyboard.press('Enter');
      await shown(page);
      expect(await page.locator('#minion-id').textContent()).toBe('mq-r13-03');
    });
  });

  it('says that there is none, and ends with Escape', async () => {
    await onPage(async (page) => {
      await page.locator('#find-id').fill('nobody-has-this');
      await page.getByText('No minion has such an id.').waitFor();
      await page.locator('#find-id').press('Escape');
      expect(await page.locator('#found').isHidden()).toBe(true);
      expect(await page.locator('#find-id').inputValue()).toBe('');
    });
  });
});
