/** What a suite needs from the machine, and how to get what is missing. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The install command of Debian, Ubuntu and the like; other systems have the same programs under other names. */
const apt = (packages) => `apt-get install ${packages}`;

const HAS_PYTHON_HEADERS =
  'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_paths()["include"] + "/Python.h"))';

/** Each probe returns true when it is there; `advice` says how to get it. */
const NEEDS = {
  root: {
    name: 'root (it makes network namespaces and containers)',
    advice: 'run it with sudo',
    probe: () => process.getuid?.() === 0,
  },
  namespaces: {
    name: 'network namespaces',
    advice: 'use a machine that allows them (CAP_SYS_ADMIN, CAP_NET_ADMIN)',
    probe: () => runs('unshare', ['--net', 'true']),
  },
  iproute: { name: 'ip and ss', advice: apt('iproute2'), probe: () => runs('ip', ['-V']) },
  nft: { name: 'nft', advice: apt('nftables'), probe: () => runs('nft', ['--version']) },
  promtool: { name: 'promtool', advice: apt('prometheus'), probe: () => onPath('promtool') },
  alertmanager: {
    name: 'prometheus-alertmanager and amtool',
    advice: apt('prometheus-alertmanager'),
    probe: () => onPath('prometheus-alertmanager') && onPath('amtool'),
  },
  systemd: {
    name: 'systemd-analyze',
    advice: apt('systemd'),
    probe: () => onPath('systemd-analyze'),
  },
  chromium: { name: 'chromium', advice: apt('chromium fonts-inter'), probe: hasChromium },
  venv: {
    name: 'Python 3 with venv',
    advice: apt('python3-venv'),
    probe: () => runs('python3', ['-c', 'import ensurepip, venv']),
  },
  headers: {
    name: "Python's headers (a dependency of Salt is built from source)",
    advice: apt('python3-dev gcc libc6-dev'),
    probe: () => onPath('cc') && runs('python3', ['-c', HAS_PYTHON_HEADERS]),
  },
  compiler: { name: 'a C compiler', advice: apt('gcc libc6-dev'), probe: () => onPath('cc') },
  libzmq: { name: "libzmq's headers", advice: apt('libzmq3-dev'), probe: hasLibzmqHeaders },
  buildah: { name: 'buildah', advice: apt('buildah'), probe: () => onPath('buildah') },
  podman: { name: 'podman', advice: apt('podman'), probe: () => onPath('podman') },
  runc: { name: 'runc', advice: apt('runc'), probe: () => onPath('runc') },
  mmdebstrap: { name: 'mmdebstrap', advice: apt('mmdebstrap'), probe: () => onPath('mmdebstrap') },
};

const SUITE_NEEDS = {
  alerts: ['promtool', 'alertmanager', 'systemd'],
  provisioning: ['alertmanager', 'venv'],
  e2e: ['promtool', 'venv', 'chromium'],
  grafana: ['chromium'],
  truth: ['iproute'],
  examples: ['compiler', 'libzmq', 'venv'],
  live: ['root', 'namespaces', 'iproute', 'nft', 'venv', 'headers'],
  'loss-bench': ['root', 'namespaces', 'iproute', 'nft', 'venv', 'headers'],
  container: ['root', 'buildah', 'podman', 'runc', 'mmdebstrap'],
};

/** One text per thing that `suite` needs and this machine does not have. */
export function missingFor(suite) {
  const needs = (SUITE_NEEDS[suite] ?? []).map((key) => NEEDS[key]);
  return needs.filter((need) => !need.probe()).map((need) => `no ${need.name} (${need.advice})`);
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function onPath(command) {
  const directories = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':').filter(Boolean);
  return directories.some((directory) => existsSync(join(directory, command)));
}

function hasChromium() {
  return ['chromium', 'chromium-browser', 'google-chrome'].some(onPath);
}

/** Asks the compiler, for the header's place differs from system to system. */
function hasLibzmqHeaders() {
  const scratch = mkdtempSync(join(tmpdir(), 'brinescope-need-'));
  try {
    const source = join(scratch, 'probe.c');
    writeFileSync(source, '#include <zmq.h>\n');
    return runs('cc', ['-fsyntax-only', source]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
