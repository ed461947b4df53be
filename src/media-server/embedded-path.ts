const maxPathLength = 1024;
const prefix = '/s/';

/**
 * What node-media-server calls a stream: it takes nothing but one application and one name of letters and digits, so
 * the whole path becomes a name that it takes.
 *
 * @param path for instance `/live/out/P240p30fps16x9/0.ts`: at least two parts, as in the URL, with nothing decoded.
 * @returns `undefined` for what is no path of a stream.
 */
export function streamKeyOf(path: string): string | undefined {
  if (path.length > maxPathLength || !/^(\/[^\s/?#\p{C}]+){2,}$/u.test(path)) return undefined;
  return prefix + Buffer.from(path).toString('base64url');
}

/** The path of which `streamKeyOf` made the key. */
export function pathOf(streamKey: string): string {
  return Buffer.from(streamKey.slice(prefix.length), 'base64url').toString();
}

/** The stream that an HTTP request is for, and how node-media-server would be asked for it. */
export interface FlvTarget {
  streamKey: string;
  url: string;
  query: URLSearchParams;
}

/** @returns `undefined` when the URL is not that of a stream, with `.flv` after its path. */
export function flvTargetOf(url: string): FlvTarget | undefined {
  const [, path, query = ''] = /^([^?#]*)\.flv(?:\?([^#]*))?$/.exec(url) ?? [];
  const streamKey = path === undefined ? undefined : streamKeyOf(path);
  if (streamKey === undefined) return undefined;
  return { streamKey, url: `${streamKey}.flv?${query}`, query: new URLSearchParams(query) };
}
