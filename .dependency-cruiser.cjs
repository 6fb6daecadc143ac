/** The layers of the exporter, checked on every run: main → app → http → metrics → domain → lib; http → history → domain; sources → domain; config → lib. */
const layer = (name, from, allowed) => ({
  name: `${name}-may-import-only`,
  comment: `${name} may import only: ${allowed.join(', ') || 'nothing'}. See "Layers" in exporter/DESIGN.md.`,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.ts$' },
  to: {
    path: '^exporter/src/',
    pathNot: [from, ...allowed.map((a) => `^exporter/src/${a}/`)],
  },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    layer('lib', '^exporter/src/lib/', []),
    layer('config', '^exporter/src/config/', ['lib']),
    layer('domain', '^exporter/src/domain/', ['lib']),
    layer('sources', '^exporter/src/sources/', ['domain', 'lib', 'config']),
    layer('metrics', '^exporter/src/metrics/', ['domain', 'lib', 'config']),
    layer('history', '^exporter/src/history/', ['domain', 'lib']),
    layer('http', '^exporter/src/http/', ['metrics', 'history', 'domain', 'lib', 'config']),
    layer('demo', '^exporter/src/demo/', ['lib']),
    layer('remediate', '^exporter/src/remediate/', ['config', 'lib']),
    {
      name: 'the-exporter-runs-nothing',
      comment: 'Remediation is a program of its own: the exporter reads, and changes nothing.',
      severity: 'error',
      from: { path: '^exporter/src/', pathNot: '^exporter/src/remediate/' },
      to: { path: '^exporter/src/remediate/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'domain/ does no I/O: take what you need as a parameter or an observation.',
      severity: 'error',
      from: { path: '^exporter/src/domain/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'sources-do-not-know-one-another',
      comment: 'Two sources meet in the domain, through observations.',
      severity: 'error',
      from: {
        path: '^exporter/src/sources/([^/]+)/',
        pathNot: '\\.test\\.ts$',
      },
      to: {
        path: '^exporter/src/sources/([^/]+)/',
        pathNot: '^exporter/src/sources/$1/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'exporter/tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
