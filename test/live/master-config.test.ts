/** Our reading of a master's configuration beside Salt's own, release line by release line, on made-up configurations. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discoverMaster } from '../../exporter/src/sources/master-config/discover.js';
import { findPython, installSalt, SALT_VERSIONS } from '../lab/install.js';
import { run } from '../lab/run.js';

const python = await findPython();
const why = python === undefined ? ' (not run: needs Python 3.10 … 3.12 with venv)' : '';
if (python === undefined && process.env.CI) throw new Error(`master-config cannot run${why}`);

/** Options of the program below, as Salt has them after its own loading. */
const TEXTS = ['pki_dir', 'cachedir', 'sock_dir', 'log_file', 'transport'] as const;
const SALT_SAYS = `
import json, logging, sys
logging.disable(logging.CRITICAL)
import salt.config, salt.version
numbers = json.loads(sys.argv[1])
answers = []
for directory in sys.argv[2:]:
    try:
        opts = dict(salt.config.master_config(directory + "/master"))
    except SystemExit:
        answers.append(None)
        continue
    if opts.get("cluster_id") and salt.version.__saltstack_version__.major >= 3007:
        opts["pki_dir"] = opts["cluster_pki_dir"]
    texts = {name: opts[name] for name in ["pki_dir", "cachedir", "sock_dir", "log_file", "transport"]}
    found = {name: opts[name] for name in numbers if name in opts}
    flags = {name: bool(opts.get(name)) for name in ["ipv6", "minion_data_cache", "zmq_filtering"]}
    answers.append({"texts": texts, "numbers": found, "flags": flags, "id": opts["id"]})
print(json.dumps(answers))
`;

interface Answer {
  readonly texts: Readonly<Record<(typeof TEXTS)[number], string>>;
  readonly numbers: Readonly<Record<string, number | string>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly id: string;
}

type Tree = Readonly<Record<string, string>>;

const TREES: readonly Tree[] = [
  {},
  { master: '' },
  { master: '# nothing\n' },
  { master: 'pub_hwm: 010\ntimeout: 1:30\nloop_interval: 0x10\nworker_threads: 1_0\n' },
  { master: 'pub_hwm: 5\npub_hwm: 6\n' },
  { master: '- a\n' },
  { master: 'root_dir: /srv/lab\n' },
  {
    master: 'root_dir: /srv/lab/\npki_dir: /srv/lab/etc/pki\ncachedir: /var/c\nsock_dir: /run/s\n',
  },
  { master: 'root_dir: /srv/../srv/./x\npki_dir: pki\nlog_file: udp://h:1/local0\n' },
  { master: 'log_dir: /l\n' },
  { master: 'log_dir: /l\nlog_file: m.log\n' },
  { master: 'log_dir: /l\nlog_file: /abs/m.log\nroot_dir: /r\n' },
  { master: 'cachedir: /c\nsock_dir: /a/very/long/directory/for/sockets\nroot_dir: /r\n' },
  { master: 'cachedir: /c//d/\npki_dir: /p/../q/\n' },
  { master: 'worker_threads: 1\npeer: {".*": [test.ping]}\n' },
  { master: 'worker_threads: 1\n' },
  { master: 'cluster_id: c1\ncluster_pki_dir: /shared/pki\nroot_dir: /r\ncluster_peers: [a]\n' },
  { master: 'cluster_id: c1\nroot_dir: /r\ncluster_peers: [a]\n' },
  { master: 'id: 17\n' },
  { master: 'id: main\nappend_domain: example.org\n' },
  { master: 'ipv6: yes\nzmq_filtering: On\nminion_data_cache: off\ntransport: tcp\n' },
  { master: 'pub_hwm: 1\n', 'master.d/a.conf': 'pub_hwm: 2\n', 'master.d/b.conf': 'pub_hwm: 3\n' },
  {
    master: 'pub_hwm: 1\ninclude: x/*\n',
    'x/a': 'pub_hwm: 7\n',
    'master.d/b.conf': 'pub_hwm: 3\n',
  },
  {
    master: 'include: [x/2, x/1]\n',
    'x/1': 'pub_hwm: 1\nzmq_backlog: 1\n',
    'x/2': 'pub_hwm: 2\nzmq_backlog: 2\n',
  },
  {
    master: 'include: x/a\n',
    'x/a': 'include: ./sub/*.c\npub_hwm: 1\n',
    'x/sub/z.c': 'pub_hwm: 9\n',
  },
  {
    master: 'default_include: other.d/*\n',
    'other.d/a': 'pub_hwm: 4\n',
    'master.d/a.conf': 'pub_hwm: 5\n',
  },
  { master: 'default_include: null\n', 'master.d/a.conf': 'pub_hwm: 5\n' },
  { 'master.d/a.conf': 'pub_hwm: 5\ninclude: /nowhere/*\n' },
  {
    master: 'pub_hwm: 1\n',
    'master.d/[x].conf': 'pub_hwm: 5\n',
    'master.d/.h.conf': 'pub_hwm: 6\n',
  },
  {
    master: 'include: "x/[ab]?"\n',
    'x/a1': 'pub_hwm: 1\n',
    'x/b2': 'pub_hwm: 2\n',
    'x/c3': 'pub_hwm: 3\n',
  },
  { master: 'include: "x/[!ab]?"\n', 'x/a1': 'pub_hwm: 1\n', 'x/c3': 'pub_hwm: 3\n' },
  {
    master: 'pub_hwm: 1\n',
    'master.d/a.conf': 'pub_hwm: 2\npub_hwm: 3\n',
    'master.d/b.conf': 'timeout: 9\n',
  },
  { master: 'base: &b {pub_hwm: 3}\n<<: *b\nzmq_backlog: 8\n' },
  { master: '<<: {pub_hwm: 3, timeout: 4}\npub_hwm: 8\n' },
  { master: '%YAML 1.1\n---\npub_hwm: 8\n' },
  {
    master: 'publish_port: 4605\nret_port: 4606\ngather_job_timeout: 3.5\ntcp_keepalive_idle: 60\n',
  },
  { master: '\ufeffpub_hwm: 12\n' },
  { master: 'pub_hwm: 12\r\ntimeout: 8\r\n' },
  { master: 'a: "x\n  y"\nb: |\n  pub_hwm: 1\npub_hwm: 13\n' },
];

