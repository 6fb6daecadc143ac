/** Frames of a bus as 3007 and 3008 send them, in the sizes of real ones. */
import { pack } from '../../../exporter/dist/demo/msgpack.js';

const JID = '20261122031607419923';
const STAMP = '2026-11-22T03:16:07.818646';
const STATES = 50;

export const idOf = (i) => `m${String(i).padStart(5, '0')}`;

/** Returns of `test.ping`, 198 bytes each, one of each minion. */
export function pings(minions) {
  return Array.from({ length: minions }, (_each, i) => returnOf(i, 'test.ping', true));
}

/** Returns of a `state.apply` of 50 states, 9.5 kB each. */
export function stateReturns(minions) {
  const result = states();
  return Array.from({ length: minions }, (_each, i) => returnOf(i, 'state.apply', result));
}

function returnOf(i, fun, result) {
  const id = idOf(i);
  const load = { cmd: '_return', id, success: true, return: result, retcode: 0, jid: JID, fun };
  return frame(`salt/job/${JID}/ret/${id}`, { ...load, fun_args: [], _stamp: STAMP });
}

function states() {
  const result = {};
  for (let n = 0; n < STATES; n += 1) {
    result[`file_|-conf-${n}_|-/etc/${n}.conf_|-managed`] = {
      name: `/etc/${n}.conf`,
      changes: {},
      result: true,
      comment: 'In the correct state',
      __sls__: 'app',
      __run_num__: n,
      start_time: '03:16:07.112233',
      duration: 1,
      __id__: `conf-${n}`,
    };
  }
  return result;
}

function frame(tag, data) {
  const body = Buffer.concat([Buffer.from(`${tag}\n\n`), pack(data)]);
  const small = body.length < 256;
  const head = Buffer.alloc(small ? 14 : 15);
  head.write('82a46865616480a4626f6479', 'hex');
  if (small) head.writeUInt16BE(0xc400 | body.length, 12);
  else {
    head.writeUInt8(0xc5, 12);
    head.writeUInt16BE(body.length, 13);
  }
  return Buffer.concat([head, body]);
}
