/** Names of the files by which a minion keeps its jobs: one for each process, one for each job that waits. */

/** 20 digits, and what `unique_jid` appends. */
const JID = /^\d{20}(?:_\d{1,20})?$/;
/** `queued_<microseconds>_<jid>.p` of salt.minion, a job that waits for a process limit or for resources. */
const QUEUED = /^queued_\d{1,20}_(\d{20}(?:_\d{1,20})?)\.p$/;

/** The job of a file of `<cachedir>/proc`; undefined: it is no job's. */
export function processJid(name: string): string | undefined {
  return JID.test(name) ? name : undefined;
}

/** The job of a file of a queue; undefined: it does not wait, or is no job's. */
export function queuedJid(name: string): string | undefined {
  return QUEUED.exec(name)?.[1];
}
