/**
 * How large the domain's state may become; each limit has a policy when full and a counter in
 * `stateEvicted`.
 */

export interface DomainLimits {
  /**
   * Accepted and expected ids; three times what the program is built for. Full: the new id gets no
   * row.
   */
  readonly minions: number;
  /**
   * Connections, both ports, ended ones included for as long as they must be remembered. Two per
   * minion, and room for a storm of reconnects and for clients. Full: the connection is not
   * followed; its end is still counted, by its destroy event.
   */
  readonly links: number;
  /** Peer addresses and the addresses of cached grains. Full: the address identifies nobody. */
  readonly addresses: number;
  /**
   * Addresses taken from one minion's grains; a hostile minion chooses them. Full: the rest is
   * ignored.
   */
  readonly addressesPerMinion: number;
  /**
   * What people see as the latest happenings. Full: the oldest goes, which is its purpose and not
   * counted.
   */
  readonly recentEvents: number;
  /**
   * Events that wait until history and stream take them, four times a second: a restart of the master
   * makes five of each of 10,000 minions. Full: the event is told to nobody, and counted.
   */
  readonly feedEvents: number;
  /**
   * Disconnects of the last seconds that may become a storm; more than the largest threshold. Full:
   * the oldest goes.
   */
  readonly stormWindow: number;
  /** Networks told apart inside one storm. Full: the rest counts as one network more. */
  readonly stormPrefixes: number;
  /**
   * Exchanges, and events, of the last minute that are matched to learn whose link it is. Full: the
   * oldest goes, which is its purpose and not counted.
   */
  readonly happenings: number;
  readonly monitorSources: number;
  readonly socketsPerMonitorSource: number;
  /**
   * Messages of the publish stream whose offsets are kept: two weeks at 50 jobs a minute, in 17 MB
   * (26 MB with filtering). Full: the oldest goes, which is its purpose and not counted; a link that
   * stands before it is measured anew.
   */
  readonly streamMessages: number;
  /**
   * Publishes that the event bus announced and that did not come yet, and the other way round. Full:
   * the oldest goes.
   */
  readonly announcements: number;
  /**
   * Jobs whose returns are told apart: 200 open ones, and the latest that closed, for returns that
   * come late; 16 kB each at 32,768 minions. Full: the oldest closed one goes, and when all are open
   * the oldest of them, whose open pairs are then booked nowhere.
   */
  readonly jobs: number;
  /**
   * Rows of an observation that are applied in one step (8 µs a new connection, up to 15 µs a new
   * minion, cold code three times that); cheaper work takes a multiple of it.
   */
  readonly rowsPerStep: number;
}

export const DEFAULT_LIMITS: DomainLimits = {
  minions: 32_768,
  links: 131_072,
  addresses: 131_072,
  addressesPerMinion: 64,
  recentEvents: 200,
  feedEvents: 262_144,
  stormWindow: 4_096,
  stormPrefixes: 1_024,
  happenings: 4_096,
  monitorSources: 64,
  socketsPerMonitorSource: 8,
  streamMessages: 1_048_576,
  announcements: 65_536,
  jobs: 512,
  rowsPerStep: 64,
};
