/** Built plugin, host page, its server and a headless browser, for one version of Grafana. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../e2e/page-browser.js';
import { PATIENCE_MS } from '../patience.js';
import { buildHost, type HostMode } from './build.js';
import './host-api.js';
import { GRAFANAS, type Grafana, installPackages, PLUGIN } from './packages.js';
import { type HostServer, serveHost } from './serve.js';

export const APP = 'brinescope-salt-app';
export const DATASOURCE = 'brinescope-salt-datasource';
export const FLAP_PANEL = 'brinescope-flaps-panel';
export const LOSS_PANEL = 'brinescope-losspath-panel';

export interface HostPage {
  readonly page: Page;
  /** Console errors and warnings, uncaught errors, answers of 400 and above. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export interface PageLook {
  readonly theme?: 'dark' | 'light';
  readonly width?: number;
  readonly height?: number;
}

export class Harness {
  readonly server: HostServer;
  readonly #browser: Browser;
  readonly #bundle: string;

  private constructor(server: HostServer, browser: Browser, bundle: string) {
    this.server = server;
    this.#browser = browser;
    this.#bundle = bundle;
  }

  static async start(grafana: Grafana, mode?: HostMode): Promise<Harness> {
    const { directory } = GRAFANAS[grafana];
    installPackages(directory);
    const bundle = mkdtempSync(join(tmpdir(), 'brinescope-grafana-'));
    await buildHost(grafana, bundle, mode);
    const modules = join(directory, 'node_modules');
    const server = await serveHost({ dist: join(PLUGIN, 'dist'), bundle, modules });
    return new Harness(server, await launchBrowser(), bundle);
  }

  async open(look: PageLook = {}): Promise<HostPage> {
    const context = await this.#browser.newContext({
      viewport: { width: look.width ?? 1100, height: look.height ?? 700 },
      reducedMotion: 'reduce',
      timezoneId: 'UTC',
      locale: 'en-US',
      serviceWorkers: 'block',
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(`${this.server.origin}/?theme=${look.theme ?? 'dark'}`);
    await page.waitForSelector('html[data-ready=true]');
    return { page, complaints, close: () => context.close() };
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.server.close();
    rmSync(this.#bundle, { recursive: true, force: true });
  }
}
