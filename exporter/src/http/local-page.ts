/** The page of an exporter of role minion: one screen of text, made anew for each reader; no script. */
import type { LocalView } from './local-api-types.js';

/** Everything that is shown is untrusted text. */
export function localPage(view: LocalView): string {
  const title = `Minion ${view.minion ?? 'of unknown id'}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>${escaped(title)}</title>
<link rel="icon" href="/page/icon.svg"><link rel="stylesheet" href="/page/style.css"></head>
<body><main><h1>${escaped(title)}</h1>
<h2>Masters</h2>
${table(MASTER_HEAD, view.masters.map(masterRow))}
<h2>Jobs</h2>
${table(
  ['outcome', 'jobs'],
  Object.entries(view.jobs).map(([name, count]) => [name, String(count)]),
)}
<h2>Does this fleet invite a storm?</h2>
${view.storm.sentences.map((sentence) => `<p>${escaped(sentence)}</p>`).join('\n')}
<h2>Options in force</h2>
${table(
  ['option', 'value'],
  Object.entries(view.options).map(([name, value]) => [name, String(value)]),
)}
<h2>Sources</h2>
${table(
  ['source', 'state', 'what it says'],
  view.sources.map(({ source, state, detail }) => [source, state, detail]),
)}
</main></body></html>
`;
}

const MASTER_HEAD = [
  'master',
  'publish links',
  'request links',
  'unread publishes, bytes',
  'oldest request waits, s',
  'answered',
  'abandoned',
  'refused',
];

function masterRow(master: LocalView['masters'][number]): readonly string[] {
  const { requests } = master;
  return [
    master.master,
    known(master.publishLinks),
    known(master.requestLinks),
    known(master.receiveQueueBytes),
    master.requestWaitSeconds === null ? '–' : master.requestWaitSeconds.toFixed(1),
    String(requests.answered),
    String(requests.abandoned),
    String(requests.refused),
  ];
}

function known(value: number | null): string {
  return value === null ? 'unknown' : String(value);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: 'th' | 'td', texts: readonly string[]) =>
    `<tr>${texts.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${cells('th', head)}</thead><tbody>
${rows.map((row) => cells('td', row)).join('\n')}
</tbody></table>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
