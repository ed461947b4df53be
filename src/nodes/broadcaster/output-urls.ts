/** What a segment's name ends in, as the notification has it. The container goes by the URL's scheme. */
export type Extension = 'ts' | 'mp4';

/** How a stream id begins that has keys and values, by SRT's access control guidelines. */
const accessControl = '#!::';

/**
 * Where a rendition is published: `{outputUrl}/{profileName}/{sequence}.{extension}`, put before the query.
 *
 * SRT has no path, so its stream id carries it: appended to the one that is there, to the resource `r` of a stream id
 * such as `#!::r=name,m=publish`, or as the whole of it where there is none. Other parameters stay as they are.
 *
 * @param outputUrl a valid URL without a fragment
 */
export function renditionUrl(outputUrl: string, profileName: string, sequence: number, extension: Extension): string {
  const path = `${profileName}/${sequence}.${extension}`;
  const [base, query] = splitQuery(outputUrl);
  if (!isSrt(outputUrl)) return `${base.replace(/\/+$/, '')}/${path}${query === undefined ? '' : `?${query}`}`;
  return `${base}?${withStreamId(query ?? '', (streamId) => extended(streamId, path))}`;
}

/**
 * The URL as the media server's side may be told it: without user info and query. An SRT URL keeps its stream id, which
 * is the stream's name; of one with keys and values, only the host `h` and the resource `r`.
 */
export function playUrl(url: string): string {
  const [base, query] = splitQuery(url);
  const bare = base.replace(/^([^:/?#]+:\/\/)[^/]*@/, '$1');
  if (!isSrt(url)) return bare;
  const streamId = streamIdOf(query ?? '');
  return streamId === undefined ? bare : `${bare}?streamid=${encoded(playable(streamId))}`;
}

/** The decoded stream id of an SRT URL; undefined when it has none. */
export function srtStreamId(url: string): string | undefined {
  return streamIdOf(splitQuery(url)[1] ?? '');
}

function splitQuery(url: string): [base: string, query: string | undefined] {
  const mark = url.indexOf('?');
  return mark < 0 ? [url, undefined] : [url.slice(0, mark), url.slice(mark + 1)];
}

function isSrt(url: string): boolean {
  return /^srt:/i.test(url);
}

/** As libavformat reads it: the first of that name counts. */
function streamIdOf(query: string): string | undefined {
  const parameter = query.split('&').find((candidate) => candidate.startsWith('streamid='));
  return parameter === undefined ? undefined : decoded(parameter.slice('streamid='.length));
}

/** The query with its first stream id replaced, or with one where there was none. */
function withStreamId(query: string, change: (streamId: string) => string): string {
  const parameters = query.split('&').filter((parameter) => parameter !== '');
  const streamId = `streamid=${encoded(change(streamIdOf(query) ?? ''))}`;
  const index = parameters.findIndex((parameter) => parameter.startsWith('streamid='));
  if (index < 0) return [...parameters, streamId].join('&');
  return parameters.with(index, streamId).join('&');
}

function extended(streamId: string, path: string): string {
  if (!streamId.startsWith(accessControl)) return joined(streamId, path);
  const items = streamId
    .slice(accessControl.length)
    .split(',')
    .filter((item) => item !== '');
  const index = items.findIndex((item) => item.startsWith('r='));
  const resource = `r=${joined(items[index]?.slice('r='.length) ?? '', path)}`;
  return accessControl + (index < 0 ? [resource, ...items] : items.with(index, resource)).join(',');
}

function joined(name: string, path: string): string {
  const trimmed = name.replace(/\/+$/, '');
  return trimmed === '' ? path : `${trimmed}/${path}`;
}

function playable(streamId: string): string {
  if (!streamId.startsWith(accessControl)) return streamId;
  const items = streamId.slice(accessControl.length).split(',');
  return accessControl + items.filter((item) => /^[hr]=/.test(item)).join(',');
}

function decoded(value: string): string {
  return decodeURIComponent(value.replaceAll('+', ' '));
}

/** What a query may have in it stays legible; the rest is percent-encoded. */
function encoded(value: string): string {
  return encodeURIComponent(value).replaceAll(/%(2F|3A|2C|3D|40)/g, (escape) => decodeURIComponent(escape));
}
