/**
 * Why the kernel source counts a failure: the closed set of `reason` in
 * `brinescope_source_errors_total{source="kernel"}`.
 */

export const KERNEL_ERROR_REASONS = [
  /** koffi could not be loaded: no system calls, /proc only. */
  'koffi_unavailable',
  /** The kernel, or a seccomp filter, refused the socket or the dump. */
  'netlink_refused',
  /**
   * Destroy events could not be subscribed: connections shorter than a scan interval are missed.
   */
  'deaths_refused',
  /** The port filter could not be installed: right figures, more wake-ups. */
  'filter_refused',
  /** A dump ended with an error half way. */
  'dump_failed',
  /** The kernel's table changed under the dump (NLM_F_DUMP_INTR). */
  'dump_interrupted',
  /** The kernel did not go on with a dump in time. */
  'dump_timeout',
  /** A message whose lengths contradict each other, or of an unknown kind. */
  'answer_malformed',
  /** tcp_info shorter than the fields we read. */
  'tcp_info_short',
  /** More sockets than a scan may hold. */
  'rows_overflow',
  /** Receiving destroy events failed otherwise than by an overflow. */
  'deaths_failed',
  /** /proc/net/netlink did not tell how many destroy events were lost. */
  'drops_unreadable',
  /** /proc/net/tcp could not be read. */
  'proc_unreadable',
  /** A line of /proc/net/tcp that is not of its format. */
  'proc_malformed',
  /** The main thread did not give a buffer back in time: a scan was left out. */
  'main_busy',
  /** The scan thread ended by itself and was started again. */
  'thread_died',
] as const;
export type KernelErrorReason = (typeof KERNEL_ERROR_REASONS)[number];

/** Counts since they were last taken; a batch of messages adds to it without making objects. */
export class ReasonCounts {
  readonly #counts = new Map<KernelErrorReason, number>();

  add(reason: KernelErrorReason, count = 1): void {
    if (count > 0) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  get(reason: KernelErrorReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  /** What was counted, and starts from nothing again. */
  take(): readonly (readonly [KernelErrorReason, number])[] {
    if (this.#counts.size === 0) return [];
    const taken = [...this.#counts];
    this.#counts.clear();
    return taken;
  }
}
