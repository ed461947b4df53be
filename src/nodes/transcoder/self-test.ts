import { Writable } from 'node:stream';

import type { Accel } from '../../transcoder/options.js';
import { Transcoder } from '../../transcoder/transcoder.js';

// A 720p30 source to the ladder that broadcasters ask for by default, and one rung more; two seconds of it.
const source = 'testpattern:1280x720@30';
const seconds = 2;
const ladder = [
  { width: 854, height: 480, bitrate: 1_500_000 },
  { width: 640, height: 360, bitrate: 1_000_000 },
  { width: 426, height: 240, bitrate: 600_000 },
] as const;

// A machine that is all used up has nothing left for the frame that is harder than the test's.
const usableShare = 0.8;

/**
 * Measures how many pixels a second this machine encodes, over all renditions, decoding and scaling included, by doing
 * two seconds of a synthetic stream on everything at once, as fast as it goes.
 *
 * @throws TranscodeError when not even that can be transcoded here.
 */
export async function measurePixelsPerSecond(accels: readonly Accel[], signal: AbortSignal): Promise<number> {
  const each = await Promise.all(accels.map((accel) => measureOne(accel, signal)));
  const sum = each.reduce((total, one) => total + one, 0);
  return Math.max(1, Math.round(sum * usableShare));
}

async function measureOne(accel: Accel, signal: AbortSignal): Promise<number> {
  const { elapsedMs, renditions } = await new Transcoder({
    input: { url: source, pace: 'readAhead' },
    clip: { to: seconds },
    renditions: ladder.map((profile) => ({ profile, output: { stream: nowhere(), format: 'mpegts' as const } })),
    accel,
    signal,
  }).run();
  const pixels = renditions.reduce((total, { pixelsEncoded }) => total + pixelsEncoded, 0);
  return (pixels / elapsedMs) * 1000;
}

function nowhere(): Writable {
  return new Writable({
    write: (_bytes, _encoding, done) => {
      done();
    },
  });
}
