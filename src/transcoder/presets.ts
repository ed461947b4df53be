import type { Profile } from './options.js';

/**
 * The preset profiles of the Livepeer network by name, as its `videoprofile.go` has them: the box in pixels, the
 * frame rate, and the bitrate in bits per second. Everything else is the default of {@link Profile}.
 *
 * A preset is an ordinary profile, so it can be taken as a start: `{ ...presets.P720p30fps16x9, gop: 1 }`.
 */
export const presets = Object.freeze({
  P720p60fps16x9: preset(1280, 720, 60, 6_000_000),
  P720p30fps16x9: preset(1280, 720, 30, 4_000_000),
  P720p25fps16x9: preset(1280, 720, 25, 3_500_000),
  P720p30fps4x3: preset(960, 720, 30, 3_500_000),
  P576p30fps16x9: preset(1024, 576, 30, 1_500_000),
  P576p25fps16x9: preset(1024, 576, 25, 1_500_000),
  P360p30fps16x9: preset(640, 360, 30, 1_200_000),
  P360p25fps16x9: preset(640, 360, 25, 1_000_000),
  P360p30fps4x3: preset(480, 360, 30, 1_000_000),
  P240p30fps16x9: preset(426, 240, 30, 600_000),
  P240p25fps16x9: preset(426, 240, 25, 600_000),
  P240p30fps4x3: preset(320, 240, 30, 600_000),
  P144p30fps16x9: preset(256, 144, 30, 400_000),
  P144p25fps16x9: preset(256, 144, 25, 400_000),
});

/** The name of a preset profile, e.g. `P360p30fps16x9`: height, frame rate, aspect. */
export type PresetName = keyof typeof presets;

function preset(
  width: number,
  height: number,
  fps: number,
  bitrate: number,
): Readonly<Required<Pick<Profile, 'width' | 'height' | 'bitrate'>> & { fps: number }> {
  return Object.freeze({ width, height, fps, bitrate });
}
