import { describe, expect, it } from 'vitest';

import { turns } from '../../src/bench/bench.js';
import { ffmpeg, millrace } from '../../src/bench/contender.js';
import { FfmpegCommand, parseSsim } from '../../src/bench/ffmpeg-command.js';
import { largest } from '../../src/bench/parts/capacity.js';

describe('turns', () => {
  it('gives each contender one turn per round, the other going first each time', () => {
    const order = turns(3, [millrace, ffmpeg('ffmpeg', 30)]).map(({ contender }) => contender.name);
    expect(order).toEqual(['millrace', 'ffmpeg', 'ffmpeg', 'millrace', 'millrace', 'ffmpeg']);
  });
});

describe('largest', () => {
  it.each([0, 1, 2, 3, 4, 7, 13])('finds that %i are held and one more is not', async (limit) => {
    expect(await largest((count) => Promise.resolve(count <= limit))).toBe(limit);
  });
});

describe('contenders', () => {
  it('are told the same sizes, bitrates and preset', () => {
    const outputs = ['/tmp/a.ts', '/tmp/b.ts', '/tmp/c.ts'];
    const ours = millrace.unpaced('/tmp/source.ts', outputs, 'latency').args.join(' ');
    const theirs = ffmpeg('ffmpeg', 30).unpaced('/tmp/source.ts', outputs, 'latency').args.join(' ');
    for (const [size, bitrate] of [
      ['1280x720', 3_000_000],
      ['854x480', 1_500_000],
      ['640x360', 800_000],
    ] as const) {
      expect(ours).toContain(`${size}:${bitrate}=`);
      expect(theirs).toContain(`scale=${size.replace('x', ':')}`);
      expect(theirs).toContain(`-b:v ${bitrate} -maxrate ${bitrate} -bufsize ${bitrate}`);
    }
    expect(ours).toContain('--preset veryfast');
    expect(theirs).toContain('-preset veryfast -tune zerolatency');
  });

  it('are told the rate of a live source that ffmpeg does not probe', () => {
    const { args } = ffmpeg('ffmpeg', 29.97).live('http://host/source.ts', ['http://host/a']);
    expect(args.join(' ')).toContain('-x264-params fps=29970/1000');
  });
});

describe('FfmpegCommand', () => {
  it('says what to install when there is no ffmpeg', async () => {
    await expect(FfmpegCommand.find('/nonexistent/ffmpeg')).rejects.toThrow(/install it \(apt install ffmpeg\)/);
  });

  it('reads the overall similarity from what the ssim filter prints', () => {
    const printed = '[Parsed_ssim_4 @ 0x55] SSIM Y:0.971583 (15.464) U:0.98 (17.1) V:0.97 (16) All:0.974215 (15.886)\n';
    expect(parseSsim(printed)).toBe(0.974215);
  });

  it('takes no similarity from anything else', () => {
    expect(() => parseSsim('Conversion failed!')).toThrow(/Conversion failed!/);
  });
});
