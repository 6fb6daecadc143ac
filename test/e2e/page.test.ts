/**
 * The live page in Chromium: what it shows, what it refuses to run, how it is used without a mouse,
 * and what it says when nobody answers.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Epoch } from '../../exporter/src/domain/epoch.js';
import { emptyEpoch } from '../golden/synthetic-epoch.js';
import { createTestHttp, withServer } from './http-fixture.js';
import { axeFindings } from './page-axe.js';
import { launchBrowser, openPage, type PageOptions, type WatchedPage } from './page-browser.js';
import { fleetEpoch } from './sample-fleet.js';

const PHONE = { width: 390, height: 844 };

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

/** Opens the page on a server of its own; whatever the page complained of fails the test. */
async function onPage(
  freeze: () => Epoch,
  use: (watched: WatchedPage, url: string) => Promise<void>,
  options: PageOptions = {},
): Promise<void> {
  await withServer({ freeze }, async (url) => {
    const watched = await openPage(browser, url, options);
    try {
      await use(watched, url);
      expect(watched.complaints).toEqual([]);
    } finally {
      await watched.close();
    }
  });
}

const texts = (page: Page, selector: string) => page.locator(selector).allTextContents();

describe('what it shows', () => {
  it('has every status with its count, worst first, and the sum in words', async () => {
    await onPage(
      () => fleetEpoch(),
      async ({ page }) => {
        expect(await texts(page, '.count .word')).toEqual([
          'absent',
          'half-open',
          'stalled',
          'slow',
          'ambiguous',
          'unknown',
          'stale',
          'ok',
        ]);
        expect(await texts(page, '.count b')).toEqual(['5', '3', '0', '0', '3', '2', '4', '383']);
        expect(await page.locator('#share').getAttribute('aria-label')).toBe(
          'Share of each status of 400 minions: 5 absent, 3 half-open, 3 ambiguous, 2 unknown, 4 stale, 383 ok',
        );
        expect(await page.locator('#fleet-line').textContent()).toContain(
          '400 minions · keys: 400 accepted',
        );
      },
    );
  });

  it('names the master, its Salt and its options', async () => {
    await onPage(
      () => fleetEpoch(),
      async ({ page }) => {
        expect(await page.locator('#master-id').textContent()).toBe('master-a.example.net');
        expect(await page.locator('#master-salt').textContent()).toBe(
          'Salt 3008.5, pub_hwm 1,000, worker_threads 12, timeout 5',
        );
        expect(await page.title()).toBe('Brinescope: master-a.example.net');
        expect(await page.locator('#clock').textContent()).toBe('03:12:00 UTC');
      },
    );
  });

  it('lists the worst minions with all their columns', async () => {
    await onPage(
      () => fleetEpoch(),
      async ({ page }) => {
        const [first] = await page.locator('#worst-rows tr').all();
        const cells = await first?.locator('th, td').allTextContents();
        expect(cells).toEqual([
          'absent',
          'mq-r13-03',
          '16 min 16 s',
          '0',
          '1',
          '16 min 16 s ago',
          'no link',
          'No publish link since 02:55:44. (kernel)',
        ]);
      },
    );
  });

  it('says which part of 10,000 minions it lists', async () => {
    await onPage(
      () => fleetEpoch({ minions: 10_000 }),
      async ({ page }) => {
        expect(await page.locator('#worst-count').textContent()).toMatch(/^50 of \d{3}$/);
        expect(await page.locator('#worst-rows tr').count()).toBe(50);
        expect(await page.locator('#presence-note').textContent()).toMatch(
          /^They differ on \d+ minions; the first 30 by name:$/,
        );
      },
    );
  });

  it('shows what sources cannot see, and Salt’s presence beside ours', async () => {
    const proc = { scanOrigin: 'proc' as const };
    const sources = fleetEpoch().sources.map((source) =>
      source.source === 'kernel'
        ? { ...source, up: false, detail: 'Reading /proc/net/tcp, because netlink: EPERM' }
        : source,
    );
    await onPage(
      () => fleetEpoch({}, { ...proc, sources }),
      async ({ page }) => {
        const [kernel] = await page.locator('#sources-list li').all();
        expect(await kernel?.locator('svg').getAttribute('aria-label')).toBe('limited');
        expect(await kernel?.textContent()).toContain(
          'Reading /proc/net/tcp, because netlink: EPERM.',
        );
        expect(await page.locator('#ports-scan').textContent()).toBe('from /proc, every 1 s');
        expect(await page.locator('#sources-list').textContent()).toContain(
          'presence_events: False: ',
        );
        expect(await page.locator('#presence-rows').textContent()).toMatch(
          /Brinescope \(kernel\)386113Salt/,
        );
        expect((await texts(page, '#presence-list li'))[0]).toMatch(/connected, Salt misses it$/);
      },
    );
  });

  it('writes unknown for all that is not known, and 0 for none of it', async () => {
    await onPage(
      () => emptyEpoch(),
      async ({ page }) => {
        expect(new Set(await texts(page, '.count b'))).toEqual(new Set(['unknown']));
        expect(await page.locator('#worst-count').textContent()).toBe('unknown');
        expect(await page.locator('#master-id').textContent()).toBe('master id unknown');
        expect(await page.locator('#fleet-line').textContent()).toMatch(
          /^minions unknown · keys unknown · links unknown/,
        );
        expect(await texts(page, '#ports-rows tr:nth-child(-n+4) td')).toEqual(
          Array(8).fill('unknown'),
        );
        expect(await texts(page, '#presence-rows td')).toEqual(Array(6).fill('unknown'));
      },
    );
  });

  it('ends where its footer ends, however much its lists scroll', async () => {
    const event = fleetEpoch().recentEvents.find(({ status }) => status === 'half_open');
    const recentEvents = Array.from({ length: 40 }, () => event).filter((one) => one !== undefined);
    await onPage(
      () => fleetEpoch({}, { recentEvents }),
      async ({ page }) => {
        const [height, bottom] = await page.evaluate(() => [
          document.documentElement.scrollHeight,
          scrollY + (document.querySelector('footer')?.getBoundingClientRect().bottom ?? 0),
        ]);
        expect(Math.abs((height ?? 0) - (bottom ?? 0))).toBeLessThan(2);
      },
    );
  });

  it('is quiet when all is well', async () => {
    await onPage(
      () => fleetEpoch({ healthy: true }),
      async ({ page }) => {
        expect(await page.locator('#worst-empty').textContent()).toBe(
          'None of 400 minions is in trouble, and none was within the hour.',
        );
        expect(await page.locator('#worst-table').isVisible()).toBe(false);
        expect(await page.locator('#announce').textContent()).toBe('All 400 minions are ok.');
      },
    );
  });

  it('follows what happens, second by second, without building its rows anew', async () => {
    let later = 0;
    await onPage(
      () => fleetEpoch({ laterMs: later }),
      async ({ page }) => {
        await page.evaluate(() =>
          document.querySelector('#worst-rows tr')?.setAttribute('data-kept', ''),
        );
        later = 5000;
        await page.waitForFunction(
          () => document.querySelector('#clock')?.textContent === '03:12:05 UTC',
        );
        expect(await page.locator('#worst-rows tr[data-kept] .for').textContent()).toBe(
          '16 min 21 s',
        );
      },
    );
  });
});

