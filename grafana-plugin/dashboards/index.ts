/** The six dashboards of the app, in the order of the navigation. */
import { exporter } from './exporter.js';
import { fleet } from './fleet.js';
import { jobs } from './jobs.js';
import { master, type SocketRow } from './master.js';
import { minion } from './minion.js';
import type { Dashboard } from './model.js';
import { queues } from './queues.js';

/** `sockets`: the exporter's own table of what each queue does at its mark. */
export function dashboards(sockets: readonly SocketRow[]): readonly Dashboard[] {
  return [fleet, minion, queues, jobs, master(sockets), exporter];
}
