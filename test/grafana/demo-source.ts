/** The demo's fleet with the real exporter on it, and host pages whose data source asks it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { DemoProcess, eventually } from '../e2e/demo-fleet.js';
import { DATASOURCE, type Harness, type HostPage } from '../grafana-host/harness.js';
import type { QueryRequest, QuerySummary } from '../grafana-host/host-api.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

/** Nobody listens there. */
export const NOBODY = 'http://127.0.0.1:9';
export const UID = 'brine';
/** What the server keeps; no page may ever show it. */
export const SECRET = 'secret-of-the-proxy';

export class DemoSource {
  readonly demo: DemoProcess;
  readonly exporter: string;
  readonly minions = 40;

  /** `basePort` and the two that follow are its own. */
  constructor(basePort: number) {
    this.exporter = `http://127.0.0.1:${basePort + 2}`;
    this.demo = new DemoProcess([
      ...['--minions', String(this.minions), '--commands', '--publish-port', String(basePort)],
      ...['--request-port', String(basePort + 1), '--web-port', String(basePort + 2)],
    ]);
  }

  async rows(path: string): Promise<Record<string, unknown>[]> {
    const answer = await fetch(`${this.exporter}/api/v1/${path}`);
    if (!answer.ok) return [];
    return ((await answer.json()) as { rows: Record<string, unknown>[] }).rows;
  }

  /** Resolves when something was recorded that queries can find. */
  async ready(): Promise<void> {
    await eventually(
      'a minion flaps and is recorded',
      () => this.rows('events?kind=flap').catch(() => []),
      (rows) => rows.length > 0,
    );
  }

  async end(): Promise<void> {
    await this.demo.end();
  }
}

/** A page with a data source of these settings, as it would be saved. */
export async function openSource(
  harness: Harness,
  jsonData: Record<string, string>,
): Promise<HostPage> {
  harness.server.sources.set(UID, {
    pluginId: DATASOURCE,
    jsonData,
    secureJsonData: { token0: SECRET },
  });
  const host = await harness.open({ width: 1300, height: 760 });
  await host.page.evaluate(([id, uid, saved]) => window.host.addDataSource(id, uid, saved), [
    DATASOURCE,
    UID,
    jsonData,
  ] as const);
  return host;
}

export function ask(
  { page }: HostPage,
  target: Record<string, unknown>,
  over: Partial<QueryRequest> = {},
): Promise<QuerySummary> {
  const query: QueryRequest = { targets: [target], ...over };
  return page.evaluate(([uid, asked]) => window.host.query(uid, asked), [UID, query] as const);
}

export function namesOf(answer: QuerySummary): string[] {
  return answer.frames[0]?.fields.map(({ name }) => name) ?? [];
}

export function columnOf(answer: QuerySummary, name: string): unknown[] {
  return [...(answer.frames[0]?.fields.find((field) => field.name === name)?.values ?? [])];
}

/** What axe finds under the host's root, by rule. */
export async function axeFindings({ page }: HostPage): Promise<string[]> {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  return page.evaluate(async (tags) => {
    const axe = (globalThis as unknown as { axe: typeof import('axe-core') }).axe;
    const result = await axe.run('#root', { runOnly: { type: 'tag', values: [...tags] } });
    return result.violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`);
  }, WCAG);
}