describe('hostile names', () => {
  const hostileIds = [
    '<img src=x onerror="document.title=1">',
    '</script><script>document.title=2</script>',
    '"\' onmouseover=alert(1) x="',
    '\u202egnp.exe\n\t\u0000',
    '{{constructor.constructor(1)()}}',
    'a'.repeat(255),
    'ﷺ'.repeat(80),
  ];

  it('stay text, in every list, whatever they are', async () => {
    const name = hostileIds[0];
    const base = fleetEpoch({ hostileIds });
    const epoch: Epoch = {
      ...base,
      recentEvents: hostileIds.map((minion) => ({
        wallMs: base.at.wallMs,
        kind: 'disconnect',
        minion,
        status: undefined,
        text: `<b>${minion}</b>`,
      })),
      monitorCounters: hostileIds.map((source) => ({
        source,
        socket: source,
        event: 'connected',
        count: 1,
        lastWallMs: base.at.wallMs,
      })),
      sources: base.sources.map((source) => ({
        ...source,
        detail: name ?? '',
        errors: new Map([[name ?? '', 1]]),
      })),
      ...(base.config === undefined
        ? {}
        : {
            config: { ...base.config, masterId: name, version: name, ignoredOptions: hostileIds },
          }),
    };
    await onPage(
      () => epoch,
      async ({ page }) => {
        const ids = await texts(page, '#worst-rows .id');
        for (const id of hostileIds.slice(0, 3)) expect(ids).toContain(id);
        expect(ids).toContain('\\u202egnp.exe\\u000a\\u0009\\u0000');
        expect(await page.title()).toBe(`Brinescope: ${name}`);
        expect(await page.locator('main img, main script, main b img').count()).toBe(0);
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(
          true,
        );
      },
    );
  });

  it('do not push a phone’s page sideways', async () => {
    await onPage(
      () => fleetEpoch({ hostileIds }),
      async ({ page }) => {
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
      },
      PHONE,
    );
  });

  it('could not run if they became markup: the browser refuses', async () => {
    await withServer({ freeze: () => fleetEpoch() }, async (url) => {
      const { page, complaints, close } = await openPage(browser, url);
      const refused = await page.evaluate(() => {
        try {
          document.body.innerHTML = '<img src=x onerror=alert(1)>';
          return 'taken';
        } catch (error) {
          return String(error);
        }
      });
      expect(refused).toContain('TrustedHTML');
      expect(complaints.join()).toContain("requires 'TrustedHTML' assignment");
      await close();
    });
  });
});

