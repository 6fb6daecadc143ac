/** The data source for Brinescope's exporter. */
import { DataSourcePlugin } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { CheatSheet } from './CheatSheet';
import { ConfigEditor } from './ConfigEditor';
import { BrinescopeDataSource } from './datasource';
import meta from './plugin.json';
import { QueryEditor } from './QueryEditor';

await initPluginTranslations(meta.id);
const made = new DataSourcePlugin(BrinescopeDataSource).setConfigEditor(ConfigEditor);
export const plugin = made.setQueryEditor(QueryEditor).setQueryEditorHelp(CheatSheet);
