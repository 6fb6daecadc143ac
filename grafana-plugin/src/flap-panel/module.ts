/** The flap and pressure panel. */
import { PanelPlugin } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { FlapPanel } from './FlapPanel';
import { type FlapOptions, offerOptions } from './options';
import meta from './plugin.json';
import { suggest } from './suggestions';

await initPluginTranslations(meta.id);
export const plugin = new PanelPlugin<FlapOptions>(FlapPanel)
  .useFieldConfig()
  .setPanelOptions(offerOptions)
  .setSuggestionsSupplier(suggest);
