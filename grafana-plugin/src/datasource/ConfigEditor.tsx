/** Addresses and secrets of one or several exporters; secrets go to Grafana's server and do not come back. */
import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Field, FieldSet, Input, SecretInput, SecretTextArea, Switch } from '@grafana/ui';
import { useState } from 'react';
import { type AddressFault, addressFault, basicCredentials } from './credentials';
import {
  type BrinescopeSecrets,
  type BrinescopeSettings,
  MAX_MASTERS,
  mastersOf,
  type NameKey,
  type UrlKey,
  type UserKey,
} from './types';

type Props = DataSourcePluginOptionsEditorProps<BrinescopeSettings, BrinescopeSecrets>;
type OneProps = Props & { readonly index: number };

const WIDTH = 50;

function faultText(fault: AddressFault | undefined): string | undefined {
  switch (fault) {
    case 'scheme':
      return t('source.config.url-scheme', 'Begin it with http:// or https://.');
    case 'secret':
      return t('source.config.url-secret', 'Viewers can read it: put the password below.');
    case 'path':
      return t('source.config.url-path', 'Leave out /metrics, /api/v1 and what follows “?”.');
    default:
      return undefined;
  }
}

function Place({ options, onOptionsChange, index }: OneProps) {
  const { jsonData } = options;
  const address = jsonData[`url${index}`] ?? '';
  const name = jsonData[`name${index}`] ?? '';
  const fault = faultText(addressFault(address));
  const write = (key: UrlKey | NameKey, value: string) =>
    onOptionsChange({ ...options, jsonData: { ...jsonData, [key]: value } });
  const twin = mastersOf(jsonData).some((one) => one.index !== index && one.name === name);
  return (
    <>
      <Field
        label={t('source.config.url', 'Address')}
        description={t('source.config.url-help', 'As Grafana’s server reaches it.')}
        htmlFor={`url${index}`}
        invalid={fault !== undefined}
        error={fault}
      >
        <Input
          id={`url${index}`}
          width={WIDTH}
          value={address}
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
        invalid={twin}
        error={t('source.config.name-twin', 'Another exporter has this name.')}
      >
        <Input
          id={`name${index}`}
          width={WIDTH}
          value={name}
          placeholder={`master ${index + 1}`}
          onChange={(event) => write(`name${index}`, event.currentTarget.value)}
        />
      </Field>
    </>
  );
}

function Secrets({ options, onOptionsChange, index }: OneProps) {
  const { jsonData, secureJsonData, secureJsonFields } = options;
  const [tokenKey, basicKey, userKey] = [
    `token${index}`,
    `basic${index}`,
    `user${index}` as UserKey,
  ];
  const [password, setPassword] = useState('');
  const user = jsonData[userKey] ?? '';
  /** The header holds user and password: a change of either writes it anew. */
  const writeBasic = (nextUser: string, next: string) => {
    setPassword(next);
    onOptionsChange({
      ...options,
      jsonData: { ...jsonData, [userKey]: nextUser },
      secureJsonFields: { ...secureJsonFields, [basicKey]: false },
      secureJsonData: {
        ...secureJsonData,
        [basicKey]: next === '' ? '' : basicCredentials(nextUser, next),
      },
    });
  };
  const writeToken = (value: string) =>
    onOptionsChange({
      ...options,
      secureJsonFields: { ...secureJsonFields, [tokenKey]: false },
      secureJsonData: { ...secureJsonData, [tokenKey]: value },
    });
  return (
    <>
      <Field
        label={t('source.config.user', 'User')}
        description={t(
          'source.config.user-help',
          'If the exporter’s --web.config.file names users.',
        )}
        htmlFor={userKey}
      >
        <Input
          id={userKey}
          width={WIDTH}
          value={user}
          autoComplete="off"
          onChange={(event) => writeBasic(event.currentTarget.value, password)}
        />
      </Field>
      <Field label={t('source.config.password', 'Password')} htmlFor={basicKey}>
        <SecretInput
          id={basicKey}
          width={WIDTH}
          isConfigured={secureJsonFields[basicKey] === true}
          value={password}
          autoComplete="new-password"
          onChange={(event) => writeBasic(user, event.currentTarget.value)}
          onReset={() => writeBasic(user, '')}
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
          onChange={(event) => writeToken(event.currentTarget.value)}
          onReset={() => writeToken('')}
        />
      </Field>
    </>
  );
}

/** Of all exporters: Grafana's proxy has one transport for a data source. */
function Tls({ options, onOptionsChange }: Props) {
  const { jsonData, secureJsonData, secureJsonFields } = options;
  const writeCertificate = (value: string, isKept: boolean) =>
    onOptionsChange({
      ...options,
      jsonData: { ...jsonData, tlsAuthWithCACert: value !== '' || isKept },
      secureJsonFields: { ...secureJsonFields, tlsCACert: isKept },
      secureJsonData: { ...secureJsonData, tlsCACert: value },
    });
  return (
    <FieldSet label={t('source.config.tls', 'TLS')}>
      <Field
        label={t('source.config.ca', 'Certificate authority')}
        description={t(
          'source.config.ca-help',
          'PEM; for certificates that are not publicly signed.',
        )}
        htmlFor="tls-ca"
      >
        <SecretTextArea
          id="tls-ca"
          cols={WIDTH}
          rows={4}
          isConfigured={secureJsonFields.tlsCACert === true}
          value={secureJsonData?.tlsCACert ?? ''}
          placeholder="-----BEGIN CERTIFICATE-----"
          onChange={(event) => writeCertificate(event.currentTarget.value, false)}
          onReset={() => writeCertificate('', false)}
        />
      </Field>
      <Field
        label={t('source.config.skip', 'Do not check certificates')}
        description={t('source.config.skip-help', 'Then anyone in between can read and answer.')}
        htmlFor="tls-skip"
      >
        <Switch
          id="tls-skip"
          value={jsonData.tlsSkipVerify === true}
          onChange={(event) => {
            const tlsSkipVerify = event.currentTarget.checked;
            onOptionsChange({ ...options, jsonData: { ...jsonData, tlsSkipVerify } });
          }}
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
        <FieldSet
          key={index}
          label={t('source.config.exporter', 'Exporter {{number}}', { number: index + 1 })}
        >
          <Place {...props} index={index} />
          <Secrets {...props} index={index} />
        </FieldSet>
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
      <Tls {...props} />
    </>
  );
}