describe('without a mouse', () => {
  it('reaches tiles, theme and scrolling lists by Tab, with a visible focus', async () => {
    await onPage(
      () => fleetEpoch(),
      async ({ page }) => {
        const stops: string[] = [];
        for (let press = 0; press < 16; press += 1) {
          await page.keyboard.press('Tab');
          const stop = await page.evaluate(() => {
            const active = document.activeElement;
            if (active === null) return '';
            const style = getComputedStyle(active);
            return `${active.id || active.className || active.tagName} ${style.outlineStyle} ${style.outlineWidth}`;
          });
          stops.push(stop);
        }
        expect(stops[0]).toMatch(/^skip solid 2px$/);
        expect(stops[1]).toMatch(/^theme solid 2px$/);
        expect(stops.slice(2, 10).every((stop) => /^count.* solid 2px$/.test(stop))).toBe(true);
        expect(stops.slice(10).every((stop) => / solid 2px$/.test(stop))).toBe(true);
      },
    );
  });

  it('filters the list by a status and back, by Enter', async () => {
    await onPage(
      () => fleetEpoch(),
      async ({ page }) => {
        const tile = page.getByRole('button', { name: 'ambiguous' });
        await tile.focus();
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => document.querySelectorAll('#worst-rows tr').length === 3);
        expect(await tile.getAttribute('aria-pressed')).toBe('true');
        expect(await page.locator('#worst-count').textContent()).toBe('3 ambiguous');
        await page.getByRole('button', { name: 'All statuses' }).focus();
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => document.querySelectorAll('#worst-rows tr').length > 3);
        expect(await tile.getAttribute('aria-pressed')).toBe('false');
      },
    );
  });

  it('says which filter found nothing among how many', async () => {
    await onPage(
      () => fleetEpoch(),
      async ({ page }) => {
        await page.getByRole('button', { name: 'stalled' }).click();
        await page.waitForSelector('#worst-empty:not([hidden])');
        expect(await page.locator('#worst-empty').textContent()).toBe(
          'None of 400 minions is stalled.',
        );
      },
    );
  });

  it('keeps the roles of a table for screen readers, on a phone too', async () => {
    await onPage(
      () => fleetEpoch(),
      async ({ page }) => {
        const table = page.getByRole('table', { name: 'Worst minions' });
        expect(await table.getByRole('columnheader').count()).toBe(8);
        expect(await table.getByRole('row').count()).toBeGreaterThan(10);
        expect(await page.locator('#worst-rows tr:visible').count()).toBe(12);
        await page.locator('#worst-more').click();
        expect(await page.locator('#worst-rows tr:visible').count()).toBeGreaterThan(12);
      },
      PHONE,
    );
  });

  it.each<[string, () => Epoch, PageOptions]>([
    ['dark', () => fleetEpoch(), { scheme: 'dark' }],
    ['light', () => fleetEpoch(), { scheme: 'light' }],
    ['phone, dark', () => fleetEpoch(), { ...PHONE, scheme: 'dark' }],
    ['phone, light', () => fleetEpoch(), { ...PHONE, scheme: 'light' }],
    ['nothing known', () => emptyEpoch(), { scheme: 'light' }],
    ['all well', () => fleetEpoch({ healthy: true }), { scheme: 'dark' }],
  ])('axe finds nothing: %s', async (_name, freeze, options) => {
    await onPage(freeze, async ({ page }) => expect(await axeFindings(page)).toEqual([]), options);
  });
});

describe('axe itself', () => {
  it('sees text that is too faint, so that its silence means something', async () => {
    await onPage(
      () => fleetEpoch(),
      async ({ page }) => {
        await page.evaluate(() => document.documentElement.style.setProperty('--text2', '#444'));
        expect((await axeFindings(page)).join()).toContain('color-contrast');
      },
    );
  });
});

