/** The part of a Grafana server that a front-end plugin touches: plugin files and metas, icons, fonts, the data proxy. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLUGIN } from './packages.js';

const BROWSER = fileURLToPath(new URL('browser', import.meta.url));
const FONTS: Record<string, string> = {
  'Inter-Regular.woff2': 'inter/files/inter-latin-400-normal.woff2',
  'Inter-Medium.woff2': 'inter/files/inter-latin-500-normal.woff2',
  'Inter-Italic.woff2': 'inter/files/inter-latin-400-italic.woff2',
  'Inter-MediumItalic.woff2': 'inter/files/inter-latin-500-italic.woff2',
};
const MONO = 'roboto-mono/files/roboto-mono-latin-400-normal.woff2';
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.html': 'text/html',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

interface Route {
  readonly path: string;
  readonly method?: string;
  readonly url: string;
  readonly headers?: readonly { readonly name: string; readonly content: string }[];
}

interface PluginJson {
  readonly id: string;
  readonly info: { readonly logos: { readonly small: string; readonly large: string } };
  readonly routes?: readonly Route[];
}

interface FoundPlugin {
  readonly directory: string;
  readonly json: PluginJson;
}

/** A data source as Grafana keeps it: the secrets never reach the browser. */
export interface StoredSource {
  readonly pluginId: string;
  jsonData: Record<string, unknown>;
  secureJsonData: Record<string, string>;
}

export interface HostServer {
  readonly origin: string;
  readonly sources: Map<string, StoredSource>;
  /** Requests that the data proxy refused or could not pass on. */
  readonly refused: string[];
  /** `Authorization` of the latest request that went to an exporter. */
  authorization(): string | undefined;
  /** Ends the streams that run through the proxy, as a restart of Grafana would; how many there were. */
  cutStreams(): number;
  /** From now on the proxy reaches nobody, until false is said. */
  block(isBlocked: boolean): void;
  close(): Promise<void>;
}

export interface HostPlaces {
  /** The built plugin. */
  readonly dist: string;
  /** The bundled host page. */
  readonly bundle: string;
  /** Packages of the Grafana that is hosted. */
  readonly modules: string;
}

/** As Grafana's discovery finds them: nested plugins too, each under its own id. */
function discover(directory: string, found = new Map<string, FoundPlugin>()) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) discover(path, found);
    if (entry.name !== 'plugin.json') continue;
    const json: PluginJson = JSON.parse(readFileSync(path, 'utf8'));
    found.set(json.id, { directory, json });
  }
  return found;
}

function metaOf({ json }: FoundPlugin): object {
  const baseUrl = `public/plugins/${json.id}`;
  const logos = {
    small: `/${baseUrl}/${json.info.logos.small}`,
    large: `/${baseUrl}/${json.info.logos.large}`,
  };
  return { ...json, baseUrl, module: `${baseUrl}/module.js`, info: { ...json.info, logos } };
}

