/** What an RTMP server is asked for: it knows no URLs, only an application and the name of a stream in it. */
export interface RtmpAddress {
  /** For instance `live`, or `live/out`. */
  application: string;
  name: string;
}

/**
 * Takes an RTMP URL apart as libavformat does, which is what publishes: the first part of the path is the application
 * when there are two, the first two are when there are more, and a colon (`mp4:a/b`) begins the name. Nothing is
 * decoded, since RTMP clients do not.
 *
 * @returns `undefined` for URLs of another kind, and for those without a stream's name.
 */
export function rtmpAddress(url: string): RtmpAddress | undefined {
  const path = /^rtmps?:\/\/[^/?#]*\/([^?#]*)/i.exec(url)?.[1] ?? '';
  const first = path.indexOf('/');
  if (first < 1) return undefined;
  const second = path.indexOf('/', first + 1);
  const colon = path.indexOf(':', first + 1);
  const cut = second < 0 || (colon >= 0 && colon < second) ? first : second;
  const name = path.slice(cut + 1);
  return name === '' ? undefined : { application: path.slice(0, cut), name };
}

/**
 * The URL with a token in its query. The token comes first, since media servers cut long queries off at the end (nginx
 * after 255 characters).
 */
export function withToken(url: string, token: string): string {
  const [, base = '', query = ''] = /^([^?#]*)(?:\?([^#]*))?/.exec(url) ?? [];
  return query === '' ? `${base}?token=${token}` : `${base}?token=${token}&${query}`;
}
