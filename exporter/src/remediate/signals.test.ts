/** Alertmanager's words are understood; everything else is refused whole. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeWebhook, SIGNALS_MAX } from './signals.js';

const alert = (labels: unknown, status: unknown = 'firing') => ({
  status,
  labels,
  annotations: {},
});
const webhook = (alerts: unknown, more: object = {}) =>
  JSON.stringify({
    version: '4',
    status: 'firing',
    receiver: 'r',
    truncatedAlerts: 0,
    alerts,
    ...more,
  });

describe('decodeWebhook', () => {
  it('takes what a policy needs', () => {
    const whole = { alertname: 'SaltMinionHalfOpen', master: 'a', minion: 'web-1' };
    const text = webhook([alert(whole), alert({ alertname: 'X' }, 'resolved')], {
      truncatedAlerts: 2,
    });
    expect(decodeWebhook(text)).toEqual({
      ok: true,
      truncated: 2,
      signals: [
        { isFiring: true, alert: 'SaltMinionHalfOpen', master: 'a', minion: 'web-1' },
        { isFiring: false, alert: 'X', master: '', minion: undefined },
      ],
    });
  });

  it.each([
    ['', 'is no JSON'],
    ['[]', 'is no object'],
    ['null', 'is no object'],
    [JSON.stringify({ version: '3', alerts: [] }), 'is not version 4 of the webhook'],
    [webhook({}), 'has no list of alerts'],
    [webhook([], { truncatedAlerts: -1 }), 'has no number of truncated alerts'],
    [webhook([], { truncatedAlerts: 'many' }), 'has no number of truncated alerts'],
    [webhook([alert({ alertname: '' })]), 'has an alert without'],
    [webhook([alert({ alertname: 7 })]), 'has an alert without'],
    [webhook([alert({ alertname: 'a\u0000b' })]), 'has an alert without'],
    [webhook([alert({ alertname: 'X'.repeat(129) })]), 'has an alert without'],
    [webhook([alert({ alertname: 'X', master: ['a'] })]), 'has an alert without'],
    [webhook([alert({ alertname: 'X' }, 'burning')]), 'has an alert without'],
    [webhook([alert('X')]), 'has an alert without'],
    [webhook([alert({ alertname: 'X' }), 7]), 'has an alert without'],
    [webhook(Array(SIGNALS_MAX + 1).fill(0)), 'has more than 1000 alerts'],
  ])('refuses %s', (text, reason) => {
    const decoded = decodeWebhook(text);
    expect(decoded).toMatchObject({ ok: false });
    expect(decoded.ok ? '' : decoded.reason).toContain(reason);
  });

  it('never throws and never makes more of a message than is in it', () => {
    const any = fc.oneof(
      fc.json(),
      fc.string(),
      fc.array(fc.anything()).map((a) => webhook(a)),
    );
    fc.assert(
      fc.property(any, (text) => {
        const decoded = decodeWebhook(text);
        if (decoded.ok) expect(decoded.signals.length).toBeLessThanOrEqual(SIGNALS_MAX);
        else expect(decoded.reason).not.toBe('');
      }),
    );
  });
});
