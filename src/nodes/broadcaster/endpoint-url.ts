import { srtStreamId } from './output-urls.js';
import { Problem } from './problem.js';

/** What a URL is for. */
export type EndpointUse = 'input' | 'output';

const schemes: Readonly<Record<EndpointUse, readonly string[]>> = {
  input: ['http', 'https', 'rtmp', 'rtmps', 'srt', 'rtsp', 'rtsps'],
  output: ['http', 'https', 'rtmp', 'rtmps', 'srt'],
};

/** The most characters that an order takes. */
export const maxUrlLength = 4096;

/** What SRT can carry. */
export const maxStreamIdBytes = 512;

/**
 * A URL that a transcoder can connect to. It is returned as it was given, credentials and all; no sentence shows any
 * of it. Which addresses may be talked to is for the transcoder to say, once the name is resolved.
 *
 * @param field what the sentence calls it: `inputUrl`
 * @throws Problem `configuration-invalid`
 */
export function endpointUrl(url: string | null | undefined, field: string, use: EndpointUse): string {
  const fail = (sentence: string): never => {
    throw new Problem('configuration-invalid', `${field} ${sentence}.`, { field });
  };
  if (url === null || url === undefined || url === '') return fail(`is missing: it is the URL of the ${use}`);
  if (url.length > maxUrlLength) return fail(`is longer than ${maxUrlLength} characters`);
  // A backslash is a slash to some parsers and a letter to others, so that they would not agree about the host.
  if (!/^[\x21-\x7e]+$/.test(url) || url.includes('\\')) {
    return fail(
      'should have printable ASCII characters other than spaces and backslashes only; others are percent-encoded',
    );
  }
  if (url.includes('#')) return fail('has a fragment, which goes nowhere');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined || !schemes[use].includes(scheme)) {
    return fail(`should be a URL of one of the schemes ${schemes[use].join(', ')}`);
  }
  if (!URL.canParse(url)) return fail('is not a valid URL');
  const { hostname, port, searchParams } = new URL(url);
  if (hostname === '') return fail('names no host');
  if (scheme !== 'srt') return url;
  if (port === '') return fail('needs a port, as SRT has no usual one');
  if ((searchParams.get('mode') ?? 'caller') !== 'caller') {
    return fail('asks for an SRT mode other than caller, and a transcoder calls and is never called');
  }
  checkStreamId(url, fail);
  return url;
}

function checkStreamId(url: string, fail: (sentence: string) => never): void {
  let streamId: string;
  try {
    streamId = srtStreamId(url) ?? '';
  } catch {
    return fail('has a stream id that is not percent-encoded properly');
  }
  if (Buffer.byteLength(streamId) > maxStreamIdBytes) {
    return fail(`has a stream id of more than the ${maxStreamIdBytes} bytes that SRT can carry`);
  }
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(streamId)) fail('has control characters in its stream id');
  if (streamId.startsWith('#!:{')) return fail('has a nested stream id (#!:{…}); the flat kind (#!::…) can be had');
}
