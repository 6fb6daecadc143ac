/** Who lives in the demo's fleet: ids, racks, loopback addresses and the part each minion plays; the same seed gives the same fleet. */

/**
 * `steady` does nothing odd; `flapping` loses its links every few seconds; `unplugged` has its cable pulled now and then;
 * `stopped` lives in a process that is stopped for a while, `vanishing` in one that is killed while its keys stay, `slow` in one
 * that hardly ever runs; `nat` shares an address with others; `fresh` has a key and gets its cached grains late; `gone` was
 * decommissioned long ago and nobody deleted its key; `pending`, `rejected`, `denied` have keys of that kind; `stranger` has none and drops in for a moment.
 */
export const ROLES = [
  'steady',
  'flapping',
  'unplugged',
  'stopped',
  'vanishing',
  'slow',
  'nat',
  'fresh',
  'gone',
  'pending',
  'rejected',
  'denied',
  'stranger',
] as const;
export type Role = (typeof ROLES)[number];

export type LinkKind = 'publish' | 'request';

export interface MinionPlan {
  readonly id: string;
  readonly role: Role;
  /** Rack = service name; racks have a /24 of their own. */
  readonly rack: string;
  /** Source address of its links. */
  readonly address: string;
  /** Addresses its cached grains name; undefined when nothing is cached. */
  readonly grainAddresses: readonly string[] | undefined;
  /** Process it lives in; undefined when it never runs. */
  readonly crew: string | undefined;
  readonly links: readonly LinkKind[];
}

/** Whether the master has accepted its key. */
export function isAccepted({ role }: Pick<MinionPlan, 'role'>): boolean {
  return !NOT_ACCEPTED.includes(role);
}

const NOT_ACCEPTED: readonly Role[] = ['pending', 'rejected', 'denied', 'stranger'];

export interface FleetPlan {
  readonly minions: readonly MinionPlan[];
  /** Racks that may flap together: their ids hold only steady minions' racks. */
  readonly racks: readonly string[];
  readonly natAddress: string;
}

/** The smallest fleet that has every part cast once. */
export const MINIONS_MIN = 12;
/** 189 racks of at most 240 addresses each. */
export const MINIONS_MAX = 20_000;

const SERVICES = ['web', 'db', 'cache', 'queue', 'mail', 'build', 'edge', 'auth', 'log', 'store'];
const RACK_SIZE_MIN = 24;
const RACKS_MAX = 180;
const FIRST_RACK_OCTET = 10;
const FIRST_HOST_OCTET = 11;
const NAT_ADDRESS = '127.0.200.1';
const STRANGER_ADDRESS = '127.0.201.1';
/** Processes for the many; each costs some 30 MB of its own. */
const BULK_CREWS_MAX = 4;
/** Keeps a process with seven descriptors a minion below 1024, the common limit. */
const BULK_CREW_MINIONS = 130;

const EVERYTHING: readonly LinkKind[] = ['publish', 'request'];
/** Processes that something happens to as a whole. */
export const CREWS = { frozen: 'frozen', mortal: 'mortal', sluggish: 'sluggish' } as const;
const CREW_OF: Partial<Record<Role, string>> = {
  stopped: CREWS.frozen,
  vanishing: CREWS.mortal,
  slow: CREWS.sluggish,
};

/** A fleet of `count` minions with accepted keys, and a few others beside them. */
export function planFleet(count: number, seed: number): FleetPlan {
  const random = randomFrom(seed);
  const rackSize = Math.max(RACK_SIZE_MIN, Math.ceil(count / RACKS_MAX));
  const cast = castRoles(count, random);
  const bulkCrews = Math.min(BULK_CREWS_MAX, Math.ceil(count / BULK_CREW_MINIONS));
  const minions = cast.map((role, index): MinionPlan => {
    const rackIndex = Math.floor(index / rackSize);
    const place = index % rackSize;
    const rack = rackName(rackIndex);
    const address = `127.0.${FIRST_RACK_OCTET + rackIndex}.${FIRST_HOST_OCTET + place}`;
    const crew = CREW_OF[role] ?? `bulk-${rackIndex % bulkCrews}`;
    const id = `${rack}-${String(place + 1).padStart(2, '0')}`;
    return { id, role, rack, address, ...partOf(role, address, index), crew: crewFor(role, crew) };
  });
  const racks = [...new Set(minions.map((minion) => minion.rack))];
  return { minions: [...minions, ...bystanders()], racks, natAddress: NAT_ADDRESS };
}

/** Uniform numbers in [0, 1), mulberry32: enough for casting, the same on every machine. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function rackName(index: number): string {
  const service = SERVICES[index % SERVICES.length] ?? 'web';
  const round = Math.floor(index / SERVICES.length);
  return round === 0 ? service : `${service}${round + 1}`;
}

/** How many of `count` minions play each part. */
function shares(count: number): ReadonlyArray<readonly [Role, number]> {
  const few = (most: number) => Math.max(1, Math.min(most, Math.floor(count / 24)));
  return [
    ['flapping', few(3)],
    ['unplugged', few(2)],
    ['stopped', few(6)],
    ['vanishing', few(5)],
    ['slow', 1],
    ['nat', Math.max(2, few(4))],
    ['fresh', 1],
    ['gone', few(3)],
  ];
}

function castRoles(count: number, random: () => number): Role[] {
  const cast = new Array<Role>(count).fill('steady');
  const free = cast.map((_, index) => index);
  for (const [role, wanted] of shares(count)) {
    for (let n = 0; n < wanted && free.length > 0; n += 1) {
      const [index] = free.splice(Math.floor(random() * free.length), 1);
      if (index !== undefined) cast[index] = role;
    }
  }
  return cast;
}

/** NAT hides a minion: its links come from the router's address, its grains name the private one. */
function partOf(role: Role, address: string, index: number) {
  const behind = `192.168.${50 + Math.floor(index / 200)}.${1 + (index % 200)}`;
  if (role === 'nat') return { address: NAT_ADDRESS, grainAddresses: [behind], links: EVERYTHING };
  if (role === 'gone') return { grainAddresses: [address], links: [] };
  if (role === 'fresh') return { grainAddresses: undefined, links: EVERYTHING };
  return { grainAddresses: [address], links: EVERYTHING };
}

function crewFor(role: Role, crew: string): string | undefined {
  return role === 'gone' ? undefined : crew;
}

/** Keys that are not accepted, and a subscriber that nobody knows. Pending minions ask on the request port again and again. */
function bystanders(): MinionPlan[] {
  const keyOnly = (id: string, role: Role, last: number): MinionPlan => ({
    id,
    role,
    rack: 'yard',
    address: `127.0.202.${last}`,
    grainAddresses: undefined,
    crew: role === 'pending' ? 'bulk-0' : undefined,
    links: role === 'pending' ? ['request'] : [],
  });
  const stranger: MinionPlan = {
    id: 'stranger',
    role: 'stranger',
    rack: 'yard',
    address: STRANGER_ADDRESS,
    grainAddresses: undefined,
    crew: 'bulk-0',
    links: ['publish'],
  };
  return [
    keyOnly('new-01', 'pending', 1),
    keyOnly('new-02', 'pending', 2),
    keyOnly('rejected-01', 'rejected', 3),
    keyOnly('denied-01', 'denied', 4),
    stranger,
  ];
}
