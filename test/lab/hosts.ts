/**
 * Hosts that are network namespaces: a master's network 10.77.0.0/24, minions on it, and some
 * behind a NAT router.
 */
import { run } from './run.js';

export const MASTER_ADDRESS = '10.77.0.1';
/** Of a second master of the same minions. */
export const OTHER_MASTER_ADDRESS = '10.77.0.2';
export const MASTER_IPV6 = 'fd77::1';
/** What the master sees of every minion behind the router. */
export const ROUTER_ADDRESS = '10.77.0.9';
/** In the grammar of nftables a closing brace needs a line of its own. */
const MASQUERADE = [
  'table ip nat {',
  'chain post {',
  'type nat hook postrouting priority 100',
  'oifname eth0 masquerade',
  '}',
  '}',
].join('\n');

export interface Host {
  readonly namespace: string;
  /** Its own address; the master sees ROUTER_ADDRESS instead when `nat`. */
  readonly address: string;
  readonly nat: boolean;
}

/** Puts the words in front of a command line that make it run on that host. */
export function onHost(namespace: string, argv: readonly string[]): string[] {
  return ['ip', 'netns', 'exec', namespace, ...argv];
}

/** The master's host is the network too: its bridge br0 is what the others are plugged into. */
export async function addMasterHost(namespace: string): Promise<Host> {
  await addNamespace(namespace);
  await addBridge(namespace, `${MASTER_ADDRESS}/24`);
  return { namespace, address: MASTER_ADDRESS, nat: false };
}

/** The host of a second master, plugged into the first one's network. */
export async function addOtherMasterHost(namespace: string, master: Host): Promise<Host> {
  await addNamespace(namespace);
  const address = OTHER_MASTER_ADDRESS;
  await plugIn(namespace, { into: master.namespace, address: `${address}/24`, port: 'p2' });
  return { namespace, address, nat: false };
}

/** A router with 10.77.0.9 outside and 10.78.0.1 inside that hides whoever is inside. */
export async function addRouter(namespace: string, master: Host): Promise<void> {
  await addNamespace(namespace);
  const cable = {
    into: master.namespace,
    address: `${ROUTER_ADDRESS}/24`,
    port: 'p9',
  };
  await plugIn(namespace, cable);
  await addBridge(namespace, '10.78.0.1/24');
  await run(onHost(namespace, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']));
  await run(onHost(namespace, ['nft', MASQUERADE]));
}

/** Minion number n: 10.77.0.(10+n), or 10.78.0.(10+n) behind the router. */
export async function addMinionHost(
  namespace: string,
  number: number,
  where: { readonly master: Host; readonly router?: string | undefined },
): Promise<Host> {
  await addNamespace(namespace);
  const nat = where.router !== undefined;
  const address = `${nat ? '10.78.0' : '10.77.0'}.${10 + number}`;
  const into = where.router ?? where.master.namespace;
  await plugIn(namespace, {
    into,
    address: `${address}/24`,
    port: `p${10 + number}`,
  });
  if (nat) await run(['ip', '-n', namespace, 'route', 'add', 'default', 'via', '10.78.0.1']);
  return { namespace, address, nat };
}

/** Pulls the cable: no FIN, no RST, nothing arrives any more. */
export async function unplug(host: Host): Promise<void> {
  await run(['ip', '-n', host.namespace, 'link', 'set', 'eth0', 'down']);
}

/** fd77::1 on the network where the master is 10.77.0.1. */
export function addMasterIpv6(master: Host): Promise<unknown> {
  return addIpv6Address(master, { address: MASTER_IPV6, device: 'br0' });
}

/** fd77::(10+n) for minion number n. */
export function addIpv6(host: Host, number: number): Promise<unknown> {
  return addIpv6Address(host, { address: `fd77::${10 + number}`, device: 'eth0' });
}

/** Usable at once: nobody looks for duplicates. */
function addIpv6Address(
  { namespace }: Host,
  { address, device }: { readonly address: string; readonly device: string },
): Promise<unknown> {
  const words = ['addr', 'add', `${address}/64`, 'dev', device, 'nodad'];
  return run(['ip', '-n', namespace, ...words]);
}

/** A link that was down has lost its routes over a gateway; that one is put back. */
export async function plug(host: Host): Promise<void> {
  await run(['ip', '-n', host.namespace, 'link', 'set', 'eth0', 'up']);
  if (host.nat)
    await run(['ip', '-n', host.namespace, 'route', 'replace', 'default', 'via', '10.78.0.1']);
}

async function addNamespace(namespace: string): Promise<void> {
  await run(['ip', 'netns', 'add', namespace]);
  await run(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
}

async function addBridge(namespace: string, address: string): Promise<void> {
  await run(['ip', '-n', namespace, 'link', 'add', 'br0', 'type', 'bridge']);
  await run(['ip', '-n', namespace, 'addr', 'add', address, 'dev', 'br0']);
  await run(['ip', '-n', namespace, 'link', 'set', 'br0', 'up']);
}

/** A cable from eth0 of the host to the bridge of `into`. */
async function plugIn(
  namespace: string,
  cable: {
    readonly into: string;
    readonly address: string;
    readonly port: string;
  },
): Promise<void> {
  const { into, address, port } = cable;
  const pair = ['type', 'veth', 'peer', 'name', port, 'netns', into];
  await run(['ip', '-n', namespace, 'link', 'add', 'eth0', ...pair]);
  await run(['ip', '-n', into, 'link', 'set', port, 'master', 'br0']);
  await run(['ip', '-n', into, 'link', 'set', port, 'up']);
  await run(['ip', '-n', namespace, 'addr', 'add', address, 'dev', 'eth0']);
  await run(['ip', '-n', namespace, 'link', 'set', 'eth0', 'up']);
}
