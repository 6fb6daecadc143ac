/** Markup of the live page: landmarks, headings and empty places; every figure and text is put in by the script, as text. */

/** One 8 px tile per status, so that colour never stands alone; colours come from the style by class. */
const PATTERNS = `<svg class="defs" aria-hidden="true" focusable="false"><defs>
<pattern id="p-ok" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="f-ok" width="8" height="8"/></pattern>
<pattern id="p-slow" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="f-slow" width="8" height="8"/><path class="i-slow" d="M0 3h5v1.2H0zM4 7h4v1H4zM0 7h1v1H0z"/></pattern>
<pattern id="p-stalled" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="f-stalled" width="8" height="8"/><path class="l-stalled" d="M-9 9 1-1M-1 9 9-1M7 9 17-1M-5 9 5-1M3 9 13-1"/></pattern>
<pattern id="p-half_open" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="f-half_open" width="8" height="8"/><path class="l-half_open" d="M-9 9 1-1M-1 9 9-1M7 9 17-1M-9-1 1 9M-1-1 9 9M7-1 17 9"/></pattern>
<pattern id="p-absent" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="f-absent" width="8" height="8"/></pattern>
<pattern id="p-stale" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="f-panel" width="8" height="8"/></pattern>
<pattern id="p-ambiguous" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="f-ambiguous" width="8" height="8"/><g class="i-ambiguous"><circle cx="2" cy="2" r="1"/><circle cx="6" cy="6" r="1"/></g></pattern>
<pattern id="p-unknown" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="f-panel" width="8" height="8"/><path class="i-unknown" d="M1 1h1.4v1.4H1zM5 5h1.4v1.4H5z"/></pattern>
</defs></svg>`;

const WORST = `<section class="panel worst" aria-labelledby="h-worst">
<div class="ph"><h2 id="h-worst">Worst minions</h2><span class="sub long">worst first, newest change first</span>
<span class="grow"></span><span class="sub num" id="worst-count"></span>
<button class="btn small" id="worst-clear" type="button" hidden>All statuses</button></div>
<div class="scroll" tabindex="0" role="group" aria-labelledby="h-worst">
<table class="t" id="worst-table" role="table" aria-labelledby="h-worst">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">status</th><th role="columnheader" scope="col">minion</th>
<th role="columnheader" scope="col" class="r">for</th><th role="columnheader" scope="col" class="r">flaps</th>
<th role="columnheader" scope="col" class="r"><abbr title="disconnects">disc.</abbr></th><th role="columnheader" scope="col" class="r">last ack</th>
<th role="columnheader" scope="col">identity</th><th role="columnheader" scope="col">evidence</th></tr></thead>
<tbody role="rowgroup" id="worst-rows"></tbody></table>
<p class="empty" id="worst-empty" hidden></p></div>
<button class="btn more" id="worst-more" type="button" hidden></button>
</section>`;

const PORTS = `<section class="panel ports" aria-labelledby="h-ports"><div class="ph"><h2 id="h-ports">The master’s ports</h2>
<span class="grow"></span><span class="sub num" id="ports-scan"></span></div>
<div class="rows"><table class="t facts" aria-labelledby="h-ports">
<thead><tr><td></td><th scope="col" class="r">publish</th><th scope="col" class="r">request</th></tr></thead>
<tbody id="ports-rows"></tbody></table>
<dl class="pairs" id="ports-pairs"></dl></div></section>`;

const MONITOR = `<section class="panel monitor" aria-labelledby="h-monitor"><div class="ph"><h2 id="h-monitor">What libzmq reports</h2>
<span class="sub long">zmq_socket_monitor: our own sockets, and those of the tap</span><span class="grow"></span><span class="sub num" id="monitor-count"></span></div>
<div class="scroll" tabindex="0" role="group" aria-labelledby="h-monitor">
<table class="t" role="table" aria-labelledby="h-monitor"><thead role="rowgroup"><tr role="row">
<th role="columnheader" scope="col">source</th><th role="columnheader" scope="col">socket</th><th role="columnheader" scope="col" class="r">peers</th>
<th role="columnheader" scope="col">last event</th><th role="columnheader" scope="col">events</th></tr></thead>
<tbody role="rowgroup" id="monitor-rows"></tbody></table><p class="empty" id="monitor-empty" hidden></p></div></section>`;

const PRESENCE = `<section class="panel presence" aria-labelledby="h-presence"><div class="ph"><h2 id="h-presence">Presence, ours and Salt’s</h2></div>
<div class="rows"><table class="t facts" aria-labelledby="h-presence">
<thead><tr><td></td><th scope="col" class="r">present</th><th scope="col" class="r">not</th><th scope="col" class="r">unknown</th></tr></thead>
<tbody id="presence-rows"></tbody></table>
<p class="note" id="presence-note"></p></div>
<div class="scroll rows" id="presence-scroll" tabindex="0" role="group" aria-label="Minions on which they differ"><ul class="list" id="presence-list"></ul></div></section>`;

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
<header>
<h1>Brinescope</h1>
<p class="meta live"><span class="dot" aria-hidden="true"></span><span id="live">loading…</span></p>
<p class="meta strong" id="master-id"></p>
<p class="meta num opt" id="master-salt"></p>
<span class="grow"></span>
<p class="meta num"><time id="clock"></time></p>
<button class="btn" id="theme" type="button">Light theme</button>
</header>
<main id="main" tabindex="-1">
<noscript><p class="notice">This page needs its script to show anything. The same figures are at <a href="metrics">/metrics</a>, the state at <a href="-/ready">/-/ready</a>.</p></noscript>
<p class="notice" id="notice" hidden></p>
<p class="vh" role="status" aria-live="polite" id="announce"></p>
<section class="panel full" aria-labelledby="h-fleet"><h2 class="vh" id="h-fleet">Minions by status</h2>
<div class="counts num" id="counts" role="group" aria-label="Show only minions of one status"></div>
<div class="share" id="share" role="img" aria-label="Share of each status"></div>
<p class="line num" id="fleet-line"></p></section>
${WORST}
<section class="panel feed" aria-labelledby="h-feed"><div class="ph"><h2 id="h-feed">What happens now</h2><span class="grow"></span><span class="sub num" id="feed-count"></span></div>
<div class="scroll rows" tabindex="0" role="group" aria-labelledby="h-feed"><ol class="list num" id="feed-list"></ol><p class="empty" id="feed-empty" hidden></p></div></section>
<section class="panel sources" aria-labelledby="h-sources"><div class="ph"><h2 id="h-sources">Sources, and what they cannot see</h2></div>
<div class="rows"><ul class="list" id="sources-list"></ul><p class="empty" id="sources-empty">No source has reported yet.</p></div></section>
${PORTS}
${MONITOR}
${PRESENCE}
</main>
<footer><p>Read-only. Counts come from the kernel and from what Salt writes, and begin with the exporter<span id="started"></span>; nothing here asks a minion. All times are UTC.
<a href="api/v1/overview">the same as JSON</a> <a href="-/ready">ready?</a> <span id="version"></span></p></footer>
</body>
</html>
`;
