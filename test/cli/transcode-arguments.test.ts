import { describe, expect, it } from 'vitest';

import { parseTranscodeArguments } from '../../src/cli/transcode-arguments.js';

const input = 'https://host/live/source.ts';
const rendition = ['--rendition', '1280x720:3M=rtmp://host/live/720p'];

function job(...args: string[]) {
  return parseTranscodeArguments([input, ...rendition, ...args]).job;
}

describe('parseTranscodeArguments', () => {
  it('leaves to the library what it was not told', () => {
    expect(job()).toEqual({
      input: { url: input },
      renditions: [
        { profile: { width: 1280, height: 720, bitrate: 3_000_000 }, output: { url: 'rtmp://host/live/720p' } },
      ],
    });
  });

  it('hands every option of the job on', () => {
    expect(
      job('--tune', 'quality', '--accel', 'nvidia:1', '--audio', 'drop', '--from', '2', '--duration', '3'),
    ).toMatchObject({ tune: 'quality', accel: 'nvidia:1', audio: 'drop', clip: { from: 2, to: 5 } });
  });

  it.each(['auto', 'none', 'nvidia', 'nvidia:all', 'nvidia:0,2', 'auto:1'])('hands --accel %s on', (accel) => {
    expect(job('--accel', accel).accel).toBe(accel);
  });

  it('applies encoder options to every rendition', () => {
    const both = job('-r', 'P360p30fps16x9=b.ts', '--preset', 'medium', '--gop', 'intra', '--codec', 'hevc').renditions;
    for (const { profile } of both) expect(profile).toMatchObject({ preset: 'medium', gop: 'intra', codec: 'hevc' });
  });

  it('takes the coding of a rendition before that of all of them', () => {
    const { renditions } = job(
      '-r',
      'P360p30fps16x9:h264=b.ts',
      '-r',
      '0x360:1M:hevc=c.ts',
      '--codec',
      'av1',
      '--bit-depth',
      '10',
    );
    expect(renditions.map(({ profile }) => profile)).toMatchObject([
      { codec: 'av1', bitDepth: 10 },
      { codec: 'h264', bitDepth: 8 },
      { codec: 'hevc', bitDepth: 8 },
    ]);
  });

  it('knows how deep samples can be, and what sound can become', () => {
    expect(() => job('--bit-depth', '12')).toThrow(/--bit-depth/);
    expect(job('--audio', 'opus').audio).toBe('opus');
  });

  it('calls presets by their names, also when one is used twice', () => {
    const { renditions } = job('-r', 'P360p30fps16x9=b.ts', '-r', 'P360p30fps16x9=c.ts', '--gop', '1');
    expect(renditions.map(({ name }) => name)).toEqual([undefined, 'P360p30fps16x9', 'P360p30fps16x9-2']);
  });

  it('sends headers for the source to the source, and those for the outputs to the outputs', () => {
    const { input: source, renditions } = job('--header', 'Authorization: Bearer a:b', '--output-header', 'X-Key: k');
    expect(source).toMatchObject({ headers: { Authorization: 'Bearer a:b' } });
    expect(renditions[0]?.output).toMatchObject({ headers: { 'X-Key': 'k' } });
  });

  it('applies connection options to both ends', () => {
    const { input: source, renditions } = job(
      '--connect-timeout',
      '1.5',
      '--stall-timeout',
      '2',
      '--ca-file',
      'ca.pem',
    );
    const expected = { connectTimeoutMs: 1500, stallTimeoutMs: 2000, tls: { caFile: 'ca.pem' } };
    expect(source).toMatchObject(expected);
    expect(renditions[0]?.output).toMatchObject(expected);
  });

  it('turns certificate checks off only when told to', () => {
    const wanted = parseTranscodeArguments([input, ...rendition, '--insecure']);
    expect(wanted.insecure).toBe(true);
    expect(wanted.job.input).toMatchObject({ tls: { verify: false } });
    expect(parseTranscodeArguments([input, ...rendition]).insecure).toBe(false);
  });

  it('collects networks', () => {
    expect(
      job('--allow-network', '10.0.0.0/8', '--allow-network', '::1', '--deny-network', '10.1.0.0/16').network,
    ).toEqual({
      allow: ['10.0.0.0/8', '::1'],
      deny: ['10.1.0.0/16'],
    });
  });

  it('collects schemes, and knows them', () => {
    expect(job('--allow-scheme', 'https', '--allow-scheme', 'file').network).toEqual({ schemes: ['https', 'file'] });
    expect(() => job('--allow-scheme', 'gopher')).toThrow(/--allow-scheme/);
  });

  it('takes - for the standard streams', () => {
    const { job: piped } = parseTranscodeArguments([
      '-',
      '-r',
      '0x360:1M=-',
      '--output-format',
      'flv',
      '--format',
      'mpegts',
    ]);
    expect(piped.input).toEqual({ stream: process.stdin, format: 'mpegts' });
    expect(piped.renditions[0]?.output).toEqual({ stream: process.stdout, format: 'flv' });
  });

  it('names the pace as the library does', () => {
    expect(job('--pace', 'read-ahead').input).toMatchObject({ pace: 'readAhead' });
  });
});
