import type { EssenceCopy } from '../../../transcoder/essence.js';
import { seeSource, type SeenSource } from '../../../trust/bundle/see-source.js';
import { CopyTrack } from '../../../trust/essence/copy-track.js';
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
  { attempt, sourceTransport, beginning }: Pick<VerifyRequest, 'attempt' | 'sourceTransport' | 'beginning'>,
): SeenSource {
  // Who joins a stream begins elsewhere every time; what begins the same, is the same for everybody.
  const isSameForAll =
    sourceTransport === 'stored' &&
    beginning !== undefined &&
    picturesOf(copy)?.rootOf(0, beginning.units) === beginning.merkleRoot;
  const seen = seeSource(copy, attempt, { isSameForAll });
  // What was damaged on its way, to whomever, is nobody's fault.
  return sourceTransport === 'lossy' ? { held: seen.held, contradicted: [], expected: [] } : seen;
}

function picturesOf({ tracks }: EssenceCopy): CopyTrack | undefined {
  const track = tracks.find(({ kind }) => kind === 'video');
  return track && new CopyTrack(track);
}
