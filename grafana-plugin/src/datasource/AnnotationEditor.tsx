/** What becomes an annotation: which kinds of events, of whom. */
import type { QueryEditorProps } from '@grafana/data';
import { InlineFieldRow } from '@grafana/ui';
import { ANNOTATION_KINDS, ANNOTATIONS_MAX } from './annotations';
import type { BrinescopeDataSource } from './datasource';
import { KindField, LimitField, MasterField, MinionField } from './fields';
import type { BrinescopeQuery, BrinescopeSettings } from './types';

type Props = QueryEditorProps<BrinescopeDataSource, BrinescopeQuery, BrinescopeSettings>;

export function AnnotationEditor({ datasource, query, onChange, onRunQuery }: Props) {
  const asked: BrinescopeQuery = {
    ...{ kind: ANNOTATION_KINDS, limit: ANNOTATIONS_MAX },
    ...query,
    queryType: 'events',
  };
  const change = (part: Partial<BrinescopeQuery>) => onChange({ ...asked, ...part });
  const choose = (part: Partial<BrinescopeQuery>) => {
    change(part);
    onRunQuery();
  };
  return (
    <InlineFieldRow>
      <KindField value={asked.kind} onChoose={(kind) => choose({ kind })} />
      <MinionField
        value={asked.minion}
        onChange={(minion) => change({ minion })}
        onDone={onRunQuery}
      />
      <MasterField
        masters={datasource.masters}
        value={asked.master}
        onChoose={(master) => choose({ master })}
      />
      <LimitField value={asked.limit} onChange={(limit) => change({ limit })} onDone={onRunQuery} />
    </InlineFieldRow>
  );
}
