/** Colours, links and reasons that several dashboards share. */

/** Grafana's names: each theme has its shade. */
export const STATUS_COLOURS: Readonly<Record<string, string>> = {
  ok: 'blue',
  slow: 'yellow',
  stalled: 'orange',
  half_open: 'purple',
  absent: 'red',
  stale: '#74777e',
  ambiguous: '#a7a9ac',
  unknown: '#868079',
};

export const LINK_COLOURS: Readonly<Record<string, string>> = {
  '1 client to master': 'yellow',
  '2': 'red',
  '3': 'orange',
  '4': 'purple',
  '4_or_5': 'light-purple',
  '5': 'blue',
  '6': 'dark-red',
  unknown: '#868079',
};

/** Keeps range and data sources; what a row says is encoded. */
const KEEP = `\${__url_time_range}&\${prometheus:queryparam}&\${brinescope:queryparam}`;

/** From a row of a table that has the columns `minion` and `master`. */
export const MINION_OF_ROW = `/d/brinescope-minion?var-minion=\${__data.fields.minion:percentencode}&var-master=\${__data.fields.master:percentencode}&${KEEP}`;
/** The same of our own data source, which names no master where it has one. */
export const MINION_OF_OWN_ROW = `/d/brinescope-minion?var-minion=\${__data.fields.minion:percentencode}&${KEEP}`;

export function to(name: string, title: string) {
  return { title, url: `/d/brinescope-${name}?\${master:queryparam}&${KEEP}` };
}

export const NO_LEDGER =
  'No ledger is known yet: it is exact from the first idle moment or new link on.';
export const NO_BUS = 'The event bus of the master is not read.';
export const NOBODY = 'Nobody.';
export const DETAIL_OFF =
  'None now. With --metrics.detail=none there are no series of single minions.';
