import type { EssenceCopy } from '../../../transcoder/essence.js';
import type { BundledAttempt } from '../../../trust/bundle/bundle.js';
import { seeSource, type SeenSource } from '../../../trust/bundle/see-source.js';
import { CopyTrack } from '../../../trust/essence/copy-track.js';
import { SignedReach } from '../../../trust/receipts/signed-reach.js';
import type { Beginning, VerifyRequest } from './verifier-messages.js';

/** So many pictures are compared, as recordings that are to be short are not all equally long. */
const mostUnits = 15;

/** What a copy begins with. Nothing: it has no pictures. */
export function beginningIn(copy: EssenceCopy): Beginning | undefined {
  const track = picturesOf(copy);
  const units = Math.min(mostUnits, track?.length ?? 0);
  const merkleRoot = units === 0 ? undefined : track?.rootOf(0, units);
  return merkleRoot === undefined ? undefined : { units, merkleRoot };
}

/** What a copy of the source says about the receipts for it. */
export function seenIn(
  copy: EssenceCopy,
  {
    attempt,
    sourceTransport,
    beginning,
    outputs,
  }: Pick<VerifyRequest, 'attempt' | 'sourceTransport' | 'beginning' | 'outputs'>,
): SeenSource {
  // Who joins a stream begins elsewhere every time; what begins the same, is the same for everybody.
  const isSameForAll =
    sourceTransport === 'stored' &&
    beginning !== undefined &&
    picturesOf(copy)?.rootOf(0, beginning.units) === beginning.merkleRoot;
  const seen = seeSource(copy, attempt, { isSameForAll });
  const recorded = sourceTransport === 'stored' ? undefined : placeOf(copy, attempt);
  return {
    ...seen,
    // The source may have been cut off for the transcoder in the middle of its last window, and be whole by now.
    ...(outputs === 'broken off' && {
      contradicted: seen.contradicted.filter(({ index }) => index !== lastOf(attempt)),
    }),
    // What was damaged on its way, to whomever, is nobody's fault.
    ...(sourceTransport === 'lossy' && { contradicted: [], expected: [], isWithheld: false }),
    ...(recorded && { recorded }),
  };
}

function lastOf({ receipts }: BundledAttempt): number | undefined {
  return receipts.flatMap(({ message }) => message.sources).at(-1)?.index;
}

function placeOf(copy: EssenceCopy, { receipts }: BundledAttempt): SeenSource['recorded'] {
  const reach = new SignedReach();
  for (const { message } of receipts) reach.add(message);
  const { renditionsUs: untilUs } = reach;
  const track = picturesOf(copy);
  if (track === undefined || track.length === 0 || untilUs === undefined) return undefined;
  return { fromUs: untilUs - (track.timestampUs(track.length - 1) - track.timestampUs(0)), untilUs };
}

function picturesOf({ tracks }: EssenceCopy): CopyTrack | undefined {
  const track = tracks.find(({ kind }) => kind === 'video');
  return track && new CopyTrack(track);
}
