import { readEssence, type EssenceCopy, type EssenceWindow } from '../../../../src/index.js';
import type { BundledAttempt } from '../../../../src/trust/bundle/bundle.js';
import { cutWindows } from '../../../../src/trust/essence/cut-windows.js';
import { ReceiptBuilder } from '../../../../src/trust/receipts/receipt-builder.js';
import { made, h264 } from '../../../e2e/sources.js';
import { rendition, transcode } from '../../../e2e/transcoding.js';
import { domain, job, orchestrator, profile, signTicket } from '../../../trust/signed-job.js';

/** What every rendition of these tests is ordered to be. */
export const ordered = { ...profile(320, 180), bitrateBps: 600_000, gopMs: 1000 };

const windowMs = 1000;

/** A source of some seconds; `filter` makes something else of its moving picture, at the same times. */
export async function sourceFor(name: string, filter = 'null', seconds = 4): Promise<string> {
  const picture = `testsrc2=size=640x360:rate=30:duration=${seconds},${filter}`;
  const tone = `sine=frequency=440:sample_rate=48000:duration=${seconds}`;
  const inputs = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', tone, '-t', `${seconds}`, '-pix_fmt', 'yuv420p'];
  return made(`verified-${name}-${seconds}.ts`, [...inputs, ...h264, '-c:a', 'aac', '-b:a', '64k']);
}

/** Transcodes as an honest transcoder would. */
export async function deliver(input: string, output: string): Promise<string> {
  const { width, height, bitrateBps: bitrate } = ordered;
  await transcode({ input, renditions: [rendition(output, { width, height, bitrate, fps: 30, gop: 1 })] });
  return output;
}

/** The attempt with receipts for exactly the bytes of these files, whatever they show; without a source, for none of it. */
export async function signedFor(
  source: string | undefined,
  output: string,
  claim: Partial<EssenceWindow> = {},
): Promise<BundledAttempt> {
  const renditions = [{ name: 'one', publishUrl: 'http://m.example/one.ts', profile: ordered }];
  const { message, signature, hash } = signTicket({ ...job, renditions, windowMs });
  const builder = new ReceiptBuilder({ domain, signer: orchestrator, ticket: hash, renditions: ['one'] });
  const sources = source === undefined ? [] : engineWindows(await readEssence(source));
  const windows = engineWindows(await readEssence(output)).map((window) => ({ ...window, ...claim }));
  const made = [
    ...sources.flatMap((window) => builder.addSource(window)),
    ...windows.flatMap((window) => builder.addRendition('one', window)),
  ];
  return { ticket: { message, signature }, receipts: made.map(({ receipt }) => receipt) };
}

/** The windows as the engine tells them. */
function engineWindows(copy: EssenceCopy): EssenceWindow[] {
  const video = copy.tracks.find(({ kind }) => kind === 'video');
  const { width = 0, height = 0, units = [] } = video ?? {};
  let begin = 0;
  const cut = cutWindows(copy, windowMs);
  return cut.map((window, index) => {
    const frames = window.tracks.find(({ kind }) => kind === 'video')?.units ?? 0;
    const [first, next] = [units[begin]?.timestampUs ?? 0, units[begin + frames]?.timestampUs];
    begin += frames;
    return {
      ...window,
      chain: '',
      frames,
      pixels: frames * width * height,
      width,
      height,
      startTimestampUs: first,
      endTimestampUs: next ?? (units.at(-1)?.timestampUs ?? 0) + 33_333,
      last: index === cut.length - 1,
    };
  });
}
