import { TranscodeError, type TranscodeErrorCode } from '../transcoder/error.js';

import { inkFor, printable } from './ink.js';
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
    const remedy = remedies[error.code];
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

const remedies: Record<TranscodeErrorCode, string | undefined> = {
  OPTIONS_INVALID: undefined,
  SCHEME_DENIED:
    'Use another kind of URL, or let it in with --allow-scheme; inside a playlist only http and https may be referred to.',
  ADDRESS_DENIED: 'Let the network in with --allow-network, or take it out of --deny-network.',
  HOST_NOT_FOUND: 'Check the spelling of the host name, and that this machine can resolve names.',
  CONNECTION_REFUSED: 'Check that the server is running and that host and port are right.',
  CONNECTION_RESET: "Look into the server's log for why it closed the connection, then start again.",
  TIMED_OUT:
    'Check that the server can be reached from here (firewall, route, port); --connect-timeout gives it longer.',
  STALLED: 'Check that the other side is still sending or reading; --stall-timeout gives it longer.',
  TLS_UNTRUSTED: 'Trust its authority with --ca-file FILE. --insecure turns the check off, for tests.',
  TLS_FAILED: 'Check that the port speaks TLS, and which versions the server allows.',
  UNAUTHORIZED: 'Check the stream key, the user name or the token; --header sends an Authorization of your own.',
  NOT_FOUND: 'Check the path, and that the stream is being published.',
  HTTP_STATUS: "Look into the server's log for why it answered so.",
  PROTOCOL: 'Check that the URL scheme fits what the server speaks on that port.',
  FILE_FAILED: 'Check that the path exists, that you may use it, and that the disk has room.',
  STREAM_FAILED: undefined,
  FORMAT_INVALID: 'Name the container with --format, or check the source with a player.',
  NO_MEDIA: 'Check that something is being published there.',
  CODEC_UNSUPPORTED: 'millrace devices lists the codecs of this machine; another container may carry this one.',
  DECODE_FAILED: 'Check the source with a player.',
  SCALE_FAILED: 'Try --accel none.',
  ENCODE_FAILED: 'Try --accel none, or another --preset.',
  MUX_FAILED: 'Try another --output-format.',
  DEVICE_UNAVAILABLE: 'millrace devices shows what this machine has; --accel auto uses what there is.',
  ADDON_UNAVAILABLE: undefined,
  CANCELLED: undefined,
  INTERNAL: 'This is a defect of Millrace: please report it with the command and this message.',
};