async function plant(root: string, version: string): Promise<string[]> {
  const library = join(root, 'opt/saltstack/salt/lib/python3.11/site-packages');
  await mkdir(join(library, `salt-${version}.dist-info`), { recursive: true });
  const directories: string[] = [];
  for (const [index, tree] of TREES.entries()) {
    const directory = join(root, `case-${String(index).padStart(2, '0')}`);
    await mkdir(directory, { recursive: true });
    directories.push(directory);
    for (const [name, text] of Object.entries(tree)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
  }
  return directories;
}

describe.skipIf(python === undefined)(`master configuration beside Salt's own${why}`, () => {
  it.each(SALT_VERSIONS)('reads the same options as Salt %s', async (version) => {
    const root = await mkdtemp(join(tmpdir(), 'brinescope-config-'));
    try {
      const venv = await installSalt(version);
      const directories = await plant(root, version);
      const places = { procDir: join(root, 'proc'), rootDir: root };
      const ours = await Promise.all(directories.map((d) => discoverMaster(d, { places })));
      const names = [...new Set(ours.flatMap(({ config }) => [...config.options.keys()]))];
      const argv = [
        join(venv, 'bin/python'),
        '-c',
        SALT_SAYS,
        JSON.stringify(names),
        ...directories,
      ];
      const { stdout } = await run(argv);
      const answers = JSON.parse(stdout) as readonly (Answer | null)[];
      expect(answers).toHaveLength(TREES.length);
      for (const [index, answer] of answers.entries()) {
        const our = ours[index];
        if (our === undefined) throw new Error('unreachable');
        compare({ our, answer, title: `${JSON.stringify(TREES[index])} on ${version}` });
      }
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});

interface Comparison {
  readonly our: Awaited<ReturnType<typeof discoverMaster>>;
  /** null: Salt did not start. */
  readonly answer: Answer | null;
  readonly title: string;
}

function compare({ our, answer, title }: Comparison): void {
  expect(
    our.problems.some(({ fatal }) => fatal),
    title,
  ).toBe(answer === null);
  if (answer === null) return;
  const { facts, config } = our;
  const texts = {
    pki_dir: facts.pkiDir,
    cachedir: facts.cacheDir,
    sock_dir: facts.sockDir,
    log_file: facts.logFile,
    transport: facts.transport,
  };
  expect(texts, title).toEqual(answer.texts);
  const flags = {
    ipv6: facts.ipv6,
    minion_data_cache: facts.minionDataCache,
    zmq_filtering: config.zmqFiltering,
  };
  expect(flags, title).toEqual(answer.flags);
  for (const [name, value] of Object.entries(answer.numbers))
    expect(config.options.get(name), `${name} of ${title}`).toBe(value);
  if (config.masterId !== undefined) expect(config.masterId, title).toBe(answer.id);
}
