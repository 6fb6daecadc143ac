/**
 * Run in the master's namespace: the built exporter's sources and domain, without its pages. For
 * each line on its input it tells, as one line of JSON, whose each established connection is.
 * `node identity-watch.mjs CONFIG-DIR`.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ApplyQueue } from '../../exporter/dist/apply-queue.js';
import { loadSettings } from '../../exporter/dist/config/load.js';
import { createState, tick } from '../../exporter/dist/domain/index.js';
import { findLink, isEstablished } from '../../exporter/dist/domain/link-table.js';
import { IDENTITY_BASES, PEERS, PORTS } from '../../exporter/dist/domain/vocabulary.js';
import { systemClock } from '../../exporter/dist/lib/clock.js';
import { silentLogger } from '../../exporter/dist/lib/log.js';
import { defineSources } from '../../exporter/dist/sources/index.js';
import { discoverMaster } from '../../exporter/dist/sources/master-config/discover.js';

const [configDir] = process.argv.slice(2);
const loaded = loadSettings({
  argv: [`--salt.config-dir=${configDir}`],
  env: {},
  readFile: (path) => readFileSync(path, 'utf8'),
});
if (!loaded.ok) throw new Error(loaded.errors.join('\n'));
const { settings } = loaded;
const { config, facts } = await discoverMaster(configDir);
const state = createState({
  flapWindowSeconds: settings.domain.flapWindowSeconds,
  staleAfterSeconds: settings.domain.staleAfterSeconds,
  canarySourceAddress: settings.canary.sourceAddress,
  enabledSources: [],
});
const queue = new ApplyQueue(state, systemClock);
const sources = [];
/** Rows of the last complete scan: `{ cookieLow, cookieHigh, port, peer }`. */
let rows = [];
let scans = 0;

function emit(observation, onApplied) {
  if (observation.kind === 'link_scan' || observation.kind === 'link_deaths') {
    for (const source of sources) source.flush?.();
  }
  if (observation.kind === 'link_scan') {
    rows = readRows(observation.sockets);
    scans += 1;
  }
  queue.add(observation, () => {
    onApplied?.();
    if (observation.kind === 'link_scan') tick(state, systemClock.now());
  });
}

function readRows(sockets) {
  return Array.from({ length: sockets.count }, (_, row) => ({
    cookieLow: sockets.cookieLow[row],
    cookieHigh: sockets.cookieHigh[row],
    port: PORTS[sockets.port[row]],
    peer: `${dotted(sockets.address[row * 4 + 3])}:${sockets.peerPort[row]}`,
  }));
}

function dotted(word) {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join('.');
}

function linksNow() {
  const { links, minions } = state;
  return rows.flatMap(({ cookieLow, cookieHigh, port, peer }) => {
    const slot = findLink(links, cookieLow, cookieHigh);
    if (slot < 0 || !isEstablished(links.phase[slot])) return [];
    const minion = minions.ids[links.minion[slot]];
    const who = PEERS[links.peer[slot]];
    return [{ port, peer, who, minion, basis: IDENTITY_BASES[links.basis[slot]] }];
  });
}

emit(config);
const onPublish = () => {
  for (const source of sources) source.requestScan?.('publish');
};
for (const definition of defineSources({ onPublish })) {
  if (!definition.enabled(settings)) continue;
  const context = { settings, master: facts, clock: systemClock, log: silentLogger, emit };
  const source = definition.create(context);
  sources.push(source);
  await source.start();
}
for await (const _ of createInterface({ input: process.stdin })) {
  await queue.applied();
  const { bounds, counts } = state.requests.serviceSeconds;
  const service = Object.fromEntries([...counts].map((n, i) => [bounds[i] ?? 'more', n]));
  process.stdout.write(`${JSON.stringify({ scans, service, links: linksNow() })}\n`);
}
for (const source of sources) await source.stop();
