/**
 * Markup of the live page: landmarks, headings and empty places; every figure and text is put in by
 * the script, as text.
 */
import { MINION_VIEW } from './page-minion-html.js';
import { column, factTable, panel, tableHead } from './page-parts.js';

/** Field and ink of each status in a tile of 8 px; colours come from the style by class. */
const TILES: readonly (readonly [status: string, field: string, ink: string])[] = [
  ['ok', 'f-ok', ''],
  ['slow', 'f-slow', '<path class="i-slow" d="M0 3h5v1.2H0zM4 7h4v1H4zM0 7h1v1H0z"/>'],
  [
    'stalled',
    'f-stalled',
    '<path class="l-stalled" d="M-9 9 1-1M-1 9 9-1M7 9 17-1M-5 9 5-1M3 9 13-1"/>',
  ],
  [
    'half_open',
    'f-half_open',
    '<path class="l-half_open" d="M-9 9 1-1M-1 9 9-1M7 9 17-1M-9-1 1 9M-1-1 9 9M7-1 17 9"/>',
  ],
  ['absent', 'f-absent', ''],
  ['stale', 'f-panel', ''],
  [
    'ambiguous',
    'f-ambiguous',
    '<g class="i-ambiguous"><circle cx="2" cy="2" r="1"/><circle cx="6" cy="6" r="1"/></g>',
  ],
  ['unknown', 'f-panel', '<path class="i-unknown" d="M1 1h1.4v1.4H1zM5 5h1.4v1.4H5z"/>'],
];

/** One pattern per status, so that colour never stands alone. */
const PATTERNS = `<svg class="defs" aria-hidden="true" focusable="false"><defs>
${TILES.map(
  ([status, field, ink]) =>
    `<pattern id="p-${status}" width="8" height="8" patternUnits="userSpaceOnUse">
<rect class="${field}" width="8" height="8"/>${ink}</pattern>`,
).join('\n')}
</defs></svg>`;

const WORST = panel('worst', {
  title: 'Worst minions',
  beside: `<span class="sub long">worst first, newest change first</span>
<span class="grow"></span><span class="sub num" id="worst-count"></span>
<button class="btn small" id="worst-clear" type="button" hidden>All statuses</button>
<span class="spans" id="worst-spans" role="group" aria-label="How far back" data-spans hidden></span>
<form class="find" id="find" role="search"><label class="vh" for="find-id">Find a minion</label>
<input id="find-id" type="search" placeholder="find a minion" autocomplete="off" spellcheck="false" maxlength="256"
  aria-controls="find-list" aria-describedby="find-note"></form>`,
  body: `<div class="found" id="found" hidden><p class="sub" id="find-note" role="status"></p>
<ul class="list" id="find-list"></ul></div>
<div class="scroll" tabindex="0" role="group" aria-labelledby="h-worst">
<table class="t" id="worst-table" role="table" aria-labelledby="h-worst">
${tableHead([
  column('status'),
  column('minion'),
  column('for', 'r'),
  column('flaps', 'r'),
  column('<abbr title="disconnects">disc.</abbr>', 'r'),
  column('last ack', 'r ack'),
  column('identity', 'basis'),
  column('<span class="axis-place" id="worst-axis"></span>evidence', 'ev'),
])}
<tbody role="rowgroup" id="worst-rows"></tbody></table>
<p class="empty" id="worst-empty" hidden></p></div>
<button class="btn more" id="worst-more" type="button" hidden></button>`,
});

const FEED = panel('feed', {
  title: 'What happens now',
  beside: '<span class="grow"></span><span class="sub num" id="feed-count"></span>',
  body: `<div class="scroll rows" tabindex="0" role="group" aria-labelledby="h-feed">
<ol class="list num" id="feed-list"></ol><p class="empty" id="feed-empty" hidden></p></div>`,
});

const SOURCES = panel('sources', {
  title: 'Sources, and what they cannot see',
  beside: '',
  body: `<div class="rows"><ul class="list" id="sources-list"></ul>
<p class="empty" id="sources-empty">No source has reported yet.</p></div>`,
});

const PORTS = panel('ports', {
  title: 'The master’s ports',
  beside: '<span class="grow"></span><span class="sub num" id="ports-scan"></span>',
  body: `<div class="rows">
${factTable('h-ports', { rows: 'ports-rows', columns: ['publish', 'request'] })}
<dl class="pairs" id="ports-pairs"></dl></div>`,
});

const JOBS = panel('jobs', {
  title: 'Jobs and returns',
  beside: '<span class="sub long">as the event bus tells them</span>',
  body: '<div class="rows"><dl class="pairs" id="jobs-pairs"></dl></div>',
});

