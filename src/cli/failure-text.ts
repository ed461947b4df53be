import { TranscodeError } from '../transcoder/error.js';

import { inkFor, printable } from './ink.js';
import { remedyFor } from './remedy.js';
import { UsageError } from './usage-error.js';

/** A failure for a person: what failed, why, and what to do about it. Ends with a line break. */
export function failureText(error: unknown, stream: { isTTY?: boolean }, subject = 'millrace'): string {
  const ink = inkFor(stream);
  const [message = '', ...details] = (error instanceof Error ? error.message : String(error))
    .split('\n')
    .map(printable);
  const lines = [`${ink.red(`${subject}:`)} ${message}`, ...details.map((line) => `  ${line}`)];
  const row = (label: string, text: string) => lines.push(`  ${ink.dim(label.padEnd(7))} ${printable(text)}`);
  if (error instanceof TranscodeError) {
    if (error.url !== undefined && !message.includes(error.url)) row('where', error.url);
    const cause = causeText(error.cause);
    const status = error.httpStatus === undefined ? '' : `, HTTP ${error.httpStatus}`;
    row('why', `${error.code} (${error.stage}${status})${cause === undefined ? '' : `: ${cause}`}`);
    const remedy = remedyFor(error);
    if (remedy !== undefined) row('to do', remedy);
  } else if (error instanceof Error && !(error instanceof UsageError)) {
    const cause = causeText(error.cause);
    if (cause !== undefined && !error.message.includes(cause)) row('why', cause);
  }
  return `${lines.join('\n')}\n`;
}

/** A failure as one JSON object: the fields of a `TranscodeError`, or the message of anything else. */
export function failureJson(error: unknown): Record<string, unknown> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof TranscodeError)) return { message };
  const { code, stage, url, retryable, httpStatus } = error;
  const cause = causeText(error.cause);
  return { code, stage, message, url, retryable, httpStatus, cause };
}

function causeText(cause: unknown): string | undefined {
  if (cause === undefined || cause === '') return undefined;
  if (typeof cause === 'string') return cause;
  return cause instanceof Error ? cause.message : undefined;
}
