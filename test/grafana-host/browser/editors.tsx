/**
 * Stand-ins for the option editors that live in Grafana core, made of `@grafana/ui`, and core's
 * standard field options, whose processors `@grafana/data` exports.
 */
import {
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  type Field,
  FieldColorModeId,
  FieldType,
  identityOverrideProcessor,
  numberOverrideProcessor,
  FieldConfigProperty as P,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  stringOverrideProcessor,
  ThresholdsMode,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import { Combobox, Input, RadioButtonGroup, Switch } from '@grafana/ui';
import type { ComponentType } from 'react';

interface Choice {
  readonly value: string;
  readonly label: string;
}

interface EditorProps {
  readonly id: string;
  readonly value: string | number | boolean | undefined;
  readonly item: { readonly settings?: { placeholder?: string; options?: Choice[] } };
  onChange(value: string | number | boolean | undefined): void;
}

function TextEditor({ id, value, item, onChange }: EditorProps) {
  const placeholder = item.settings?.placeholder;
  return (
    <Input
      id={id}
      value={String(value ?? '')}
      placeholder={placeholder}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function NumberEditor({ id, value, onChange }: EditorProps) {
  return (
    <Input
      id={id}
      type="number"
      value={String(value ?? '')}
      onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
    />
  );
}

function BooleanEditor({ id, value, onChange }: EditorProps) {
  return (
    <Switch
      id={id}
      value={Boolean(value)}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

function RadioEditor({ id, value, item, onChange }: EditorProps) {
  const options = item.settings?.options ?? [];
  return <RadioButtonGroup id={id} value={String(value)} options={options} onChange={onChange} />;
}

function SelectEditor({ id, value, item, onChange }: EditorProps) {
  const options = item.settings?.options ?? [];
  return (
    <Combobox
      id={id}
      value={String(value)}
      options={options}
      onChange={(choice) => onChange(choice.value)}
    />
  );
}

const EDITORS: Record<string, ComponentType<EditorProps>> = {
  text: TextEditor,
  number: NumberEditor,
  slider: NumberEditor,
  boolean: BooleanEditor,
  radio: RadioEditor,
  select: SelectEditor,
};
/** Core has these too; no plugin of ours changes their look, so their names suffice. */
const NAMED_ONLY = [
  ...['color', 'fieldColor', 'unit', 'strings', 'thresholds', 'value-mappings', 'mappings'],
  ...['links', 'actions', 'timezone', 'field-name', 'stats-picker', 'dashboard-uid'],
];

function allEditors() {
  const named = NAMED_ONLY.map((id) => [id, () => <em>{id}</em>] as const);
  return [...Object.entries(EDITORS), ...named];
}

const numeric = (field: Field) => field.type === FieldType.number;

function fieldOptions() {
  const known = new Map<string, unknown>(allEditors());
  const option = (id: P, editor: string, more: object) => {
    const look = { editor: known.get(editor), override: known.get(editor), settings: {} };
    const base = { id, path: id, name: id, shouldApply: () => true };
    return { ...base, ...look, category: ['Standard options'], ...more };
  };
  const steps = [{ value: Number.NEGATIVE_INFINITY, color: 'green' }];
  const number = { process: numberOverrideProcessor, shouldApply: numeric };
  const colour = { mode: FieldColorModeId.Thresholds };
  const thresholds = { mode: ThresholdsMode.Absolute, steps };
  return [
    option(P.Unit, 'unit', { process: unitOverrideProcessor, shouldApply: numeric }),
    option(P.Min, 'number', number),
    option(P.Max, 'number', number),
    option(P.Decimals, 'number', number),
    option(P.DisplayName, 'text', { process: displayNameOverrideProcessor }),
    option(P.Color, 'fieldColor', { process: identityOverrideProcessor, defaultValue: colour }),
    option(P.NoValue, 'text', { process: stringOverrideProcessor }),
    option(P.Thresholds, 'thresholds', {
      process: thresholdsOverrideProcessor,
      defaultValue: thresholds,
    }),
    option(P.Mappings, 'mappings', { process: valueMappingsOverrideProcessor, defaultValue: [] }),
    option(P.Links, 'links', { process: dataLinksOverrideProcessor, defaultValue: [] }),
  ];
}

export function installEditors(): void {
  type EditorItems = ReturnType<Parameters<typeof standardEditorsRegistry.setInit>[0]>;
  type FieldItems = ReturnType<Parameters<typeof standardFieldConfigEditorRegistry.setInit>[0]>;
  const editors = allEditors().map(([id, editor]) => ({ id, name: id, editor }));
  standardEditorsRegistry.setInit(() => editors as unknown as EditorItems);
  standardFieldConfigEditorRegistry.setInit(() => fieldOptions() as unknown as FieldItems);
}
