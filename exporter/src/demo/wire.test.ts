/** The demo's messages against what was measured on real masters and minions. */
import { describe, expect, it } from 'vitest';
import { frameWireBytes, messageWireBytes } from '../lib/zmtp.js';
import {
  answerFrame,
  authFrame,
  isForMinion,
  publishFrame,
  returnFrame,
  returnSender,
  targetHash,
} from './wire.js';

const EMPTY = Buffer.alloc(0);
const PING = '83a3656e63a5636c656172a46c6f616481a3636d64a470696e67a776657273696f6e03';

describe('sizes on the wire', () => {
  it('are those of a real test.ping: 472 for the publish, 597 for the return, 103 for its answer', () => {
    expect(frameWireBytes(publishFrame('m1').length)).toBe(472);
    expect(messageWireBytes([EMPTY, returnFrame('web-01')])).toBe(597);
    expect(messageWireBytes([EMPTY, answerFrame(returnFrame('web-01'))])).toBe(103);
  });
});

describe('a publish', () => {
  it('has the four keys of a Salt publish, as old-style raw strings', () => {
    const frame = publishFrame(undefined);
    expect(frame.subarray(0, 17).toString('hex')).toBe('84a3656e63a3616573a46c6f6164da00a0');
    expect(frame.includes(Buffer.from('PKCS1v15-SHA1'))).toBe(true);
  });

  it('asks one minion, or all, or none when it is ballast', () => {
    const [web, db] = [targetHash('web-01'), targetHash('db-01')];
    expect(isForMinion(publishFrame('web-01'), web)).toBe(true);
    expect(isForMinion(publishFrame('web-01'), db)).toBe(false);
    expect(isForMinion(publishFrame(undefined), db)).toBe(true);
    expect(isForMinion(publishFrame(undefined, 20_000), db)).toBe(false);
    expect(publishFrame(undefined, 20_000).length).toBeGreaterThan(20_000);
  });
});

describe('a return', () => {
  it('names its sender to the demo, and nothing else does', () => {
    expect(returnSender(returnFrame('bücher-01'))).toBe('bücher-01');
    expect(returnSender(authFrame())).toBeUndefined();
    expect(returnSender(EMPTY)).toBeUndefined();
  });
});

describe('an answer', () => {
  it('to the unauthenticated ping is its load', () => {
    expect(answerFrame(Buffer.from(PING, 'hex')).toString('hex')).toBe('81a3636d64a470696e67');
  });

  it('to anything else says nothing that looks like the echo of a ping', () => {
    expect(answerFrame(authFrame()).length).toBe(99);
    for (const bytes of [
      EMPTY,
      Buffer.from('GET / HTTP/1.0'),
      Buffer.from(PING.slice(0, 40), 'hex'),
    ]) {
      expect(answerFrame(bytes).toString('latin1')).toBe('\xa8bad load');
    }
  });
});
