// Looks at media for the broadcaster: [CA-FILE], the authorities to trust instead of the system's. It is a process of its own, at the lowest priority, so that media which crashes a
// codec takes this process with it and nothing else, and so that no stream is slower for it.
import { statSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

import { TranscodeError } from '../../../transcoder/error.js';
import { readEssence } from '../../../transcoder/read-essence.js';
import { recordMedia } from '../../../transcoder/record-media.js';
import { addressPolicy } from '../../address-policy.js';
import { fetchedSchemes } from './play-transport.js';
import { beginningIn } from './source-beginning.js';
import { undecided, type VerificationFinding } from './verification.js';
import type {
  Beginning,
  BeginRequest,
  RecordedMedium,
  RecordRequest,
  VerifierAnswer,
  VerifierRequest,
} from './verifier-messages.js';
import { verifyWindows } from './verify-windows.js';

process.title = 'millrace verifier';
setPriority(constants.priority.PRIORITY_LOW);
// Ctrl-C goes to every process of a terminal; what is to end here, the node says.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
if (!process.connected) process.exit(0);
process.on('message', (request: VerifierRequest) => {
  void answer(request).then((answered) => {
    if (process.connected) process.send?.(answered);
  });
});

async function answer(request: VerifierRequest): Promise<VerifierAnswer> {
  if (request.type === 'record') return { type: 'recorded', ...(await record(request)) };
  if (request.type === 'begin') return { type: 'begun', ...(await begin(request)) };
  try {
    return { type: 'verified', ...(await verifyWindows(request)) };
  } catch (error) {
    return { type: 'verified', windows: [undecided('NOT_COMPARED', reasonOf(error))] };
  }
}

const [caFile] = process.argv.slice(2);
const tls = caFile === undefined ? {} : { tls: { caFile } };
// The media server is a neighbour, on this machine as often as not; a metadata service is nobody's media.
const reachable = addressPolicy({ allowNetworks: [], loopbackOnly: true });

/** Both at the same time, as either may be live. To the engine whatever it reads is a source. */
async function record({ source, rendition, limitMs }: RecordRequest): Promise<{ finding?: VerificationFinding }> {
  const signal = AbortSignal.timeout(limitMs);
  const [ofSource, ofRendition] = await Promise.all([keep(source, signal), keep(rendition, signal)]);
  if (ofRendition !== undefined) {
    const { isThere, reason } = ofRendition;
    const message = reason.replaceAll('The source', 'The rendition');
    return { finding: { code: isThere ? 'NOT_COMPARED' : 'RENDITION_UNAVAILABLE', message } };
  }
  if (ofSource === undefined) return {};
  return { finding: { code: ofSource.isThere ? 'NOT_COMPARED' : 'SOURCE_UNAVAILABLE', message: ofSource.reason } };
}

async function begin({ medium, limitMs }: BeginRequest): Promise<{ beginning?: Beginning }> {
  try {
    if ((await keep(medium, AbortSignal.timeout(limitMs))) !== undefined) return {};
    const beginning = beginningIn(await readEssence(medium.path));
    return beginning === undefined ? {} : { beginning };
  } catch {
    return {};
  }
}

/** Why there is no copy of a medium. */
interface Missing {
  /** It can be had, but a copy cannot hold its codec. */
  isThere: boolean;
  reason: string;
}

/** Why there is nothing of it. What broke off in the middle is a copy, which may hold the window. */
async function keep({ url, path, durationMs }: RecordedMedium, signal: AbortSignal): Promise<Missing | undefined> {
  try {
    const network = { ...reachable, schemes: [...fetchedSchemes] };
    await recordMedia({ url, ...tls }, path, { durationMs, signal, network });
    return undefined;
  } catch (error) {
    // Its sound alone may have been kept, which says nothing about its pictures.
    const isThere = error instanceof TranscodeError && error.code === 'CODEC_UNSUPPORTED';
    if (!isThere && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) return undefined;
    return { isThere, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof TranscodeError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : 'It cannot be told why.';
}
