/** Addresses and tokens of one or several exporters; tokens go to Grafana's server and do not come back. */
import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Field, FieldSet, Input, SecretInput } from '@grafana/ui';
import { useState } from 'react';
import { type BrinescopeSecrets, type BrinescopeSettings, MAX_MASTERS, mastersOf } from './types';

type Props = DataSourcePluginOptionsEditorProps<BrinescopeSettings, BrinescopeSecrets>;

const WIDTH = 50;

function Exporter({ options, onOptionsChange, index }: Props & { readonly index: number }) {
  const { jsonData, secureJsonData, secureJsonFields } = options;
  const tokenKey = `token${index}`;
  const write = (key: `url${number}` | `name${number}`, value: string) =>
    onOptionsChange({ ...options, jsonData: { ...jsonData, [key]: value } });
  const writeToken = (value: string, configured: boolean) =>
    onOptionsChange({
      ...options,
      secureJsonFields: { ...secureJsonFields, [tokenKey]: configured },
      secureJsonData: { ...secureJsonData, [tokenKey]: value },
    });
  return (
    <FieldSet label={t('source.config.exporter', 'Exporter {{number}}', { number: index + 1 })}>
      <Field
        label={t('source.config.url', 'Address')}
        description={t('source.config.url-help', 'As Grafana’s server reaches it.')}
        htmlFor={`url${index}`}
      >
        <Input
          id={`url${index}`}
          width={WIDTH}
          value={jsonData[`url${index}`] ?? ''}
          placeholder="http://salt-master.example.net:4507"
          onChange={(event) =>
            write(`url${index}`, event.currentTarget.value.trim().replace(/\/+$/, ''))
          }
        />
      </Field>
      <Field
        label={t('source.config.name', 'Name')}
        description={t('source.config.name-help', 'The label “master” where there are several.')}
        htmlFor={`name${index}`}
      >
        <Input
          id={`name${index}`}
          width={WIDTH}
          value={jsonData[`name${index}`] ?? ''}
          placeholder={`master ${index + 1}`}
          onChange={(event) => write(`name${index}`, event.currentTarget.value)}
        />
      </Field>
      <Field
        label={t('source.config.token', 'Token')}
        description={t(
          'source.config.token-help',
          'Sent as a bearer token, if a proxy asks for one.',
        )}
        htmlFor={tokenKey}
      >
        <SecretInput
          id={tokenKey}
          width={WIDTH}
          isConfigured={secureJsonFields[tokenKey] === true}
          value={secureJsonData?.[tokenKey] ?? ''}
          onChange={(event) => writeToken(event.currentTarget.value, false)}
          onReset={() => writeToken('', false)}
        />
      </Field>
    </FieldSet>
  );
}

export function ConfigEditor(props: Props) {
  const known = mastersOf(props.options.jsonData).at(-1)?.index ?? 0;
  const [shown, setShown] = useState(known + 1);
  const indices = Array.from({ length: Math.max(shown, known + 1) }, (_, index) => index);
  return (
    <>
      {indices.map((index) => (
        <Exporter key={index} {...props} index={index} />
      ))}
      {indices.length < MAX_MASTERS && (
        <Button
          variant="secondary"
          icon="plus"
          type="button"
          onClick={() => setShown(indices.length + 1)}
        >
          {t('source.config.add', 'Add the exporter of another master')}
        </Button>
      )}
    </>
  );
}
