/**
 * The README's pictures of the live page are taken here, and checked to show the page as it is
 * today. To take them anew: PAGE_PICTURES=write npm test -- e2e test/e2e/page-picture.test.ts
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withServer } from './http-fixture.js';
import { launchBrowser, openPage } from './page-browser.js';
import { fleetEpoch } from './sample-fleet.js';

const FOLDER = fileURLToPath(new URL('../../exporter/docs/', import.meta.url));
const SIZE = { width: 1280, height: 760 };
const BYTES_MAX = 250_000;
/**
 * Share of pixels that may differ: other versions of browser and font set letters a little
 * differently, a changed page much.
 */
const DIFFERENT_MAX = 0.1;
/** Of 255, per colour: less is anti-aliasing. */
const CHANNEL_TOLERANCE = 40;

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

it.each(['dark', 'light'] as const)('the %s picture shows the page as it is', async (scheme) => {
  await withServer({ freeze: () => fleetEpoch() }, async (url) => {
    const { page, complaints, close } = await openPage(browser, url, { scheme, ...SIZE });
    const shot = await page.screenshot();
    await close();
    expect(complaints).toEqual([]);
    const path = `${FOLDER}live-page-${scheme}.png`;
    if (process.env.PAGE_PICTURES === 'write') {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(path, shot);
    }
    expect(existsSync(path), `take it with PAGE_PICTURES=write: ${path}`).toBe(true);
    const kept = readFileSync(path);
    expect(kept.length).toBeLessThan(BYTES_MAX);
    expect(await differentShare(kept, shot)).toBeLessThan(DIFFERENT_MAX);
  });
});

it('pictures of two themes are told apart', async () => {
  const [dark, light] = ['dark', 'light'].map((scheme) =>
    readFileSync(`${FOLDER}live-page-${scheme}.png`),
  );
  if (dark === undefined || light === undefined) throw new Error('both pictures were just checked');
  expect(await differentShare(dark, light)).toBeGreaterThan(0.9);
});

/** Decoded and compared by the browser; 1 when the sizes differ. */
async function differentShare(one: Buffer, other: Buffer): Promise<number> {
  const page = await browser.newPage();
  try {
    return await page.evaluate(
      async ({ sources, tolerance }) => {
        const decode = async (source: string): Promise<ImageData> => {
          const image = new Image();
          image.src = source;
          await image.decode();
          const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
          const context = canvas.getContext('2d');
          if (context === null) throw new Error('no canvas');
          context.drawImage(image, 0, 0);
          return context.getImageData(0, 0, canvas.width, canvas.height);
        };
        const [a, b] = await Promise.all(sources.map(decode));
        if (a === undefined || b === undefined) return 1;
        if (a.width !== b.width || a.height !== b.height) return 1;
        let different = 0;
        for (let at = 0; at < a.data.length; at += 4) {
          const far = [0, 1, 2].some(
            (channel) =>
              Math.abs((a.data[at + channel] ?? 0) - (b.data[at + channel] ?? 0)) > tolerance,
          );
          if (far) different += 1;
        }
        return different / (a.width * a.height);
      },
      {
        sources: [one, other].map((bytes) => `data:image/png;base64,${bytes.toString('base64')}`),
        tolerance: CHANNEL_TOLERANCE,
      },
    );
  } finally {
    await page.close();
  }
}
