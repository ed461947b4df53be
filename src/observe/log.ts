import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

import { describeError } from './describe-error.js';
import { redactText, redactValue } from './redact-text.js';
import { StandardOutput } from './standard-output.js';

/**
 * A log of JSON lines. What a line is about comes by `log.child({ role, job, attempt, stream })`, and errors as
 * `log.warn({ err }, 'sentence')`.
 */
export type Log = Logger;

/** From the most talkative to nothing at all. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  level: LogLevel;
  /** What the operator calls the node; on every line. Default: not said. */
  name?: string;
  /** Where the lines go. Default: the standard output, those of one turn of the event loop in one go. */
  destination?: DestinationStream;
}

/**
 * Opens a log. Its lines have `level` as a word, `time` in ISO 8601, and `msg`; errors are as {@link describeError} has
 * them. Whatever is logged, no line shows a URL's user info, query or stream key, nor a field that is named like a
 * secret: the finished line is gone through once more before it is written.
 */
export function createLog({ level, name, destination }: LogOptions): Log {
  return pino(
    {
      level,
      base: name === undefined ? {} : { name },
      timestamp: stdTimeFunctions.isoTime,
      serializers: { err: describeError },
      formatters: { level: (label) => ({ level: label }), log: describeErrors },
      hooks: { streamWrite: redactLine },
    },
    destination ?? new StandardOutput(),
  );
}

/** Errors under whatever name; pino knows only `err`. */
function describeErrors(fields: Record<string, unknown>): Record<string, unknown> {
  if (!Object.values(fields).some((value) => value instanceof Error)) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? describeError(value) : value]),
  );
}

const mayHoldSecret = /:\/\/|bearer|ur[il]"|secret|token|authorization|passw|passphrase|cookie|credential|key"/i;

function redactLine(line: string): string {
  if (!mayHoldSecret.test(line)) return line;
  try {
    return `${JSON.stringify(redactValue(JSON.parse(line)))}\n`;
  } catch {
    // Not JSON, which pino does not write; never let it through as it is.
    return `${JSON.stringify({ msg: redactText(line) })}\n`;
  }
}
