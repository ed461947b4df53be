import { comparePictures, presets } from '../../../src/index.js';
import type { PresetName } from '../../../src/index.js';
import { judgePictures } from '../../../src/trust/pictures/judge-pictures.js';
import type { PictureClaim, PictureVerdict } from '../../../src/trust/pictures/verdict.js';
import { pictures } from '../../e2e/judge.js';

/** How much of each medium is judged, in microseconds from its first picture. */
const stretchUs = 1_500_000;

/** What an honest transcoder would claim: what ffprobe finds, and the order's rate. */
export async function claimOf(path: string, preset: PresetName): Promise<PictureClaim & { firstUs: number }> {
  const shown = await pictures(path);
  const firstUs = shown[0]?.timestampUs ?? NaN;
  const inside = shown.filter(({ timestampUs }) => timestampUs < firstUs + stretchUs - 5_000);
  return {
    firstUs,
    frames: inside.length,
    pixels: inside.reduce((sum, { width, height }) => sum + width * height, 0),
    width: inside[0]?.width ?? NaN,
    height: inside[0]?.height ?? NaN,
    codec: 'h264',
    fps: presets[preset].fps,
  };
}

/** Judges a rendition against its source, both from their first picture on, by what is claimed of it. */
export async function verdictOn(
  rendition: string,
  source: string,
  preset: PresetName,
  change: Partial<PictureClaim> & { lateUs?: number } = {},
): Promise<PictureVerdict> {
  const { lateUs = 0, ...claimed } = change;
  const { firstUs, ...claim } = await claimOf(rendition, preset);
  const sourceUs = (await pictures(source))[0]?.timestampUs ?? NaN;
  const comparison = await comparePictures({
    source: { input: source, fromUs: sourceUs, untilUs: sourceUs + stretchUs },
    rendition: { input: rendition, fromUs: firstUs + lateUs, untilUs: firstUs + lateUs + stretchUs },
  });
  return judgePictures(comparison, presets[preset], { ...claim, ...claimed });
}

/** The codes of what is wrong. */
export function codesOf({ findings }: PictureVerdict): string[] {
  return findings.map(({ code }) => code);
}
