/**
 * Series as Grafana's Prometheus data source hands them to a panel: a night with a rack that flaps,
 * a process that stops reading, machines that are away, a NAT, a master restart and a gap.
 */
import type { FrameInput } from '../grafana-host/host-api.js';

export const END_MS = Date.UTC(2026, 10, 21, 3, 12, 0);
const MINUTE = 60_000;

export interface NightShape {
  readonly minions: number;
  readonly hours: number;
  readonly stepSeconds: number;
}

/** mulberry32: the same night every time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Life {
  readonly id: string;
  readonly rack: string;
  /** Status from each instant on, ascending. */
  readonly status: [atMs: number, status: string][];
  readonly pressure: (atMs: number) => number;
  readonly disconnects: number[];
  /** Instants at which messages are dropped, and how many. */
  readonly drops: [atMs: number, messages: number][];
}

function flap(life: Life, atMs: number, lengthMs: number): void {
  life.status.push([atMs, 'absent'], [atMs + lengthMs, 'ok']);
  life.disconnects.push(atMs);
}

function stallFrom(startMs: number, fillMs: number): (atMs: number) => number {
  return (atMs) => Math.max(0, Math.min(1, ((atMs - startMs) / fillMs) ** 0.85));
}

/** One of seven fates, by index. */
function lifeOf(index: number, shape: NightShape, roll: () => number): Life {
  const startMs = END_MS - shape.hours * 60 * MINUTE;
  const rack = index < 40 ? 'r17' : `r${String(1 + (index % 14)).padStart(2, '0')}`;
  const role = ['web', 'app', 'db', 'cache', 'log'][index % 5];
  const id = `${role}-${rack}-${String(index).padStart(3, '0')}.fleet.example.net`;
  const noise = roll();
  const life: Life = {
    id,
    rack,
    status: [[startMs - MINUTE, 'ok']],
    pressure: (atMs) => (Math.floor(atMs / (15 * MINUTE)) % 4 === index % 4 ? noise * 0.12 : 0),
    disconnects: [],
    drops: [],
  };
  if (index < 40) {
    for (const ago of [78, 74, 71, 66, 60, 53]) {
      flap(life, END_MS - ago * MINUTE + roll() * 4000, 15_000 + roll() * 40_000);
    }
  } else if (index < 45) return stalled(life, 130 - (index - 40) * 22);
  else if (index < 55) away(life, startMs, roll());
  else if (index < 65) {
    for (let at = startMs + roll() * 9e5; at < END_MS; at += (8 + roll() * 30) * MINUTE) {
      flap(life, at, 15_000 + roll() * 90_000);
    }
  } else if (index < 68) life.status[0] = [startMs - MINUTE, 'ambiguous'];
  else if (index < 70) life.status.push([END_MS - 152 * MINUTE, 'unknown']);
  else if (index === 70) life.status.push([END_MS - 31 * MINUTE, 'half_open']);
  else if (index === 71) life.status.push([END_MS - 12 * MINUTE, 'slow']);
  return life;
}

function stalled(life: Life, agoMinutes: number): Life {
  const startMs = END_MS - agoMinutes * MINUTE;
  const fillMs = 26 * MINUTE;
  life.status.push([startMs, 'stalled']);
  for (let at = startMs + fillMs; at < END_MS; at += 2 * MINUTE) life.drops.push([at, 11]);
  return { ...life, pressure: stallFrom(startMs, fillMs) };
}

function away(life: Life, startMs: number, roll: number): void {
  if (roll < 0.4) life.status[0] = [startMs - MINUTE, 'absent'];
  else {
    const atMs = startMs + roll * (END_MS - startMs);
    life.status.push([atMs, 'absent']);
    life.disconnects.push(atMs);
    life.drops.push([atMs, 3]);
  }
}

function statusAt(life: Life, atMs: number): string {
  let found = 'ok';
  for (const [from, status] of life.status) if (from <= atMs) found = status;
  return found;
}

function frame(
  name: string,
  labels: Record<string, string>,
  points: [number, number][],
): FrameInput {
  return {
    fields: [
      { name: 'Time', type: 'time', values: points.map(([at]) => at) },
      {
        name: 'Value',
        type: 'number',
        labels: { __name__: name, master: 'master-a', ...labels },
        values: points.map(([, value]) => value),
      },
    ],
  };
}

/** Frames of one night; the exporter was down for two steps and more in the middle of it. */
export function nightFrames(shape: NightShape): FrameInput[] {
  const roll = dice(7);
  const stepMs = shape.stepSeconds * 1000;
  const startMs = END_MS - shape.hours * 60 * MINUTE;
  const [gapFrom, gapTo] = [END_MS - 307 * MINUTE, END_MS - 304 * MINUTE];
  const times: number[] = [];
  for (let at = startMs; at <= END_MS; at += stepMs) {
    if (at < gapFrom || at > gapTo) times.push(at);
  }
  const frames: FrameInput[] = [];
  for (let index = 0; index < shape.minions; index++) {
    const life = lifeOf(index, shape, roll);
    const owner = { minion: life.id, rack: life.rack };
    const byStatus = new Map<string, [number, number][]>();
    for (const at of times) {
      const status = statusAt(life, at);
      const points = byStatus.get(status) ?? [];
      byStatus.set(status, points);
      points.push([at, 1]);
    }
    for (const [status, points] of byStatus) {
      frames.push(frame('salt_minion_status', { ...owner, status }, points));
    }
    const counted = (events: readonly number[]) =>
      times.map((at): [number, number] => [at, events.filter((one) => one <= at).length]);
    const pressure = times.map((at): [number, number] => [at, life.pressure(at)]);
    frames.push(frame('salt_minion_queue_pressure_ratio', owner, pressure));
    frames.push(frame('salt_minion_disconnects_total', owner, counted(life.disconnects)));
    frames.push(frame('salt_minion_flaps_total', owner, counted(life.disconnects)));
    const dropped = times.map((at): [number, number] => {
      return [at, life.drops.reduce((sum, [when, many]) => sum + (when <= at ? many : 0), 0)];
    });
    frames.push(frame('salt_minion_dropped_messages_total', { ...owner, reason: 'hwm' }, dropped));
  }
  const restarts = times.map((at): [number, number] => [at, at >= END_MS - 152 * MINUTE ? 1 : 0]);
  frames.push(frame('salt_master_restarts_total', {}, restarts));
  frames.push(
    frame(
      'salt_publish_hwm_messages',
      {},
      times.map((at) => [at, 1000]),
    ),
  );
  return frames;
}
