/** Frames of a bus as 3007 and 3008 send them, in the sizes of real ones. */
import { pack } from '../../../exporter/dist/demo/msgpack.js';

/** A publisher gives each job another number at the end of it. */
export const JID = '20261122031607419923';
const STAMP = '2026-11-22T03:16:07.818646';
const STATES = 50;

export const idOf = (i) => `m${String(i).padStart(5, '0')}`;

export function framesOf(what, minions) {
  return what === 'ping' ? pings(minions) : stateReturns(minions);
}

/** A `test.ping` for so many minions: its announcement and their returns, 188 bytes each. */
export function pings(minions) {
  const returns = Array.from({ length: minions }, (_each, i) => returnOf(i, 'test.ping', true));
  return [newOf(minions, 'test.ping'), ...returns];
}

/** A `state.apply` of 50 states: its announcement and returns of 9.3 kB. */
function stateReturns(minions) {
  const result = states();
  const returns = Array.from({ length: minions }, (_each, i) => returnOf(i, 'state.apply', result));
  return [newOf(minions, 'state.apply'), ...returns];
}

function newOf(minions, fun) {
  const ids = Array.from({ length: minions }, (_each, i) => idOf(i));
  const load = { jid: JID, tgt_type: 'glob', tgt: '*', user: 'root', fun, arg: [] };
  return frame(`salt/job/${JID}/new`, { ...load, minions: ids, missing: [], _stamp: STAMP });
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
  const head = Buffer.from('82a46865616480a4626f6479', 'hex');
  const size = body.length < 256 ? sized(0xc4, body.length, 1) : sized(0xc6, body.length, 4);
  return Buffer.concat([head, size, body]);
}

function sized(type, length, width) {
  const bytes = Buffer.alloc(1 + width);
  bytes.writeUInt8(type);
  bytes.writeUIntBE(length, 1, width);
  return bytes;
}
