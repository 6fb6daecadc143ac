/** What each kind of answer makes of the health of the request canary. */
import { describe, expect, it } from 'vitest';
import { type Condition, describeCondition, type LastPing } from './condition.js';

const WHERE = '127.0.0.1:4506 from 127.0.0.77';

function condition(last: LastPing | undefined, unanswered = 0): Condition {
  return {
    where: WHERE,
    last,
    unanswered,
    unansweredLimit: 5,
    timeoutSeconds: 5,
    expirySeconds: 600,
  };
}

describe('describeCondition', () => {
  it.each([
    [undefined, false, /on its way/],
    ['echo', true, /are answered$/],
    ['unanswered', true, /not answered within 5 s: a worker is busy or wedged/],
    ['silent', false, /did not complete a ZeroMQ handshake within 5 s/],
    ['wrong_reply', false, /not with the echo of a ping/],
    ['refused', false, /nothing accepts a connection/],
    ['stranger', false, /no ZeroMQ request port/],
    ['ended', false, /ended the connection before it answered/],
    ['failed', false, /our own socket failed/],
  ] as const)('after %s', (last, up, sentence) => {
    const described = describeCondition(condition(last));
    expect(described.up).toBe(up);
    expect(described.detail).toMatch(sentence);
    expect(described.detail).toContain(WHERE);
  });

  it('names the pings that still wait', () => {
    expect(describeCondition(condition('echo', 2))).toEqual({
      up: true,
      detail: `pings to ${WHERE} are answered; 2 of at most 5 pings still unanswered`,
    });
  });

  it('is blind while no ping may be sent, whatever the last one said', () => {
    const described = describeCondition(condition('echo', 5));
    expect(described.up).toBe(false);
    expect(described.detail).toMatch(/^5 pings to .* as many as the master has workers.* 600 s/);
  });
});
