/** Puts a web configuration file in force; loaded only when one is given. */
import type { RequestListener, Server } from 'node:http';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/log.js';
import { readWebConfig } from './web-config-files.js';
import { putTlsBefore, type TlsFront } from './web-config-front.js';
import { createGate } from './web-config-gate.js';
import { PasswordCheck } from './web-config-passwords.js';
import { type WebConfigStatus, WebConfigStore } from './web-config-store.js';

export interface WebSecurity {
  /** Stands before the routes. */
  readonly gate: RequestListener;
  readonly isTls: boolean;
  readonly users: number;
  status(): WebConfigStatus;
  /** Looks at the files now: they are looked at otherwise when somebody asks for something. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

export interface WebSecurityOptions {
  readonly path: string;
  readonly server: Server;
  readonly routes: RequestListener;
  readonly clock: Clock;
  readonly log: Logger;
}

/** To be called before the server listens. Throws `config_invalid` with every mistake. */
export async function openWebSecurity(options: WebSecurityOptions): Promise<WebSecurity> {
  const { path, server, routes, clock, log } = options;
  const store = await WebConfigStore.open({ path, log, wallMs: () => clock.now().wallMs });
  const passwords = new PasswordCheck(log);
  const { tlsOptions, config } = store.inForce;
  let front: TlsFront | undefined;
  if (tlsOptions !== undefined) front = putTlsBefore(server, store, log);
  return {
    gate: createGate({ store, passwords, routes, monoMs: () => clock.now().monoMs }),
    isTls: tlsOptions !== undefined,
    users: config.users.size,
    status: () => store.status,
    refresh: async () => {
      await store.present();
    },
    stop: async () => {
      front?.stop();
      await passwords.stop();
    },
  };
}

/** Every mistake of the file, for --check-config; empty when it can be put in force. */
export async function checkWebConfig(path: string, wallMs: number): Promise<readonly string[]> {
  const read = await readWebConfig(path, wallMs);
  return read.ok ? [] : read.errors;
}
