/** Compose and Kubernetes files: right by the public schemas, made of files that exist, with the rules that are shipped. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ruleFiles } from '../alerts/pack.js';
import { renderPrometheusRule } from './kubernetes-rules.js';
import { schemaFindings, schemaPython } from './schemas.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROVISIONING = join(ROOT, 'provisioning');
const KUBERNETES = join(PROVISIONING, 'kubernetes');
const COMPOSE = join(PROVISIONING, 'compose/compose.yaml');
/** Kinds of the Prometheus operator and of kustomize, which the schemas of Kubernetes do not have. */
const FOREIGN = ['podmonitor.yaml', 'prometheusrule.yaml', 'kustomization.yaml'];

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly { name: string; mountPath: string; readOnly?: boolean }[];
  readonly ports: readonly { name: string; containerPort: number }[];
}

interface Workload {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly hostNetwork?: boolean;
        readonly securityContext: { readonly runAsNonRoot: boolean };
        readonly containers: readonly Container[];
        readonly volumes: readonly { name: string }[];
      };
    };
    readonly volumeClaimTemplates?: readonly { metadata: { name: string } }[];
  };
}

function documents<T>(path: string): readonly T[] {
  // The shapes are the schemas', against which the files are held below.
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as T);
}

const manifests = ['base', 'host', 'sidecar'].flatMap((folder) =>
  readdirSync(join(KUBERNETES, folder)).map((name) => `${folder}/${name}`),
);
const core = manifests.filter((path) => !FOREIGN.some((name) => path.endsWith(name)));

beforeAll(() => {
  schemaPython();
});

