/** Each source: what it sees, what it cannot, and what follows from that for the reader. */
import type { Overview, SourceView } from '../api-types.js';
import { durationText } from '../time-text.js';
import { byId, element, type Row, rowList, setHidden, setOptional, setText } from './dom.js';
import { createSourceMark } from './icons.js';
import { numberText, printable, SOURCE_STATE_WORD, SOURCE_WORD, sentenceText } from './words.js';

/** Sources report every few seconds; one that is silent for longer is said to be. */
const SILENT_AFTER_SECONDS = 60;

interface Shown {
  readonly source: SourceView;
  readonly overview: Overview;
}

export function createSourcesPanel(): { update: (overview: Overview) => void } {
  const update = rowList(byId('sources-list'), createRow);
  return {
    update: (overview) => {
      update(overview.sources.map((source) => ({ source, overview })));
      setHidden(byId('sources-empty'), overview.sources.length > 0);
    },
  };
}

function createRow(): Row<Shown> {
  const mark = createSourceMark();
  const name = element('span');
  const detail = element('span');
  const notes = element('span', { className: 'notes' });
  const what = element('div', { className: 'what', children: [detail, notes] });
  const updateNotes = rowList(notes, createNote);
  return {
    node: element('li', { children: [mark.node, name, what] }),
    update: ({ source, overview }) => {
      mark.set(source.state, SOURCE_STATE_WORD[source.state]);
      setText(name, SOURCE_WORD[source.source]);
      setOptional(detail, detailText(source));
      detail.className = source.state === 'works' || source.state === 'limited' ? '' : 'cant';
      updateNotes(notesOf(source, overview));
    },
  };
}

function createNote(): Row<{ finding: string; text: string }> {
  const finding = element('span', { className: 'find' });
  const text = element('span');
  return {
    node: element('span', { className: 'cant', children: [finding, text] }),
    update: (note) => {
      setOptional(finding, note.finding);
      setText(text, note.text);
    },
  };
}

/** Without words of its own, and without a limitation to say it, its state stands for them. */
function detailText({ state, detail, limitations }: SourceView): string {
  if (detail.trim() !== '') return sentenceText(printable(detail));
  return limitations.length > 0 ? '' : sentenceText(SOURCE_STATE_WORD[state]);
}

/** Limitations first; then what is ignored, silence, and counted errors. */
function notesOf(
  source: SourceView,
  overview: Overview,
): readonly { finding: string; text: string }[] {
  const notes = source.limitations.map(({ finding, consequence }) => ({
    finding: `${printable(finding)}: `,
    text: sentenceText(printable(consequence)),
  }));
  const ignored = overview.master?.ignoredOptions ?? [];
  if (source.source === 'master_config' && ignored.length > 0) {
    notes.push({
      finding: 'Set, but without effect in this version: ',
      text: printable(ignored.join(', ')),
    });
  }
  const silentSeconds =
    source.lastSuccessMs === null ? null : (overview.atMs - source.lastSuccessMs) / 1000;
  const reports = source.source === 'kernel' || source.state === 'down';
  if (reports && silentSeconds !== null && silentSeconds > SILENT_AFTER_SECONDS) {
    notes.push({ finding: '', text: `Last success ${durationText(silentSeconds)} ago.` });
  }
  const errors = Object.entries(source.errors).map(
    ([reason, count]) => `${printable(reason)} ${numberText(count)}`,
  );
  if (errors.length > 0) notes.push({ finding: 'Counted: ', text: errors.join(', ') });
  return notes;
}
