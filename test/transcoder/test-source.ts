import type { OutputOptions, RenditionOptions } from '../../src/index.js';
import { Collector } from './collector.js';

/** A live source that needs nothing; small, as what is tested here is not the picture. */
export const testPattern = 'testpattern:320x180@30';

/** A small rendition to wherever it should go. */
export function smallRendition(output: RenditionOptions['output'], name?: string): RenditionOptions {
  const profile = { width: 160, height: 90, bitrate: 100_000, preset: 'ultrafast' } as const;
  return name === undefined ? { profile, output } : { name, profile, output };
}

/** An output that keeps its MPEG-TS. */
export function collecting(): { collector: Collector; output: OutputOptions } {
  const collector = new Collector();
  return { collector, output: { stream: collector, format: 'mpegts' } };
}
