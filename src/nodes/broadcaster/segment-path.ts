import type { Extension } from './output-urls.js';
import { Problem } from './problem.js';

/** What a path such as `/live/my-stream/17.ts` names. */
export interface SegmentPath {
  /** 1 to 256 letters, digits, '.', '_', '~' and '-'. */
  stream: string;
  /** 0 to 2^53 - 1. */
  sequence: number;
  extension: Extension;
}

/**
 * Takes `/live/{stream}/{sequence}.ts` or `.mp4` apart. A query is left aside.
 *
 * @throws Problem `path-invalid`
 */
export function parseSegmentPath(target: string): SegmentPath {
  const path = target.split('?', 1)[0] ?? '';
  const match = /^\/live\/([^/]+)\/(\d{1,16})\.(ts|mp4)$/.exec(path);
  const [, stream, digits, extension] = match ?? [];
  if (stream === undefined || digits === undefined || !Number.isSafeInteger(Number(digits))) {
    throw new Problem(
      'path-invalid',
      'The path should be /live/{stream}/{sequence}.ts or .mp4, the sequence a number.',
    );
  }
  return {
    stream: parseStreamName(percentDecoded(stream), 'stream', 'path-invalid'),
    sequence: Number(digits),
    extension: extension === 'mp4' ? 'mp4' : 'ts',
  };
}

/** What `/live/{stream}/{sequence}/receipts` or `/verifications` asks for, and the path of that segment. Nothing for another path. */
export function recordsOfSegment(target: string): { records: 'receipts' | 'verifications'; path: string } | undefined {
  const match = /^(\/live\/[^/]+\/\d{1,16})\/(receipts|verifications)(\?.*)?$/.exec(target);
  const [, segment, records] = match ?? [];
  if (segment === undefined) return undefined;
  return { records: records === 'receipts' ? records : 'verifications', path: `${segment}.ts` };
}

/**
 * A stream's name, if it is one: it goes into URLs and logs.
 *
 * @param field what the sentence calls it
 * @throws Problem of `code`
 */
export function parseStreamName(
  name: string,
  field: string,
  code: 'path-invalid' | 'configuration-invalid' = 'configuration-invalid',
): string {
  if (/^[A-Za-z0-9._~-]{1,256}$/.test(name) && !/^\.\.?$/.test(name)) return name;
  throw new Problem(code, `The name of the stream should be 1 to 256 letters, digits, '.', '_', '~' and '-'.`, {
    field,
  });
}

/** What is no percent-encoding stays as it is, and is found to be no name. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