describe('theme', () => {
  const background = (page: Page) =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  it('is the system’s until the reader chooses, and is remembered', async () => {
    await onPage(
      () => fleetEpoch(),
      async ({ page }) => {
        expect(await background(page)).toBe('rgb(244, 245, 245)');
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await background(page)).toBe('rgb(17, 18, 23)');
        await page.getByRole('button', { name: 'Light theme' }).click();
        expect(await background(page)).toBe('rgb(244, 245, 245)');
        await page.reload();
        await page.waitForSelector('html[data-theme=light]');
        expect(await background(page)).toBe('rgb(244, 245, 245)');
      },
      { scheme: 'light' },
    );
  });
});

describe('when the exporter does not answer', () => {
  it('says so, takes the colours away, and comes back by itself', async () => {
    const first = createTestHttp({ freeze: () => fleetEpoch() });
    const { port } = await first.start();
    const { page, close } = await openPage(browser, `http://127.0.0.1:${port}`);
    await first.stop();
    await page.waitForSelector('body[data-state=lost]');
    expect(await page.locator('#notice').textContent()).toBe(
      'The exporter does not answer. What is below is from 03:12:00 UTC and is not now. Trying again every second.',
    );
    expect(await page.locator('#live').textContent()).toMatch(/^no answer for \d/);
    expect(await page.locator('#clock').textContent()).toBe('last 03:12:00 UTC');
    expect(await page.locator('#announce').textContent()).toBe('The exporter does not answer.');
    const filters = await page.evaluate(() =>
      [...document.querySelectorAll('.panel')].map((panel) => getComputedStyle(panel).filter),
    );
    expect(new Set(filters)).toEqual(new Set(['grayscale(1)']));
    expect(await axeFindings(page)).toEqual([]);

    const second = createTestHttp({
      freeze: () => fleetEpoch({ laterMs: 60_000 }),
      web: { listenPort: port },
    });
    await second.start();
    await page.waitForSelector('body[data-state=live]');
    expect(await page.locator('#notice').isVisible()).toBe(false);
    expect(await page.locator('#clock').textContent()).toBe('03:13:00 UTC');
    expect(await page.locator('#announce').textContent()).toBe('The exporter answers again.');
    await close();
    await second.stop();
  });

  it('says that it answers with an error', async () => {
    let broken = false;
    const freeze = () => {
      if (broken) throw new Error('no epoch');
      return fleetEpoch();
    };
    await withServer({ freeze }, async (url) => {
      const { page, close } = await openPage(browser, url);
      broken = true;
      await page.waitForSelector('body[data-state=lost]');
      expect(await page.locator('#notice').textContent()).toContain(
        'The exporter answered with an error (500); its log says why.',
      );
      await close();
    });
  });

  it('notices an exporter that hangs', async () => {
    await withServer({ freeze: () => fleetEpoch() }, async (url) => {
      const { page, close } = await openPage(browser, url);
      await page.route('**/api/v1/overview*', () => undefined);
      await page.waitForSelector('body[data-state=lost]');
      expect(await page.locator('#notice').textContent()).toContain(
        'The exporter does not answer.',
      );
      await close();
    });
  });

  it('shows no figure at all when there never was one', async () => {
    await withServer({ freeze: () => fleetEpoch() }, async (url) => {
      const page = await browser.newPage();
      await page.route('**/api/v1/overview*', (route) => route.abort());
      await page.goto(url);
      await page.waitForSelector('body[data-state=lost]');
      expect(await page.locator('#notice').textContent()).toContain('Nothing is known.');
      expect(await texts(page, '.count b')).toEqual(Array(8).fill(''));
      await page.close();
    });
  });
});

describe('a page that nobody sees', () => {
  it('does not ask, and asks at once when it is seen again', async () => {
    await onPage(
      () => fleetEpoch(),
      async ({ page }) => {
        const asked: string[] = [];
        page.on('request', (request) => asked.push(request.url()));
        const show = (visibility: 'hidden' | 'visible') =>
          page.evaluate((state) => {
            Object.defineProperty(document, 'hidden', {
              value: state === 'hidden',
              configurable: true,
            });
            document.dispatchEvent(new Event('visibilitychange'));
          }, visibility);
        await show('hidden');
        await page.waitForSelector('body[data-state=paused]');
        asked.length = 0;
        await page.evaluate(() => new Promise((done) => setTimeout(done, 2500)));
        expect(asked).toEqual([]);
        await show('visible');
        await page.waitForSelector('body[data-state=live]');
        expect(asked.length).toBeGreaterThan(0);
      },
    );
  });
});

describe('without its script', () => {
  it('names where the same figures are', async () => {
    await withServer({}, async (url) => {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(url);
      expect(await page.locator('noscript').textContent()).toContain('/metrics');
      await context.close();
    });
  });
});
