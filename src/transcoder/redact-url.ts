/**
 * The URL as it may be shown: without user info, query, fragment, and all of an RTMP path but its first part, since
 * servers disagree about where the stream key begins. `…` marks what was left out. A path stays as it is.
 *
 * The engine does the same to every URL in its errors; this is for the mistakes that never reach it.
 */
export function redactUrl(url: string): string {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(\?)?/i.exec(url);
  if (!match) return url;
  const [, scheme = '', authority = '', path = '', query] = match;
  const origin = `${scheme.toLowerCase()}://${authority.slice(authority.lastIndexOf('@') + 1)}`;
  if (/^rtmps?$/i.test(scheme)) return path === '' ? origin : `${origin}${/^\/[^/]*\//.exec(path)?.[0] ?? '/'}…`;
  return `${origin}${path}${query === undefined ? '' : '?…'}`;
}
