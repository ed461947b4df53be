import type { SeenSource } from '../../../trust/bundle/see-source.js';
import type { IssuedReceipt } from '../../../trust/receipts/receipt.js';
import type { JobEvent } from '../job-events.js';
import type { JobEvidence } from '../job-evidence.js';
import { beginningOf, look, type Look } from './look.js';
import { isPlaylist, transportOf } from './play-transport.js';
import type { Verification } from './verification.js';
import type { VerificationRecord } from './verification-record.js';
import type { Beginning, VerifyRequest } from './verifier-messages.js';
import type { Sample, VerificationQueue } from './verification-queue.js';
import type { Verifier } from './verifier.js';
import type { WindowSampler } from './window-sampler.js';

export interface JobVerificationOptions {
  sourceUrl: string;
  /** By rendition. */
  playUrls: ReadonlyMap<string, string>;
  evidence: Pick<JobEvidence, 'recent' | 'until' | 'span'>;
  /** Where what comes of it is kept. */
  record: VerificationRecord;
  sampler: WindowSampler;
  queue: VerificationQueue;
  verifier: Pick<Verifier, 'ask'>;
  /** What the source turned out to be, beside the receipts of an attempt. */
  onSource: (attempt: number, seen: SeenSource) => void;
  /** @param orchestrator the address of the one that had the attempt */
  onVerification: (verification: Verification, orchestrator: string | undefined) => void;
  /** Windows that were drawn, and are not looked at. */
  onDropped: (windows: number) => void;
}

/** Media beside what the windows need, since clocks and keyframes are not where they should be. */
const marginMs = 10_000;
const longestMs = 3_600_000;
/** Of a source that is still being written so much is fetched once more to get at what comes next. */
const longestGrowingMs = 600_000;
const storedLimitMs = 60_000;
/** Of a live stream so many windows are recorded, of which one at least is whole. */
const liveWindows = 3;
const connectMs = 5_000;
/** What a receipt takes from the window's last frame to here, with time to spare. */
const receiptMs = 1_000;

/**
 * The sample of one job's windows. What can be fetched later is fetched when the job is over: by then nobody can make it
 * better. Of what cannot, a part is recorded beside the stream, and what is whole of it is looked at.
 */
export class JobVerification {
  readonly #options: JobVerificationOptions;
  /** By attempt, the address of its orchestrator. */
  readonly #orchestrators = new Map<number, string>();
  readonly #live = new Set<Sample>();
  /** By rendition, the attempt that had it last, and those of its windows that were drawn. */
  readonly #drawn = new Map<string, { attempt: number; windows: number[] }>();
  /** Uploads that had no proper end, by attempt and rendition. */
  readonly #unfinished = new Set<string>();
  /** Windows of the source that were told to be other ones, by attempt and index. */
  readonly #otherSources = new Set<string>();
  /** Attempts of which it was told that they have no windows of the source. */
  readonly #withheld = new Set<number>();
  /** What the source begins with, asked once while the job runs. */
  #beginning: 'not asked' | 'asked' | 'too late' | Beginning = 'not asked';

  constructor(options: JobVerificationOptions) {
    this.#options = options;
  }

  /** Hears what becomes of the job. */
  event(event: JobEvent): void {
    if (event.type === 'accepted') this.#orchestrators.set(event.attempt, event.orchestrator);
    else if (event.type === 'receipt') this.#receipt(event.attempt, event.receipt);
    else if (event.type === 'renditionFailed') this.#brokenOff(event.attempt, [event.rendition]);
    else if (event.type === 'failover') this.#brokenOff(event.attempt, [...this.#options.playUrls.keys()]);
    else if (event.type === 'finished') this.#ended('finished');
    else if (event.type === 'failed') this.#ended('broken off');
    else if (event.type === 'cancelled') this.#ended(event.outputs);
  }

