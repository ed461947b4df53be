import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { BundledAttempt } from '../../../trust/bundle/bundle.js';
import { makeCopiesFolder } from './copies-folder.js';
import type { Transport } from './play-transport.js';
import { undecided } from './verification.js';
import type { Beginning, Looked, RecordRequest, VerifyRequest } from './verifier-messages.js';
import { VerifierLost, type Verifier } from './verifier.js';

/** One look at a rendition. */
export interface Look {
  sourceUrl: string;
  playUrl: string;
  /** The rendition's name. */
  name: string;
  transport: Transport;
  sourceTransport: Transport;
  windows: VerifyRequest['windows'];
  outputs: VerifyRequest['outputs'];
  /** Media time to keep of either. */
  sourceMs: number;
  renditionMs: number;
  /** How long to record at most. */
  limitMs: number;
  /** How long after the recording the receipts for it may come. */
  receiptsMs: number;
  /** What was signed by then. */
  attempt: () => BundledAttempt | undefined;
  /** What the source began with while the job ran. */
  beginning: () => Beginning | undefined;
}

// The process may have to start, at the lowest priority.
const graceMs = 15_000;
const verifyLimitMs = 180_000;
// Enough pictures that no other medium begins with the same.
const beginningMs = 1_000;
const beginningLimitMs = 10_000;

/** Copies the source and the rendition, waits for the receipts, and has both looked at. Rejects with the signal's reason only. */
export async function look(at: Look, verifier: Pick<Verifier, 'ask'>, signal: AbortSignal): Promise<Looked> {
  let folder: string;
  try {
    folder = await makeCopiesFolder();
  } catch (error) {
    return each(at, 'NOT_COMPARED', `There is no room for copies: ${String(error)}`);
  }
  const [source, rendition] = [join(folder, 'source.ts'), join(folder, 'rendition.ts')];
  try {
    const recording: RecordRequest = {
      type: 'record',
      source: { url: at.sourceUrl, path: source, durationMs: at.sourceMs },
      rendition: { url: at.playUrl, path: rendition, durationMs: at.renditionMs },
      limitMs: at.limitMs,
    };
    const recorded = await verifier.ask(recording, at.limitMs + graceMs, signal);
    if (recorded.type === 'recorded' && recorded.finding !== undefined)
      return each(at, recorded.finding.code, recorded.finding.message);
    await sleep(at.receiptsMs, undefined, { signal });
    const attempt = at.attempt();
    if (attempt === undefined) return { windows: [] };
    const { name, windows, outputs, transport, sourceTransport } = at;
    const beginning = at.beginning();
    const verified = await verifier.ask(
      {
        type: 'verify',
        source,
        rendition,
        attempt,
        name,
        windows,
        outputs,
        transport,
        sourceTransport,
        ...(beginning && { beginning }),
      },
      verifyLimitMs,
      signal,
    );
    if (verified.type !== 'verified') return { windows: [] };
    return { windows: verified.windows, ...(verified.source && { source: verified.source }) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof VerifierLost) return each(at, 'VERIFIER_LOST', error.message);
    return each(at, 'NOT_COMPARED', error instanceof Error ? error.message : 'It cannot be told why.');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads what a medium begins with, with a folder for its copy. Nothing: it cannot be had. */
export async function beginningOf(
  url: string,
  verifier: Pick<Verifier, 'ask'>,
  signal: AbortSignal,
): Promise<Beginning | undefined> {
  const folder = await makeCopiesFolder();
  try {
    const medium = { url, path: join(folder, 'beginning.ts'), durationMs: beginningMs };
    const begun = await verifier.ask(
      { type: 'begin', medium, limitMs: beginningLimitMs },
      beginningLimitMs + graceMs,
      signal,
    );
    return begun.type === 'begun' ? begun.beginning : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every window that was asked for comes to the same. */
function each({ windows }: Look, ...why: [code: Parameters<typeof undecided>[0], message: string]): Looked {
  return {
    windows: windows === 'whole' ? [undecided(...why)] : windows.map((window) => undecided(...why, window)),
  };
}
