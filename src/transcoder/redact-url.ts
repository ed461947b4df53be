/**
 * The URL as it may be shown: without user info, query, fragment, and the last part of an RTMP path, which is a stream
 * key. `…` marks what was left out. A path stays as it is.
 *
 * The engine does the same to every URL in its errors; this is for the mistakes that never reach it.
 */
export function redactUrl(url: string): string {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(\?)?/i.exec(url);
  if (!match) return url;
  const [, scheme = '', authority = '', path = '', query] = match;
  const origin = `${scheme.toLowerCase()}://${authority.slice(authority.lastIndexOf('@') + 1)}`;
  if (/^rtmps?$/i.test(scheme)) return path === '' ? origin : `${origin}${path.slice(0, path.lastIndexOf('/') + 1)}…`;
  return `${origin}${path}${query === undefined ? '' : '?…'}`;
}
