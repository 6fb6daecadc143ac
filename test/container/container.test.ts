/** The image, built from the Dockerfile and run as an operator would: not root, read-only, watching a real fleet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DemoProcess,
  eventually,
  type FleetReady,
  parseSamples,
  readTruth,
} from '../e2e/demo-fleet.js';
import { baseImageTar } from './base-image.js';
import { Engine } from './engine.js';

const BASE = 'localhost/brinescope-base:test';
const IMAGE = 'localhost/brinescope:test';
const CONTAINER = `brinescope-test-${process.pid}`;
const PORT = 14_957;
const URL_BASE = `http://127.0.0.1:${PORT}`;

let engine: Engine;
let fleet: DemoProcess;
let ready: FleetReady;
let directory: string;

async function text(path: string): Promise<string> {
  try {
    return await (await fetch(URL_BASE + path)).text();
  } catch {
    return '';
  }
}

beforeAll(async () => {
  engine = new Engine();
  engine.importBase(baseImageTar(), BASE);
  engine.build(BASE, IMAGE);
  directory = mkdtempSync(join(tmpdir(), 'brinescope-container-'));
  fleet = new DemoProcess([
    ...['--fleet-only', '--commands', '--faults', 'none', '--minions', '60'],
    ...['--publish-port', '14955', '--request-port', '14956', '--dir', join(directory, 'salt')],
  ]);
  ready = await fleet.ready();
  engine.run(CONTAINER, IMAGE, {
    mounts: [`${ready.directory}:${ready.directory}:ro`],
    env: { BRINESCOPE_WEB_LISTEN_ADDRESS: `127.0.0.1:${PORT}` },
    args: ['--salt.config-dir', ready.configDir, '--salt.nat-map', ready.natMap],
  });
  await eventually(
    'the container serves',
    () => text('/-/healthy'),
    (body) => body !== '',
  );
});

afterAll(async () => {
  await fleet?.end();
  await engine?.close();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

describe('the image', () => {
  it('says what it is, runs as nobody special and knows its health check', () => {
    const { Config, Healthcheck, Size } = engine.inspect(IMAGE);
    const baseSize = engine.inspect(BASE).Size;
    expect(Config.User).toBe('10001:10001');
    expect(Config.ExposedPorts).toHaveProperty('4507/tcp');
    expect(Config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'brinescope',
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
    expect(Healthcheck.Test).toEqual(['CMD', 'node', '/app/exporter/scripts/healthcheck.mjs']);
    console.log(`image: ${(Size / 1e6).toFixed(0)} MB, base: ${(baseSize / 1e6).toFixed(0)} MB`);
    expect(Size - baseSize).toBeLessThan(60e6);
  });

  it('holds neither tools nor tests nor anybody else’s binaries', () => {
    const list = engine.exec(CONTAINER, ['find', '/app', '-type', 'f']).split('\n');
    const unwanted = list.filter((path) =>
      /\/(typescript|vitest|@biomejs|@types)\/|\.test\.|\/demo\/|\/win32\/|\/darwin\/|\.npmrc$/.test(
        path,
      ),
    );
    expect(unwanted).toEqual([]);
  });
});

describe('its bill of materials', () => {
  it('names every package in it, and no other', () => {
    const bill = JSON.parse(engine.exec(CONTAINER, ['cat', '/app/sbom.cdx.json']));
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'brinescope' } },
    });
    const list = engine
      .exec(CONTAINER, ['find', '/app', '-name', 'package.json'])
      .trim()
      .split('\n');
    const files = list.filter((path) =>
      /\/node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path),
    );
    const script = `const read = (file) => JSON.parse(require('node:fs').readFileSync(file, 'utf8'));
      const names = process.argv.slice(1).map(read).map(({ name, version }) => name + '@' + version);
      console.log(JSON.stringify([...new Set(names)]))`;
    const there: string[] = JSON.parse(
      engine.exec(CONTAINER, ['node', '-e', script, '--', ...files]),
    );
    const components: { name: string; version: string }[] = bill.components;
    const named = components.map(({ name, version }) => `${name}@${version}`);
    const ours = there.filter((name) => !name.startsWith('@brinescope/'));
    expect(named.filter((name) => !name.startsWith('@brinescope/')).sort()).toEqual(ours.sort());
    expect(ours.length).toBeGreaterThan(50);
  });
});

describe('the container', () => {
  it('shows every connected minion of the fleet', async () => {
    const truth = () => readTruth(ready.truth).minions.filter((minion) => minion.connected);
    const body = await eventually(
      'all minions seen',
      () => text('/metrics'),
      (metrics) => {
        const samples = parseSamples(metrics);
        const seen = truth().filter(
          ({ role }) => role !== 'stranger' && role !== 'nat' && role !== 'fresh',
        );
        return (
          seen.length > 40 &&
          seen.every(
            ({ id }) => samples.get(`salt_minion_links{minion="${id}",port="publish"}`) === 1,
          )
        );
      },
    );
    expect(parseSamples(body).get('salt_listener_up{port="publish"}')).toBe(1);
  });

  it('runs as user 10001 without capabilities on a root it cannot write to', () => {
    const status = engine.exec(CONTAINER, ['cat', '/proc/1/status']);
    expect(status).toMatch(/^Uid:\t10001\t10001/m);
    expect(status).toMatch(/^CapEff:\t0000000000000000/m);
    expect(() => engine.exec(CONTAINER, ['touch', '/app/written'])).toThrow(/[Rr]ead-only/);
  });

  it('is healthy by its own check, and the check fails where nobody answers', () => {
    engine.healthcheck(CONTAINER);
    const elsewhere = ['env', 'BRINESCOPE_WEB_LISTEN_ADDRESS=127.0.0.1:1', 'node'];
    expect(() =>
      engine.exec(CONTAINER, [...elsewhere, '/app/exporter/scripts/healthcheck.mjs']),
    ).toThrow(/127\.0\.0\.1:1/);
  });

  it('ends in order when it is stopped, not by being killed', async () => {
    expect(await engine.stop(CONTAINER)).toBe(0);
    expect(await text('/-/healthy')).toBe('');
  });
});
