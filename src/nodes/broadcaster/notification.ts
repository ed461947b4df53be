import { hasLadder, mergeConfiguration, parseConfiguration, type Configuration } from './configuration.js';
import { endpointUrl, maxStreamIdBytes, maxUrlLength } from './endpoint-url.js';
import { ladderOf, type Ladder } from './ladder.js';
import { renditionUrl, srtStreamId, type Extension } from './output-urls.js';
import { Problem } from './problem.js';
import { parseSegmentPath, parseStreamName } from './segment-path.js';

/** A media server's word that there is something to transcode, checked and with every default filled in. */
export interface Notification {
  /** The stream's name: the path's, or what the webhook calls it. 1 to 256 letters, digits, '.', '_', '~' and '-'. */
  stream: string;
  /** The segment's number in its stream. */
  sequence: number;
  /** What the outputs' names end in. */
  extension: Extension;
  /** A secret, as it may hold credentials. */
  inputUrl: string;
  /** What {@link renditionUrl} makes the outputs' URLs of. A secret: with it anybody could publish. */
  outputUrl: string;
  /** The source's codec by FFmpeg's name, such as `h264` or `hevc`. Empty: not known. */
  videoCodec: string;
  /** The source's pixel format by FFmpeg's number. Undefined: not known. */
  pixelFormat: number | undefined;
  /** Milliseconds, 1 to 86,400,000. Undefined: unbounded, until the source ends or the job is cancelled. */
  durationMs: number | undefined;
  /** The renditions to make. */
  ladder: Ladder;
}

/** What a notification is read from. */
export interface NotificationRequest {
  /** Of the HTTP request; `POST` and `PUT` are notifications. */
  method: string;
  /** The request's target, with or without a query. */
  path: string;
  /** The value of `Livepeer-Transcode-Configuration`. Undefined: there was none. */
  header: string | undefined;
  /** What the authentication webhook says about the stream; it wins. Default: nothing. */
  decided?: Configuration | undefined;
  /** The ladder of a notification that asks for none, from `--transcoding-options`. */
  defaults: Ladder;
}

const headerName = 'Livepeer-Transcode-Configuration';
const maxDurationMs = 24 * 3600 * 1000;

const sourceCodecs: Readonly<Record<string, string>> = {
  '': '',
  h264: 'h264',
  hevc: 'hevc',
  h265: 'hevc',
  av1: 'av1',
  vp8: 'vp8',
  vp9: 'vp9',
  mpeg2video: 'mpeg2video',
};

/**
 * Reads a notification, and checks all of it: everything in the result can be ordered as it is.
 *
 * The ladder is the presets asked for, in their order, and after them the profiles, as in Livepeer; the defaults are
 * taken where neither has an entry. A `manifestID` in the header is not looked at, as the path names the stream; one
 * from the webhook renames it.
 *
 * @throws Problem `path-invalid`, `method-not-allowed`, `configuration-invalid` or `codec-unsupported`, with the field
 */
export function parseNotification(request: NotificationRequest): Notification {
  const { stream, sequence, extension } = parseSegmentPath(request.path);
  if (request.method !== 'POST' && request.method !== 'PUT') {
    throw new Problem('method-not-allowed', 'A notification is a POST or a PUT.');
  }
  const configuration = configurationOf(request);
  const outputUrl = endpointUrl(configuration.outputUrl, 'outputUrl', 'output');
  const ladder = hasLadder(configuration) ? ladderOf(configuration) : request.defaults;
  for (const { name } of ladder) checkRenditionUrl(renditionUrl(outputUrl, name, sequence, extension));
  const manifestId = request.decided?.manifestID;
  return {
    stream: manifestId === null || manifestId === undefined ? stream : parseStreamName(manifestId, 'manifestID'),
    sequence,
    extension,
    inputUrl: endpointUrl(configuration.inputUrl, 'inputUrl', 'input'),
    outputUrl,
    videoCodec: videoCodecOf(configuration.videoCodec ?? ''),
    pixelFormat: pixelFormatOf(configuration.pixelFormat),
    durationMs: durationOf(configuration.duration ?? 0),
    ladder,
  };
}

function configurationOf({ header, decided }: NotificationRequest): Configuration {
  if (header === undefined) {
    const detail = `The header ${headerName} is missing, which says where the source is and where renditions go.`;
    throw new Problem('configuration-invalid', detail, { field: headerName });
  }
  const asked = parseConfiguration(header, `The header ${headerName}`);
  return decided === undefined ? asked : mergeConfiguration(asked, decided);
}

/** Appending the rendition's name may make a URL too long that was not. */
function checkRenditionUrl(url: string): void {
  const streamIdBytes = /^srt:/i.test(url) ? Buffer.byteLength(srtStreamId(url) ?? '') : 0;
  if (url.length <= maxUrlLength && streamIdBytes <= maxStreamIdBytes) return;
  throw invalid('outputUrl', 'is too long once the name of a rendition is appended');
}

function videoCodecOf(name: string): string {
  const key = name.toLowerCase();
  const codec = Object.hasOwn(sourceCodecs, key) ? sourceCodecs[key] : undefined;
  if (codec !== undefined) return codec;
  const possible = Object.keys(sourceCodecs).filter((known) => known !== '');
  const detail = `videoCodec is ${JSON.stringify(name.slice(0, 40))}; sources can be ${possible.join(', ')}.`;
  throw new Problem('codec-unsupported', detail, { field: 'videoCodec' });
}

/** -1 is FFmpeg's number for none. */
function pixelFormatOf(number: number | null | undefined): number | undefined {
  if (number === null || number === undefined || number === -1) return undefined;
  if (Number.isInteger(number) && number >= 0 && number <= 0x7fff_ffff) return number;
  throw invalid('pixelFormat', "should be the whole number that FFmpeg has for the source's pixel format");
}

function durationOf(duration: number): number | undefined {
  if (duration === 0) return undefined;
  if (duration > 0 && duration <= maxDurationMs) return Math.ceil(duration);
  throw invalid('duration', `should be 0 to ${maxDurationMs} milliseconds, 0 being no end`);
}

function invalid(field: string, sentence: string): Problem {
  return new Problem('configuration-invalid', `${field} ${sentence}.`, { field });
}
