/** Events as annotations of a dashboard: master restarts, flap storms and drops unless others are chosen. */
import type {
  AnnotationEvent,
  AnnotationQuery,
  AnnotationSupport,
  DataFrame,
  Labels,
} from '@grafana/data';
import { of } from 'rxjs';
import { AnnotationEditor } from './AnnotationEditor';
import type { BrinescopeQuery } from './types';

/** More would be a wall, not a mark. */
export const ANNOTATIONS_MAX = 500;
export const ANNOTATION_KINDS = 'master_restart,storm,drop';

const TAGS = ['kind', 'reason', 'minion', 'master'] as const;

const DEFAULT: Partial<BrinescopeQuery> = {
  queryType: 'events',
  kind: ANNOTATION_KINDS,
  limit: ANNOTATIONS_MAX,
};

function eventsOf(frame: DataFrame): AnnotationEvent[] {
  const column = (name: string): ArrayLike<unknown> =>
    frame.fields.find((field) => field.name === name)?.values ?? [];
  const [times, texts] = [column('timestamp'), column('body')];
  const [ids, labels] = [column('id'), column('labels')];
  return Array.from({ length: frame.length }, (_, row) => {
    const known = labels[row] as Labels | undefined;
    const tags = TAGS.map((tag) => known?.[tag]).filter((tag) => tag !== undefined);
    return { time: Number(times[row]), text: escaped(texts[row]), id: String(ids[row]), tags };
  });
}

/** Grafana shows the text of an annotation as HTML, and minions write it. */
function escaped(text: unknown): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return String(text).replace(/[&<>"]/g, (sign) => entities[sign] ?? sign);
}

export function annotationSupport(): AnnotationSupport<BrinescopeQuery> {
  return {
    QueryEditor: AnnotationEditor,
    getDefaultQuery: () => DEFAULT,
    prepareAnnotation: (annotation: AnnotationQuery<BrinescopeQuery>) => ({
      ...annotation,
      target: { ...DEFAULT, refId: 'Anno', ...annotation.target } as BrinescopeQuery,
    }),
    // Of an annotation only events make sense, whatever was saved.
    prepareQuery: ({ target }) =>
      target === undefined ? undefined : { ...target, queryType: 'events' },
    processEvents: (_, frames) => of(frames.flatMap(eventsOf)),
  };
}
