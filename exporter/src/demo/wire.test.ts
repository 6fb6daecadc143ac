/** The demo's messages against what was measured on real masters and minions. */
import { describe, expect, it } from 'vitest';
import { frameWireBytes, messageWireBytes } from '../lib/zmtp.js';
import {
  answerFrame,
  authFrame,
  jobFor,
  publishFrame,
  readReturn,
  returnFrame,
  targetHash,
} from './wire.js';

const EMPTY = Buffer.alloc(0);
const JID = '20260102030405678901';
const PING = '83a3656e63a5636c656172a46c6f616481a3636d64a470696e67a776657273696f6e03';

describe('sizes on the wire', () => {
  it('are those of a real test.ping: 472 for the publish, 597 for the return, 103 for its answer', () => {
    expect(frameWireBytes(publishFrame({ target: 'm1', jid: JID }).length)).toBe(472);
    expect(messageWireBytes([EMPTY, returnFrame({ id: 'web-01', jid: JID })])).toBe(597);
    expect(messageWireBytes([EMPTY, answerFrame(returnFrame({ id: 'web-01', jid: JID }))])).toBe(
      103,
    );
  });
});

describe('a publish', () => {
  it('has the four keys of a Salt publish, as old-style raw strings', () => {
    const frame = publishFrame({ target: undefined, jid: JID });
    expect(frame.subarray(0, 17).toString('hex')).toBe('84a3656e63a3616573a46c6f6164da00a0');
    expect(frame.includes(Buffer.from('PKCS1v15-SHA1'))).toBe(true);
  });

  it('asks one minion, or all, or none when it is ballast', () => {
    const [web, db] = [targetHash('web-01'), targetHash('db-01')];
    const one = publishFrame({ target: 'web-01', jid: JID });
    const ballast = publishFrame({ target: undefined, jid: JID, loadBytes: 20_000 });
    expect(jobFor(one, web)).toBe(JID);
    expect(jobFor(one, db)).toBeUndefined();
    expect(jobFor(publishFrame({ target: undefined, jid: JID }), db)).toBe(JID);
    expect(jobFor(ballast, db)).toBeUndefined();
    expect(ballast.length).toBeGreaterThan(20_000);
  });
});

describe('a return', () => {
  it('names its sender and its job to the demo, and nothing else does', () => {
    const told = { id: 'bücher-01', jid: JID };
    expect(readReturn(returnFrame(told))).toEqual(told);
    expect(readReturn(authFrame())).toBeUndefined();
    expect(readReturn(EMPTY)).toBeUndefined();
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
