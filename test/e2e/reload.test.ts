/** What a reload of the configuration changes in the running exporter, and what the log tells of its sources. */
import { describe, expect, it } from 'vitest';
import { type Logger, silentLogger } from '../../exporter/dist/lib/log.js';
import { startBench, until } from './exporter-bench.js';
import { undoneAfterEach } from './undo.js';

const undo = undoneAfterEach();

describe('a reload', () => {
  it('starts a source that the settings now ask for, its counters at 0', async () => {
    const { app, settings } = await startBench(1, undo);
    const canary = () => app.epoch().sources.find(({ source }) => source === 'request_canary');
    expect(canary()).toMatchObject({ enabled: false });
    await app.reload({
      ...settings,
      canary: { ...settings.canary, requestIntervalSeconds: 1 },
    });
    // The fleet process answers nothing: the handshake of the ping never ends.
    await until(() => app.epoch().requestPings.timeout > 0);
    expect(app.epoch().requestPings.timeout).toBeGreaterThan(0);
    expect(canary()).toMatchObject({ enabled: true, up: false });
    expect(canary()?.errors.get('socket_failed')).toBe(0);
  });
});

describe('the log', () => {
  it('has one line when a source goes down, with the reason', async () => {
    const lines: string[] = [];
    const log: Logger = {
      ...silentLogger,
      warn: (message, fields) => lines.push(`${message} ${fields?.source}: ${fields?.detail}`),
      child: () => silentLogger,
    };
    await startBench(1, undo, { log });
    const about = () => lines.filter((line) => line.includes('stream_canary'));
    await until(() => about().length > 0);
    expect(about()[0]).toMatch(/^A source is down stream_canary: ./);
    expect(about()).toHaveLength(1);
  });
});
