/** The publish port as a row of monitor events tells it. */
import { describe, expect, it } from 'vitest';
import type { MonitorEventName } from '../../domain/vocabulary.js';
import { applyEvent, type LinkState, stateDetail } from './link-state.js';

function after(...events: readonly MonitorEventName[]): LinkState {
  return events.reduce<LinkState>(applyEvent, 'connecting');
}

describe('applyEvent', () => {
  it('sees a publisher at the handshake, not before', () => {
    expect(after('connect_delayed')).toBe('connecting');
    expect(after('connect_delayed', 'connected')).toBe('greeting');
    expect(after('connect_delayed', 'connected', 'handshake_succeeded')).toBe('subscribed');
  });

  it('tells a lost publisher from one that never was there', () => {
    const up = ['connected', 'handshake_succeeded'] as const;
    expect(after(...up, 'disconnected', 'connect_retried')).toBe('lost');
    expect(after(...up, 'disconnected', 'connect_retried', 'connect_delayed', 'closed')).toBe(
      'lost',
    );
    expect(after('connect_delayed', 'closed', 'connect_retried')).toBe('refused');
  });

  it('keeps calling a stranger a stranger while it is tried again', () => {
    const refusedHandshake = ['connected', 'handshake_failed_no_detail', 'disconnected'] as const;
    expect(after(...refusedHandshake)).toBe('stranger');
    expect(after(...refusedHandshake, 'connect_retried', 'connect_delayed', 'connected')).toBe(
      'stranger',
    );
    expect(after('connected', 'disconnected')).toBe('stranger');
    expect(after(...refusedHandshake, 'connected', 'handshake_succeeded')).toBe('subscribed');
    expect(after(...refusedHandshake, 'closed')).toBe('refused');
  });
});

describe('stateDetail', () => {
  it.each(['connecting', 'refused', 'greeting', 'subscribed', 'lost', 'stranger'] as const)(
    'says in %s where it looks',
    (state) => {
      expect(stateDetail(state, '127.0.0.1:4505 from 127.0.0.77')).toContain(
        '127.0.0.1:4505 from 127.0.0.77',
      );
    },
  );
});
