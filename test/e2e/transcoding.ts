import type { Profile, RenditionOptions, TranscodeResult, TranscoderOptions } from '../../src/index.js';
import { Transcoder } from '../../src/index.js';

/** A picture small enough that tests need not wait for it. */
export const small = { width: 160, height: 90, bitrate: 200_000, preset: 'ultrafast' } as const satisfies Profile;

/** A rendition of the small picture, but for what `profile` says. */
export function rendition(output: RenditionOptions['output'], profile: Partial<Profile> = {}): RenditionOptions {
  return { profile: { ...small, ...profile }, output };
}

/** Runs a job on the CPU, whatever else the machine has, to its end. */
export async function transcode(options: TranscoderOptions): Promise<TranscodeResult> {
  return new Transcoder({ accel: 'none', ...options }).run();
}
