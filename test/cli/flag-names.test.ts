import { describe, expect, it } from 'vitest';

import { inFlags } from '../../src/cli/flag-names.js';
import { parseTranscodeArguments } from '../../src/cli/transcode-arguments.js';
import { TranscodeError } from '../../src/transcoder/error.js';
import { validateOptions } from '../../src/transcoder/validate-options.js';

/** What the command line says about arguments that only the library finds wrong. */
function complaintAbout(...args: string[]): string {
  const { job } = parseTranscodeArguments(args);
  try {
    validateOptions(job);
  } catch (error) {
    expect(error).toBeInstanceOf(TranscodeError);
    return inFlags((error as TranscodeError).message, job.renditions.length);
  }
  throw new Error('These arguments were accepted.');
}

const rendition = ['-r', '640x360:800k=a.ts'];

describe('What the library finds wrong is called by the flag that it came from', () => {
  it.each([
    [['-r', '640x360:800k=a.mkv'], /^The output of --rendition does not tell .*; name it with --output-format\.$/],
    [['-r', '640x360:1=a.ts'], /^The bitrate of --rendition is in bits per second/],
    [['-r', '8x360:800k=a.ts'], /^The width of --rendition should be/],
    [['-r', '640x360@500:800k=a.ts'], /^The frame rate of --rendition should be/],
    [['-r', '640x360@30/0:800k=a.ts'], /^The frame rate of --rendition should be/],
    [['-r', '640x360:800k=ftp://host/a.ts'], /^The output of --rendition has the scheme 'ftp:'/],
    [[...rendition, '-r', '0x0180:300k=b.mkv'], /^The output of --rendition number 2 does not tell/],
    [
      [...rendition, '-r', '0x180:300k=a.ts'],
      /^The output of --rendition number 2 is the same as the output of --rendition number 1; every/,
    ],
    [['-r', '640x360:800k=in.ts'], /^The output of --rendition is the same as INPUT; every/],
    [[...rendition, '--method', 'PUT'], '--method is for http and https URLs.'],
    [[...rendition, '--output-header', 'A: b'], '--output-header is for http and https URLs.'],
    [[...rendition, '--header', 'A: b'], '--header is for http and https URLs.'],
    [
      ['-r', '640x360:800k=srt://host:9000', '--output-format', 'flv'],
      "--output-format cannot be 'flv': srt carries mpegts.",
    ],
    [[...rendition, '--codec', 'hevc', '--encoder-profile', 'high'], /^--encoder-profile should be one of "main"/],
    [[...rendition, '--bit-depth', '10'], '--bit-depth can be 10 for the codecs hevc and av1; h264 has 8 bits.'],
    [[...rendition, '--deny-network', 'home'], /^--deny-network should be an IP address or a CIDR block/],
    [[...rendition, '--allow-network', '10.0.0.0/99'], /^--allow-network should be/],
    [[...rendition, '--accel', 'nvidia:100'], /^--accel should be/],
    [[...rendition, '--accel', 'nvidia:0,0'], '--accel names GPU 0 twice: "nvidia:0,0".'],
  ])('%j', (args, sentence) => {
    expect(complaintAbout('in.ts', ...args)).toMatch(sentence);
  });

  it('INPUT', () => {
    expect(complaintAbout('ftp://host/a.ts', ...rendition)).toMatch(/^INPUT has the scheme 'ftp:'/);
    expect(complaintAbout('srt://host', ...rendition)).toMatch(/^INPUT needs a port/);
  });
});