function sendFile(response: ServerResponse, file: string): void {
  if (!existsSync(file)) {
    response.writeHead(404).end('not found');
    return;
  }
  const type = TYPES[extname(file)] ?? 'application/octet-stream';
  response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const VALUE = String.raw`\.(JsonData|SecureJsonData)\.(\w+)`;
const CHOICE = new RegExp(`\\{\\{ (?:else )?if ${VALUE} \\}\\}(.*?)(?=\\{\\{ (?:else|end))`, 'g');

/** Go templates as plugin.json uses them; a missing secret is empty, a missing option `<no value>`. */
function fill(template: string, source: StoredSource): string {
  const secret = (name: string) => source.secureJsonData[name] ?? '';
  // `{{ if a }}A{{ else if b }}B{{ end }}`: the first that is not empty.
  const choices = [...template.matchAll(CHOICE)];
  const chosen = choices.find(([, , name]) => secret(name ?? '') !== '');
  const text = choices.length === 0 ? template : (chosen?.[3] ?? '');
  return text.replace(new RegExp(`\\{\\{ ${VALUE} \\}\\}`, 'g'), (_, kind, name) =>
    kind === 'JsonData' ? String(source.jsonData[name] ?? '<no value>') : secret(name),
  );
}

class Host {
  readonly sources = new Map<string, StoredSource>();
  readonly refused: string[] = [];
  authorization: string | undefined;
  isBlocked = false;
  readonly #streams = new Set<ServerResponse>();
  readonly #places: HostPlaces;
  readonly #plugins: Map<string, FoundPlugin>;

  constructor(places: HostPlaces) {
    this.#places = places;
    this.#plugins = discover(places.dist);
  }

  cutStreams(): number {
    const many = this.#streams.size;
    for (const stream of this.#streams) stream.destroy();
    return many;
  }

  handle(incoming: IncomingMessage, response: ServerResponse) {
    const url = new URL(incoming.url ?? '/', 'http://host');
    const parts = decodeURIComponent(url.pathname).split('/').slice(1);
    const rest = (from: number) => parts.slice(from).join('/');
    if (url.pathname === '/') return sendFile(response, join(BROWSER, 'index.html'));
    if (parts[0] === 'host') return sendFile(response, join(this.#places.bundle, rest(1)));
    if (url.pathname === '/api/plugins') return this.#metas(response);
    if (rest(0).startsWith('public/plugins/')) return this.#pluginFile(parts, response);
    if (rest(0).startsWith('public/fonts/')) {
      const font = FONTS[parts.at(-1) ?? ''] ?? MONO;
      return sendFile(response, join(PLUGIN, 'node_modules/@fontsource', font));
    }
    if (rest(0).startsWith('public/build/img/icons/')) return this.#icon(rest(4), response);
    if (rest(0).startsWith('api/datasources/proxy/uid/')) {
      return this.#proxy(incoming, response, { uid: parts[4] ?? '', path: rest(5), url });
    }
    if (rest(0).startsWith('api/datasources/uid/') && incoming.method === 'PUT') {
      void this.#store(parts[3] ?? '', incoming, response);
      return;
    }
    response.writeHead(404).end();
  }

  #metas(response: ServerResponse): void {
    const metas = [...this.#plugins].map(([id, plugin]) => [id, metaOf(plugin)]);
    sendJson(response, 200, Object.fromEntries(metas));
  }

  #pluginFile(parts: readonly string[], response: ServerResponse): void {
    const plugin = this.#plugins.get(parts[2] ?? '');
    if (plugin === undefined) response.writeHead(404).end();
    else sendFile(response, join(plugin.directory, ...parts.slice(3)));
  }

  #icon(name: string, response: ServerResponse) {
    const file = join(this.#places.modules, '@grafana/ui/dist/public/img/icons', name);
    if (existsSync(file)) return sendFile(response, file);
    // The package ships most icons, not all of Grafana's (the streaming dot is missing).
    const empty = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"/>';
    response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(empty);
  }

  async #store(uid: string, incoming: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { jsonData, secureJsonData } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const source = this.sources.get(uid);
    if (source !== undefined) {
      source.jsonData = jsonData ?? {};
      source.secureJsonData = { ...source.secureJsonData, ...secureJsonData };
    }
    sendJson(response, source === undefined ? 404 : 200, {});
  }

  #proxy(
    incoming: IncomingMessage,
    response: ServerResponse,
    asked: { uid: string; path: string; url: URL },
  ) {
    const refuse = (status: number, message: string) => {
      this.refused.push(`${status} ${incoming.method} ${asked.path}: ${message}`);
      sendJson(response, status, { message });
    };
    if (this.isBlocked) return refuse(502, 'Bad Gateway');
    const source = this.sources.get(asked.uid);
    const routes = this.#plugins.get(source?.pluginId ?? '')?.json.routes ?? [];
    const route = routes.find(
      (one) =>
        asked.path.startsWith(one.path) &&
        (one.method === undefined || one.method === incoming.method),
    );
    if (source === undefined || route === undefined) return refuse(404, 'no such route');
    let target: URL;
    try {
      const base = fill(route.url, source).replace(/\/$/, '');
      target = new URL(base + asked.path.slice(route.path.length) + asked.url.search);
    } catch {
      // Grafana answers so when a route's address is no address.
      return refuse(500, 'failed to parse the address of the route');
    }
    const own = route.headers?.map((header) => [header.name, fill(header.content, source)]) ?? [];
    const headers: OutgoingHttpHeaders = {
      ...incoming.headers,
      ...Object.fromEntries(own),
      host: target.host,
    };
    this.authorization = headers.authorization?.toString();
    if (target.pathname.endsWith('/stream')) this.#streams.add(response);
    const outgoing = httpRequest(target, { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => {
      if (response.headersSent) response.destroy();
      else refuse(502, 'Bad Gateway');
    });
    response.on('close', () => {
      this.#streams.delete(response);
      outgoing.destroy();
    });
    incoming.pipe(outgoing);
  }
}

/** Listens on a free port of the loopback. */
export async function serveHost(places: HostPlaces): Promise<HostServer> {
  const host = new Host(places);
  const server: Server = createServer((incoming, response) => host.handle(incoming, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return {
    origin: `http://127.0.0.1:${port}`,
    sources: host.sources,
    refused: host.refused,
    authorization: () => host.authorization,
    cutStreams: () => host.cutStreams(),
    block: (isBlocked) => {
      host.isBlocked = isBlocked;
    },
    close,
  };
}