/** What the schema says of a file in which one text is another. */
function findingsWith(
  kind: 'kubernetes' | 'compose',
  file: string,
  change: readonly [string, string],
): string {
  const directory = mkdtempSync(join(tmpdir(), 'brinescope-schema-'));
  try {
    const copy = join(directory, 'file.yaml');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(change[0]);
    writeFileSync(copy, text.replace(change[0], change[1]));
    return schemaFindings(kind, copy).join('\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('manifests for Kubernetes', () => {
  it.each(core)('%s is right by the schemas', (path) => {
    expect(schemaFindings('kubernetes', join(KUBERNETES, path))).toEqual([]);
  });

  it('would be found wrong with a field that does not exist or a value of another type', () => {
    const file = join(KUBERNETES, 'host/daemonset.yaml');
    expect(findingsWith('kubernetes', file, ['hostPID: true', 'hostPid: true'])).toContain(
      'hostPid',
    );
    expect(findingsWith('kubernetes', file, ['containerPort: 4507', 'containerPort: x'])).toContain(
      'containerPort',
    );
  });

  it('have the rules as they are written from the pack', async () => {
    const path = join(KUBERNETES, 'base/prometheusrule.yaml');
    await expect(renderPrometheusRule(ruleFiles())).toMatchFileSnapshot(path);
    // kubectl apply keeps a copy in an annotation, which takes 262,144 bytes.
    expect(JSON.stringify(parse(readFileSync(path, 'utf8'))).length).toBeLessThan(200_000);
  });

  it.each(['base', 'host', 'sidecar'])('%s is made of files that exist', (folder) => {
    const path = join(KUBERNETES, folder, 'kustomization.yaml');
    const { kind, resources } = parse(readFileSync(path, 'utf8'));
    expect(kind).toBe('Kustomization');
    for (const name of resources) expect(existsSync(join(dirname(path), name)), name).toBe(true);
    const others = readdirSync(dirname(path)).filter((name) => name !== 'kustomization.yaml');
    expect(others.filter((name) => !resources.includes(name))).toEqual([]);
  });

  it.each([
    ['host/daemonset.yaml', 'DaemonSet'],
    ['sidecar/salt-master.yaml', 'StatefulSet'],
  ])(
    '%s runs the exporter where it sees the master, and lets it write only its history',
    (path, kind) => {
      const workload = documents<Workload>(join(KUBERNETES, path)).find(
        (each) => each.kind === kind,
      );
      const { metadata, spec } = workload?.spec.template ?? {};
      const exporter = spec?.containers.find(({ name }) => name === 'brinescope');
      const master = spec?.containers.find(({ name }) => name === 'salt-master');
      expect(spec?.hostNetwork === true || master !== undefined).toBe(true);
      expect(spec?.securityContext.runAsNonRoot).toBe(true);
      expect(exporter?.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      const writable = exporter?.volumeMounts.filter(({ readOnly }) => readOnly !== true);
      expect(writable?.map(({ mountPath }) => mountPath)).toEqual(['/var/lib/brinescope']);
      expect(exporter?.args).toEqual(['--history.path=/var/lib/brinescope/history']);
      const claimed =
        workload?.spec.volumeClaimTemplates?.map((claim) => claim.metadata.name) ?? [];
      const volumes = [...(spec?.volumes.map(({ name }) => name) ?? []), ...claimed];
      expect(exporter?.volumeMounts.filter(({ name }) => !volumes.includes(name))).toEqual([]);
      const [monitor] = documents<{
        spec: {
          selector: { matchLabels: Record<string, string> };
          podMetricsEndpoints: { port: string; relabelings: { targetLabel: string }[] }[];
        };
      }>(join(KUBERNETES, 'base/podmonitor.yaml'));
      expect(metadata?.labels).toMatchObject(monitor?.spec.selector.matchLabels ?? { none: '' });
      const [endpoint] = monitor?.spec.podMetricsEndpoints ?? [];
      expect(exporter?.ports.map(({ name }) => name)).toEqual([endpoint?.port]);
      expect(endpoint?.relabelings.map(({ targetLabel }) => targetLabel)).toEqual([
        'job',
        'master',
      ]);
    },
  );

  it('keep the addresses of minions', () => {
    const [service] = documents<{ kind: string; spec: { externalTrafficPolicy: string } }>(
      join(KUBERNETES, 'sidecar/salt-master.yaml'),
    );
    expect(service).toMatchObject({ kind: 'Service', spec: { externalTrafficPolicy: 'Local' } });
  });
});

describe('the compose file', () => {
  interface Service {
    readonly image?: string;
    readonly build?: {
      readonly context: string;
      readonly dockerfile: string;
      readonly target: string;
    };
    readonly volumes?: readonly string[];
    readonly network_mode?: string;
  }
  const compose: { services: Record<string, Service>; volumes: Record<string, unknown> } = parse(
    readFileSync(COMPOSE, 'utf8'),
  );
  const services = Object.entries(compose.services);
  const place = dirname(COMPOSE);

  it('is right by the specification’s schema', () => {
    expect(schemaFindings('compose', COMPOSE)).toEqual([]);
    expect(findingsWith('compose', COMPOSE, ['network_mode:', 'networkmode:'])).toContain(
      'networkmode',
    );
  });

  it('has the five parts, each of a version of its own', () => {
    expect(services.map(([name]) => name).sort()).toEqual([
      'alertmanager',
      'demo',
      'exporter',
      'grafana',
      'prometheus',
    ]);
    const images = services.flatMap(([, { image }]) => image ?? []);
    expect(images).toHaveLength(3);
    for (const image of images) expect(image).toMatch(/^docker\.io\/[\w/-]+:v?\d+\.\d+\.\d+$/);
  });

  it('is made of files, stages and volumes that exist', () => {
    const dockerfile = readFileSync(join(ROOT, 'exporter/Dockerfile'), 'utf8');
    for (const [name, { build, volumes = [] }] of services) {
      if (build !== undefined) {
        expect(join(place, build.context, build.dockerfile)).toBe(
          join(ROOT, 'exporter/Dockerfile'),
        );
        expect(dockerfile, name).toContain(` AS ${build.target}\n`);
      }
      const sources = volumes.map((volume) => volume.split(':')[0] ?? '');
      const named = sources.filter((source) => !source.startsWith('.'));
      expect(named.filter((source) => !(source in compose.volumes))).toEqual([]);
      // The app is built first, as the file says.
      const files = sources.filter((s) => s.startsWith('.') && !s.endsWith('grafana-plugin/dist'));
      expect(files.filter((file) => !existsSync(join(place, file)))).toEqual([]);
    }
  });

  it('has the settings of the examples, with the names of its services', () => {
    const names = services.map(([name]) => name);
    const adapt = (text: string) =>
      parse(text.replaceAll(/(localhost|[\w-]+\.example\.net):/g, 'x:'));
    const prometheus = adapt(readFileSync(join(PROVISIONING, 'prometheus/prometheus.yml'), 'utf8'));
    const ours = parse(readFileSync(join(place, 'prometheus.yml'), 'utf8'));
    expect(ours.global).toEqual(prometheus.global);
    expect(ours.rule_files).toEqual(prometheus.rule_files);
    expect(ours.scrape_configs[0].job_name).toBe(prometheus.scrape_configs[0].job_name);
    const sources = (path: string) =>
      parse(readFileSync(join(PROVISIONING, path), 'utf8')).datasources;
    const identity = ({ uid, type }: { uid: string; type: string }) => `${uid} ${type}`;
    const shown = sources('compose/grafana-datasources.yaml');
    expect(shown.map(identity)).toEqual(
      sources('grafana/datasources/brinescope.yaml').map(identity),
    );
    const texts = [JSON.stringify(ours), JSON.stringify(shown)].join();
    const hosts = [...texts.matchAll(/([a-z]+):(?:9090|9093|4507)/g)].map(([, host]) => host ?? '');
    expect(hosts.length).toBeGreaterThan(3);
    expect(hosts.filter((host) => !names.includes(host))).toEqual([]);
  });
});
