/** The Brinescope app: holds the data source, the panels and the dashboards. */
import { AppPlugin } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import meta from './plugin.json';
import { StartPage } from './start/StartPage';

await initPluginTranslations(meta.id);
export const plugin = new AppPlugin().setRootPage(StartPage);