const LOSSES = panel('losses full', {
  title: 'Lost returns',
  beside: `<span class="sub long">which link of the path lost it, and why</span>
<span class="grow"></span><span class="sub num" id="losses-count"></span>`,
  body: `<ul class="bars num" id="losses-bars" aria-label="Lost returns by link of the path"></ul>
<p class="note" id="losses-publishes" hidden></p>
<div class="scroll" tabindex="0" role="group" aria-labelledby="h-losses">
<table class="t" id="losses-table" role="table" aria-labelledby="h-losses">
${tableHead([
  column('minion'),
  column('job'),
  column('lost'),
  column('why'),
  column('sure'),
  column('evidence'),
  column('at', 'r'),
])}
<tbody role="rowgroup" id="losses-rows"></tbody></table>
<p class="empty" id="losses-empty" hidden></p></div>`,
});

const ADVICE = panel('advice full', {
  title: 'Advice',
  beside: '<span class="sub long">from what was seen since the exporter runs</span>',
  body: `<div class="rows"><dl class="pairs" id="advice-pairs"></dl>
<p class="note"><a href="api/v1/recommendations">what it rests on, and every queue of Salt</a></p></div>`,
});

const MONITOR = panel('monitor', {
  title: 'What libzmq reports',
  beside: `<span class="sub long">zmq_socket_monitor: our own sockets, and those of the tap</span>
<span class="grow"></span><span class="sub num" id="monitor-count"></span>`,
  body: `<div class="scroll" tabindex="0" role="group" aria-labelledby="h-monitor">
<table class="t" role="table" aria-labelledby="h-monitor">
${tableHead([
  column('source'),
  column('socket'),
  column('peers', 'r'),
  column('last event'),
  column('events'),
])}
<tbody role="rowgroup" id="monitor-rows"></tbody></table>
<p class="empty" id="monitor-empty" hidden></p></div>`,
});

const PRESENCE = panel('presence', {
  title: 'Presence, ours and Salt’s',
  beside: '',
  body: `<div class="rows">
${factTable('h-presence', { rows: 'presence-rows', columns: ['present', 'not', 'unknown'] })}
<p class="note" id="presence-note"></p></div>
<div class="scroll rows" id="presence-scroll" tabindex="0" role="group"
  aria-label="Minions on which they differ"><ul class="list" id="presence-list"></ul></div>`,
});

const HEADER = `<header>
<h1>Brinescope</h1>
<p class="meta live"><span class="dot" aria-hidden="true"></span><span id="live">loading…</span></p>
<p class="meta strong" id="master-id"></p>
<p class="meta num opt" id="master-salt"></p>
<span class="grow"></span>
<p class="meta num"><time id="clock"></time></p>
<button class="btn" id="theme" type="button">Light theme</button>
</header>`;

const FLEET = `<section class="panel full" aria-labelledby="h-fleet">
<h2 class="vh" id="h-fleet">Minions by status</h2>
<div class="counts num" id="counts" role="group" aria-label="Show only minions of one status"></div>
<div class="share" id="share" role="img" aria-label="Share of each status"></div>
<p class="line num" id="fleet-line"></p></section>`;

const NO_SCRIPT = `<noscript><p class="notice">This page needs its script to show anything.
The same figures are at <a href="metrics">/metrics</a>, the state at
<a href="-/ready">/-/ready</a>.</p></noscript>`;

const FOOTER = `<footer><p>Read-only. Counts come from the kernel and from what Salt writes, and begin
with the exporter<span id="started"></span>; nothing asks a minion unless canary jobs are on. All times are UTC.
<a href="api/v1/overview">the same as JSON</a> <a href="-/ready">ready?</a>
<span id="version"></span></p></footer>`;

/** Addresses are relative, so that the page also works behind a proxy's path. */
export const PAGE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>Brinescope</title>
<link rel="icon" type="image/svg+xml" href="page/icon.svg">
<link rel="stylesheet" href="page/style.css">
<script type="module" src="page/http/page/main.js"></script>
</head>
<body data-state="loading">
<a class="skip" href="#main">Skip to the minions</a>
${PATTERNS}
${HEADER}
<main id="main" tabindex="-1">
${NO_SCRIPT}
<p class="notice" id="notice" hidden></p>
<p class="vh" role="status" aria-live="polite" id="announce"></p>
<div class="view" id="fleet-view">
${FLEET}
${WORST}
${FEED}
${LOSSES}
${SOURCES}
${PORTS}
${JOBS}
${ADVICE}
${MONITOR}
${PRESENCE}
</div>
${MINION_VIEW}
</main>
${FOOTER}
</body>
</html>
`;
