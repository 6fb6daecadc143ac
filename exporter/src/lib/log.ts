/** Structured log lines on standard error, through pino; the rest of the program sees only this interface. */
import { type Logger as PinoLogger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'text' | 'json';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Messages are constant sentences, what varies goes into fields; nothing secret and no event body, ever. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

export function createLogger(options: { level: LogLevel; format: LogFormat }): Logger {
  const base = { level: options.level, base: null };
  const stderr = 2;
  const root =
    options.format === 'json'
      ? pino({ ...base, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(stderr))
      : pino(
          base,
          PinoPretty({
            destination: stderr,
            colorize: false,
            singleLine: true,
            sync: true,
          }),
        );
  return wrap(root);
}

/** For tests and for tools that must stay quiet. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

function wrap(target: PinoLogger): Logger {
  return {
    debug: (message, fields) => target.debug(fields ?? {}, message),
    info: (message, fields) => target.info(fields ?? {}, message),
    warn: (message, fields) => target.warn(fields ?? {}, message),
    error: (message, fields) => target.error(fields ?? {}, message),
    child: (fields) => wrap(target.child(fields)),
  };
}
