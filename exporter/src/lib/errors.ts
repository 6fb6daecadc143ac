/** The one error type that this program throws on purpose: a code for tests and logs, a message for people. */

export type AppErrorCode =
  | 'config_invalid'
  | 'config_unreadable'
  | 'history_unusable'
  | 'listen_failed'
  | 'source_unavailable'
  | 'unsupported';

/** `message` says what is wrong, where, and what to do about it. */
export class AppError extends Error {
  readonly code: AppErrorCode;

  constructor(code: AppErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }
}

/** Text of anything that can be thrown; never throws itself. */
export function errorText(error: unknown): string {
  if (error instanceof Error) return error.message;
  return String(error);
}
