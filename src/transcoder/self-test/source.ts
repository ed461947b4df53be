import { runLadder } from './ladder-run.js';

export const seconds = 6;

export const sourceInWords = `H.264 1280x720, 30 frames per second, ${seconds} s`;

/** Makes what every place is tested with, on the CPU. */
export async function makeSource(output: string, signal: AbortSignal): Promise<void> {
  const profile = { width: 1280, height: 720, bitrate: 20_000_000, preset: 'ultrafast' } as const;
  const input = 'testpattern:1280x720@30';
  await runLadder({ input, seconds, renditions: [{ profile, output }], accel: 'none', signal });
}
