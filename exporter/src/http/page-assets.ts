/**
 * The files of the live page, read once at start: markup and style from here, the script as the
 * compiler wrote it.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PAGE_HTML } from './page-html.js';
import { PAGE_ICON } from './page-icon.js';
import { PAGE_STYLE } from './page-style.js';

/**
 * Compiled modules of the page's own project (http/page/tsconfig.json), named as they import one
 * another; `./http/page/main.js` is the entry that the markup names.
 */
export const SCRIPT_MODULES = [
  'http/evidence-text.js',
  'http/time-text.js',
  'http/page/advice-words.js',
  'http/page/announce.js',
  'http/page/canary-words.js',
  'http/page/dom.js',
  'http/page/feed.js',
  'http/page/find.js',
  'http/page/fleet.js',
  'http/page/icons.js',
  'http/page/job-words.js',
  'http/page/ledger-words.js',
  'http/page/loss-words.js',
  'http/page/losses.js',
  'http/page/main.js',
  'http/page/minion-words.js',
  'http/page/minion.js',
  'http/page/panels.js',
  'http/page/poll.js',
  'http/page/route.js',
  'http/page/sources.js',
  'http/page/spans.js',
  'http/page/strip-paths.js',
  'http/page/strip.js',
  'http/page/theme.js',
  'http/page/time-axis.js',
  'http/page/timeline-feed.js',
  'http/page/words.js',
  'http/page/worst.js',
] as const;

/** Everything of the page but `/` lies under it. */
export const ASSET_ROOT = '/page/';

export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: string;
  readonly etag: string;
}

export interface PageAssets {
  readonly html: Asset;
  readonly files: readonly Asset[];
}

/** Throws when the build is not whole: a page without its script would say nothing. */
export function loadPageAssets(): PageAssets {
  const compiled = new URL('../', import.meta.url);
  const script = 'text/javascript; charset=utf-8';
  return {
    html: asset('/', 'text/html; charset=utf-8', PAGE_HTML),
    files: [
      asset(`${ASSET_ROOT}style.css`, 'text/css; charset=utf-8', PAGE_STYLE),
      asset(`${ASSET_ROOT}icon.svg`, 'image/svg+xml', PAGE_ICON),
      ...SCRIPT_MODULES.map((name) =>
        asset(ASSET_ROOT + name, script, readFileSync(new URL(name, compiled), 'utf8')),
      ),
    ],
  };
}

function asset(path: string, type: string, body: string): Asset {
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return { path, type, body, etag: `"${hash}"` };
}
