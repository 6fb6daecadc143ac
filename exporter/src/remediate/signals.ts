/** Alertmanager's webhook, version 4 → what it says of which minion; anything else is refused whole. */

/** A longer notification has `max_alerts` set too high, or is none of Alertmanager's. */
export const SIGNALS_MAX = 1_000;
const NAME_MAX = 128;

export interface Signal {
  readonly isFiring: boolean;
  readonly alert: string;
  /** Empty where the alert has none. */
  readonly master: string;
  /** As it came: not yet held against anything. Undefined where the alert names no minion. */
  readonly minion: string | undefined;
}

export type Decoded =
  | {
      readonly ok: true;
      readonly signals: readonly Signal[];
      /** Alerts that Alertmanager left out. */
      readonly truncated: number;
    }
  | { readonly ok: false; readonly reason: string };

/** Never throws. A single wrong alert makes the whole notification wrong: nothing is run on half a message. */
export function decodeWebhook(text: string): Decoded {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return no('is no JSON');
  }
  if (!isRecord(body)) return no('is no object');
  if (body.version !== '4') return no('is not version 4 of the webhook');
  const { alerts, truncatedAlerts = 0 } = body;
  if (!Array.isArray(alerts)) return no('has no list of alerts');
  if (alerts.length > SIGNALS_MAX) return no(`has more than ${SIGNALS_MAX} alerts`);
  if (typeof truncatedAlerts !== 'number' || !(truncatedAlerts >= 0))
    return no('has no number of truncated alerts');
  const signals = alerts.map(decodeAlert);
  const whole = signals.filter((signal) => signal !== undefined);
  if (whole.length < signals.length) return no('has an alert without a status, a name or labels');
  return { ok: true, signals: whole, truncated: truncatedAlerts };
}

function decodeAlert(alert: unknown): Signal | undefined {
  if (!isRecord(alert) || !isRecord(alert.labels)) return undefined;
  const { status, labels } = alert;
  if (status !== 'firing' && status !== 'resolved') return undefined;
  const { alertname, master = '', minion } = labels;
  if (!isName(alertname) || alertname === '' || !isName(master)) return undefined;
  // A minion that is no text, or an endless one, is the same as a wrong one: the policy refuses it by its form.
  const id = minion === undefined ? undefined : String(minion).slice(0, 2 * NAME_MAX);
  return { isFiring: status === 'firing', alert: alertname, master, minion: id };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= NAME_MAX && !/\p{Cc}/u.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function no(reason: string): Decoded {
  return { ok: false, reason };
}
