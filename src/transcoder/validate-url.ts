import { misuse } from './error.js';
import { enumerate, reject } from './option-checks.js';
import { redactUrl } from './redact-url.js';

/** A URL or a path that the engine can open. */
export interface ValidUrl {
  /** As given, but for `URL` objects, which come as their text. */
  url: string;
  /** Lower case; `file` for a path. */
  scheme: string;
}

const schemes = {
  input: ['http', 'https', 'rtmp', 'rtmps', 'srt', 'rtsp', 'rtsps', 'file'],
  output: ['http', 'https', 'rtmp', 'rtmps', 'srt', 'file'],
} as const;

export function validateUrl(value: unknown, where: string, use: keyof typeof schemes): ValidUrl {
  const url = value instanceof URL ? value.href : value;
  if (typeof url !== 'string' || url === '') return reject(where, 'a URL or the path of a file', url);
  // A line break would split a request's first line, and a NUL would cut the URL short behind the checks.
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(url)) throw misuse(`${where} has control characters in it.`);
  // libavformat takes any `word:` for a protocol of its own (concat:, pipe:, subfile:), so a path may not look like one.
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return { url, scheme: 'file' };
  if (use === 'input' && /^testpattern:\d{2,4}x\d{2,4}@\d{1,3}$/.test(url)) return { url, scheme };
  if (!(schemes[use] as readonly string[]).includes(scheme)) {
    throw misuse(
      `${where} has the scheme '${scheme}:', which cannot be ${use === 'input' ? 'read from' : 'written to'}; ` +
        `it takes ${enumerate(schemes[use])}. For a file of that name, write './' before it.`,
    );
  }
  if (scheme !== 'file') validateHost(url, scheme, where);
  return { url, scheme };
}

function validateHost(url: string, scheme: string, where: string): void {
  // Waiting for a caller, SRT needs no host: srt://:9000?mode=listener.
  if (scheme === 'srt' && /^srt:\/\/:\d{1,5}([/?]|$)/i.test(url)) return;
  const parsed = !/\s/.test(url) && URL.canParse(url) && /^[a-z0-9+.-]+:\/\//i.test(url) ? new URL(url) : undefined;
  if (!parsed?.hostname) throw misuse(`${where} is not a URL with a host: ${redactUrl(url)}`);
  if (scheme === 'srt' && parsed.port === '')
    throw misuse(`${where} needs a port, as SRT has no usual one: ${redactUrl(url)}`);
}
