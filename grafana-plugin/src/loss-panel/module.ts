/** The loss path panel. */
import { PanelPlugin } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { LossPanel } from './LossPanel';
import { type LossOptions, offerOptions } from './options';
import meta from './plugin.json';
import { suggest } from './suggestions';

await initPluginTranslations(meta.id);
export const plugin = new PanelPlugin<LossOptions>(LossPanel)
  .useFieldConfig()
  .setPanelOptions(offerOptions)
  .setSuggestionsSupplier(suggest);
