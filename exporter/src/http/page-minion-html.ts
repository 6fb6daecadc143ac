/** Markup of the live page's view of one minion: empty places that the script fills with text. */
import { column, panel, tableHead } from './page-parts.js';

const HEAD = `<section class="panel full card" aria-labelledby="h-minion">
<nav class="crumb" aria-label="Where this is"><a href="#/">All minions</a>
<span aria-hidden="true">/</span> <bdi id="minion-id"></bdi></nav>
<h2 id="h-minion" tabindex="-1"><span id="minion-mark" hidden></span><span id="minion-status"></span></h2>
<p class="why" id="minion-evidence" hidden></p>
<dl class="figures num" id="minion-figures"></dl>
</section>`;

const TIMELINE = panel('minion-timeline full', {
  title: 'Status and queue',
  beside: `<span class="sub long">status as the field, the queue rising from the floor, drops in white</span>
<span class="grow"></span><span class="spans" role="group" aria-label="How far back" data-spans></span>`,
  body: `<div class="rows"><div id="minion-strip"></div>
<p class="empty" id="minion-strip-none" hidden></p>
<p class="note" id="minion-totals" hidden></p></div>`,
});

const LINKS = panel('minion-links-panel full', {
  title: 'Its connections',
  beside: '<span class="sub long">counted by the master’s kernel</span>',
  body: `<div class="scroll" tabindex="0" role="group" aria-labelledby="h-minion-links-panel">
<table class="t" id="minion-links-table" role="table" aria-labelledby="h-minion-links-panel">
${tableHead([
  column('port'),
  column('address'),
  column('opened'),
  column('ended'),
  column('last ack', 'r'),
  column('round trip', 'r'),
  column('sent again', 'r'),
  column('identity'),
])}
<tbody role="rowgroup" id="minion-links"></tbody></table>
<p class="empty" id="minion-links-none" hidden></p></div>`,
});

const pairs = (name: string, title: string, list: string): string =>
  panel(name, {
    title,
    beside: '',
    body: `<div class="rows"><dl class="pairs" id="${list}"></dl></div>`,
  });

const EVENTS = panel('minion-events-panel', {
  title: 'What happened to it',
  beside: '<span class="sub">newest first</span>',
  body: `<div class="scroll rows" tabindex="0" role="group" aria-labelledby="h-minion-events-panel">
<ol class="list timed num" id="minion-events"></ol>
<p class="empty" id="minion-events-none" hidden></p></div>`,
});

const LOSSES = panel('minion-losses-panel', {
  title: 'Its lost returns',
  beside: '<span class="sub">newest first</span>',
  body: `<div class="scroll rows" tabindex="0" role="group" aria-labelledby="h-minion-losses-panel">
<ol class="list timed num" id="minion-losses"></ol>
<p class="empty" id="minion-losses-none" hidden></p></div>`,
});

export const MINION_VIEW = `<div class="view" id="minion-view" hidden>
${HEAD}
<div id="minion-known" hidden>
${TIMELINE}
${LINKS}
${pairs('minion-queue-panel', 'Its queue in the publisher', 'minion-queue')}
${pairs('minion-requests-panel', 'Requests and returns', 'minion-requests')}
${pairs('minion-keys-panel', 'Who it is', 'minion-keys')}
${EVENTS}
${LOSSES}
</div>
</div>`;
