import { describe, expect, it } from 'vitest';

import { remedyFor } from '../../src/cli/remedy.js';
import { TranscodeError, type TranscodeErrorDetails } from '../../src/transcoder/error.js';

function remedy(details: TranscodeErrorDetails): string {
  return remedyFor(new TranscodeError('It failed.', details)) ?? '';
}

const https = 'https://host/a.ts';
const file = 'folder/a.ts';

describe('remedyFor', () => {
  it('names the header flag of the end that was refused', () => {
    const refused = { code: 'UNAUTHORIZED', url: https, httpStatus: 403 } as const;
    expect(remedy({ ...refused, stage: 'sink' })).toContain('--output-header');
    expect(remedy({ ...refused, stage: 'source' })).toMatch(/ --header/);
  });

  it('speaks of no header where there is no HTTP', () => {
    expect(remedy({ code: 'UNAUTHORIZED', stage: 'sink', url: 'rtmp://host/live/…' })).toMatch(
      /stream key(?!.*header)/,
    );
  });

  it('tells a file that is missing from a stream that is not published', () => {
    expect(remedy({ code: 'NOT_FOUND', stage: 'source', url: https })).toContain('being published');
    for (const url of [file, 'file:///a.ts']) {
      expect(remedy({ code: 'NOT_FOUND', stage: 'source', url })).toMatch(/^Check the path;(?!.*published)/);
    }
  });

  it('tells a folder that is missing from a path that a server does not have', () => {
    expect(remedy({ code: 'NOT_FOUND', stage: 'sink', url: file })).toContain('make its folder');
    expect(remedy({ code: 'NOT_FOUND', stage: 'sink', url: https })).toMatch(/upload(?!.*folder)/);
  });

  it('knows a file to be read from one to be written', () => {
    expect(remedy({ code: 'FILE_FAILED', stage: 'source', url: '.' })).toMatch(/not a folder(?!.*disk)/);
    expect(remedy({ code: 'FILE_FAILED', stage: 'sink', url: file })).toContain('disk has room');
  });

  it('suggests H.264 where a codec cannot be encoded, and another container where one cannot carry it', () => {
    expect(remedy({ code: 'CODEC_UNSUPPORTED', stage: 'encode' })).toMatch(/--codec h264(?!.*container)/);
    expect(remedy({ code: 'CODEC_UNSUPPORTED', stage: 'mux' })).toContain('--output-format');
  });

  it('suspects --from when there was nothing to send, and the publisher when nothing came from the network', () => {
    expect(remedy({ code: 'NO_MEDIA', stage: 'sink' })).toContain('--from');
    expect(remedy({ code: 'NO_MEDIA', stage: 'source', url: https })).toContain('published');
    expect(remedy({ code: 'NO_MEDIA', stage: 'source', url: file })).not.toContain('published');
  });

  it('says that the reader of a pipe closed it', () => {
    const cause = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    expect(remedy({ code: 'STREAM_FAILED', stage: 'sink', cause })).toContain('reader of the pipe closed it');
    expect(remedy({ code: 'STREAM_FAILED', stage: 'source', cause: new Error('read EIO') })).toContain('writes to');
  });

  it('leads from a GPU that is not there to the devices and the CPU', () => {
    expect(remedy({ code: 'DEVICE_UNAVAILABLE', stage: 'device' })).toMatch(/millrace devices .*--accel none/);
  });
});
