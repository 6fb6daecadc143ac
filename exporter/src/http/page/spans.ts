/** The buttons that say how far back the drawings go; all views have the same. */
import { element, setAttribute } from './dom.js';
import { SPANS, type Span } from './timeline-feed.js';

/** Fills every place of the markup that wants them. */
export function startSpans(onSpan: (span: Span) => void): void {
  const buttons: { readonly span: Span; readonly node: HTMLElement }[] = [];
  const choose = (chosen: Span): void => {
    for (const { span, node } of buttons) {
      setAttribute(node, 'aria-pressed', span === chosen ? 'true' : 'false');
    }
    onSpan(chosen);
  };
  for (const place of document.querySelectorAll('[data-spans]')) {
    for (const span of SPANS) {
      const node = element('button', {
        className: 'btn small',
        text: span.word,
        attributes: { type: 'button' },
      });
      node.addEventListener('click', () => choose(span));
      place.append(node);
      buttons.push({ span, node });
    }
  }
  choose(SPANS[1]);
}