  /** A receipt has other pictures of the source than there are at the media server. Told once of each window. */
  sourceIsOther(attempt: number, window: number): void {
    const key = `${attempt}/${window}`;
    if (this.#otherSources.has(key)) return;
    this.#otherSources.add(key);
    const message = 'At the media server the source has other pictures at that time than the receipt.';
    this.#found({ attempt, window, outcome: 'failed', findings: [{ code: 'SOURCE_OTHER', message }] });
  }

  /** The receipts of an attempt have no windows of the source any more. Told once. */
  sourceIsWithheld(attempt: number): void {
    if (this.#withheld.has(attempt)) return;
    this.#withheld.add(attempt);
    const message = 'The receipts are for renditions of a source of which they have had no window for long.';
    this.#found({ attempt, outcome: 'failed', findings: [{ code: 'SOURCE_WITHHELD', message }] });
  }

  #receipt(attempt: number, { message }: IssuedReceipt): void {
    const { sampler, record } = this.#options;
    for (const { name } of message.renditions) this.#signed(attempt, name);
    for (const { name, index } of sampler.draw(message.renditions)) {
      const playUrl = this.#options.playUrls.get(name) ?? '';
      const transports = [transportOf(playUrl), transportOf(this.#options.sourceUrl)];
      if (transports.includes(undefined)) continue;
      record.drew(1);
      if (transports[1] === 'stored' && !isPlaylist(this.#options.sourceUrl)) this.#askBeginning();
      if (transports.every((transport) => transport === 'stored')) this.#drawn.get(name)?.windows.push(index);
      else this.#recordNext(attempt, name);
    }
  }

  /** While the job runs: what is there before and behind was there all the time. */
  #askBeginning(): void {
    if (this.#beginning !== 'not asked') return;
    this.#beginning = 'asked';
    const { queue, verifier, sourceUrl } = this.#options;
    queue.push({
      run: async (signal) => {
        if (this.#beginning === 'asked') this.#beginsWith(await beginningOf(sourceUrl, verifier, signal));
      },
      dropped: () => undefined,
    });
  }

  #beginsWith(beginning: Beginning | undefined): void {
    if (beginning !== undefined && this.#beginning === 'asked') this.#beginning = beginning;
  }

  /** What another attempt delivered there before is not there any more. */
  #signed(attempt: number, name: string): void {
    const before = this.#drawn.get(name);
    if (before?.attempt === attempt) return;
    this.#drawn.set(name, { attempt, windows: [] });
    if (before !== undefined && before.windows.length > 0) this.#giveUp(before.windows.length);
  }

  #brokenOff(attempt: number, renditions: readonly string[]): void {
    for (const name of renditions) this.#unfinished.add(`${attempt}/${name}`);
  }

  /** What was signed for is looked at however the job ended: else a fault at the end would be a way out for whoever cheats. */
  #ended(ended: 'finished' | 'broken off'): void {
    const { queue } = this.#options;
    if (typeof this.#beginning === 'string') this.#beginning = 'too late';
    queue.drop((sample) => this.#live.has(sample));
    for (const [name, { attempt, windows }] of this.#drawn) {
      const outputs = this.#unfinished.has(`${attempt}/${name}`) ? 'broken off' : ended;
      if (windows.length > 0) this.#push(attempt, this.#stored(attempt, name, { windows, outputs }), windows.length);
    }
    this.#drawn.clear();
  }

  #stored(attempt: number, name: string, of: Pick<VerifyRequest, 'outputs'> & { windows: readonly number[] }): Look {
    const durationMs = Math.min(this.#signedMs() + marginMs, longestMs);
    const untilUs = (this.#options.evidence.span?.startUs ?? 0) + durationMs * 1000;
    return {
      ...this.#about(name),
      ...of,
      sourceMs: durationMs,
      renditionMs: durationMs,
      limitMs: storedLimitMs,
      receiptsMs: 0,
      attempt: () => this.#options.evidence.until(attempt, untilUs),
    };
  }

  /** Decided ahead, as what is recorded is what comes next. */
  #recordNext(attempt: number, name: string): void {
    const { evidence } = this.#options;
    const ordered = evidence.recent(attempt)?.ticket.message;
    const gopMs = ordered?.renditions.find((rendition) => rendition.name === name)?.profile.gopMs ?? 0;
    const windowMs = (ordered?.windowMs ?? 0) + gopMs;
    const durationMs = liveWindows * windowMs;
    const about = this.#about(name);
    // A source that is being written is given from its beginning on.
    const sinceMs = about.sourceTransport === 'stored' ? Math.min(this.#signedMs(), longestGrowingMs) : 0;
    const live: Look = {
      ...about,
      // What is fetched while it comes into being has no end yet.
      transport: about.transport === 'stored' ? 'live' : about.transport,
      windows: 'whole',
      outputs: 'running',
      // The source was there first, and a server may be some seconds ahead of it or behind.
      sourceMs: sinceMs + durationMs + windowMs,
      renditionMs: durationMs,
      limitMs: durationMs + windowMs + connectMs,
      receiptsMs: windowMs + receiptMs,
      attempt: () => evidence.recent(attempt),
    };
    this.#live.add(this.#push(attempt, live, 1));
  }

  /** How much was signed for. */
  #signedMs(): number {
    const { span } = this.#options.evidence;
    return span === undefined ? 0 : Math.ceil((span.endUs - span.startUs) / 1000);
  }

  #about(
    name: string,
  ): Omit<Look, 'windows' | 'outputs' | 'sourceMs' | 'renditionMs' | 'limitMs' | 'receiptsMs' | 'attempt'> {
    const { sourceUrl, playUrls } = this.#options;
    const playUrl = playUrls.get(name) ?? '';
    return {
      sourceUrl,
      playUrl,
      name,
      transport: transportOf(playUrl) ?? 'lossy',
      sourceTransport: transportOf(sourceUrl) ?? 'lossy',
      beginning: () => (typeof this.#beginning === 'string' ? undefined : this.#beginning),
    };
  }

  /** @param drawn how many windows it is for */
  #push(attempt: number, at: Look, drawn: number): Sample {
    const { queue, verifier, onSource, record } = this.#options;
    const sample: Sample = {
      run: async (signal) => {
        this.#live.delete(sample);
        const { windows, source } = await look(at, verifier, signal);
        record.looked(drawn);
        for (const verification of windows) this.#found({ ...verification, attempt, rendition: at.name });
        if (source !== undefined) onSource(attempt, source);
      },
      dropped: () => {
        this.#live.delete(sample);
        this.#giveUp(drawn);
      },
    };
    queue.push(sample);
    return sample;
  }

  #found(verification: Verification): void {
    const { record, onVerification } = this.#options;
    record.found(verification);
    onVerification(verification, this.#orchestrators.get(verification.attempt));
  }

  #giveUp(windows: number): void {
    const { record, onDropped } = this.#options;
    record.gaveUp(windows);
    onDropped(windows);
  }
}
