import { describe, expect, it, vi } from 'vitest';

import type { JobEvent } from '../../../../src/nodes/broadcaster/job-events.js';
import { JobVerification } from '../../../../src/nodes/broadcaster/verification/job-verification.js';
import type { Verification } from '../../../../src/nodes/broadcaster/verification/verification.js';
import { VerificationRecord } from '../../../../src/nodes/broadcaster/verification/verification-record.js';
import { VerificationQueue } from '../../../../src/nodes/broadcaster/verification/verification-queue.js';
import type {
  VerifierAnswer,
  VerifierRequest,
} from '../../../../src/nodes/broadcaster/verification/verifier-messages.js';
import { WindowSampler } from '../../../../src/nodes/broadcaster/verification/window-sampler.js';
import type { BundledAttempt } from '../../../../src/trust/bundle/bundle.js';
import type { SeenSource } from '../../../../src/trust/bundle/see-source.js';
import { attemptOver, mediaOf } from '../../../trust/signed-job.js';
import { sampleFault } from '../../wire-samples.js';

const beginning = { units: 1, merkleRoot: 'ab'.repeat(32) };

/** A job that is looked at by a double of the process, which finds nothing wrong. */
class LookedAtJob implements AsyncDisposable {
  readonly requests: VerifierRequest[] = [];
  readonly seen: { attempt: number; seen: SeenSource }[] = [];
  /** What the double finds the source to be. */
  source: SeenSource | undefined;
  readonly found: { verification: Verification; orchestrator: string | undefined }[] = [];
  dropped = 0;
  readonly record = new VerificationRecord();
  readonly #queue = new VerificationQueue(32);
  readonly #attempts: BundledAttempt[] = [];
  readonly #verification: JobVerification;

  constructor(sourceUrl: string, playUrl: string, rate = 1) {
    this.#verification = new JobVerification({
      sourceUrl,
      playUrls: new Map(['720p', '480p', '360p'].map((name) => [name, `${playUrl}/${name}`])),
      evidence: {
        recent: (attempt) => this.#find(attempt),
        until: (attempt) => this.#find(attempt),
        span: { startUs: 0, endUs: 10_000_000 },
      },
      record: this.record,
      sampler: new WindowSampler(rate),
      queue: this.#queue,
      verifier: { ask: (request) => Promise.resolve(this.#answer(request)) },
      onSource: (attempt, seen) => {
        this.seen.push({ attempt, seen });
        for (const { index } of seen.contradicted) this.#verification.sourceIsOther(attempt, index);
        if (seen.isWithheld) this.#verification.sourceIsWithheld(attempt);
      },
      onVerification: (verification, orchestrator) => this.found.push({ verification, orchestrator }),
      onDropped: (windows) => (this.dropped += windows),
    });
  }

  #find(attempt: number): BundledAttempt | undefined {
    return this.#attempts.find(({ ticket }) => ticket.message.attempt === attempt);
  }

  /** Resolves when everything that was asked for is done. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push({ run: () => Promise.resolve().then(resolve), dropped: resolve });
    });
  }

  get recordings(): VerifierRequest[] {
    return this.requests.filter(({ type }) => type === 'record');
  }

  /** An attempt of ten seconds, which is five windows. */
  attempt(number: number): void {
    const attempt = attemptOver(mediaOf(`looked at ${number}`), { attempt: number });
    this.#attempts.push(attempt);
    const address = `orchestrator-${number}:1`;
    this.#verification.event({
      type: 'accepted',
      job: 'job-1',
      attempt: number,
      orchestrator: address,
      transcoder: '',
    });
    for (const receipt of attempt.receipts) this.#verification.event({ type: 'receipt', attempt: number, receipt });
  }

  hear(event: JobEvent): void {
    this.#verification.event(event);
  }

  end(how: 'finished' | 'failed' | 'broken off'): void {
    if (how === 'finished') this.#verification.event({ type: how });
    else if (how === 'failed') this.#verification.event({ type: how, fault: sampleFault('output') });
    else this.#verification.event({ type: 'cancelled', outputs: how });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue[Symbol.asyncDispose]();
  }

  #answer(request: VerifierRequest): VerifierAnswer {
    this.requests.push(request);
    if (request.type === 'record') return { type: 'recorded' };
    if (request.type === 'begin') return { type: 'begun', beginning };
    const windows = request.windows === 'whole' ? [7] : request.windows;
    return {
      type: 'verified',
      windows: windows.map((window) => ({ window, outcome: 'verified', findings: [] })),
      ...(this.source && { source: this.source }),
    };
  }
}

describe('The sample of a job', () => {
  it('is fetched when the job is over, where it can be fetched then', async () => {
    await using job = new LookedAtJob('https://m/in', 'https://m/out');
    job.attempt(1);
    expect(job.requests).toEqual([]);
    job.end('finished');
    await vi.waitFor(() => {
      expect(job.found).toHaveLength(15);
    });
    const verify = job.requests.filter((request) => request.type === 'verify');
    expect(verify.map(({ name, windows, transport }) => ({ name, windows, transport }))).toEqual(
      ['720p', '480p', '360p'].map((name) => ({ name, windows: [0, 1, 2, 3, 4], transport: 'stored' })),
    );
    expect(job.found[0]).toMatchObject({
      orchestrator: 'orchestrator-1:1',
      verification: { attempt: 1, rendition: '720p', window: 0, outcome: 'verified' },
    });
  });

  it('is of the last attempt at a rendition, since what was there before is not there any more', async () => {
    await using job = new LookedAtJob('https://m/in', 'https://m/out');
    job.attempt(1);
    job.attempt(2);
    job.end('finished');
    await vi.waitFor(() => {
      expect(job.found).toHaveLength(15);
    });
    expect(new Set(job.found.map(({ verification: { attempt } }) => attempt))).toEqual(new Set([2]));
  });

  it.for(['failed', 'broken off'] as const)(
    'is fetched as well where the job has %s, as what may be left of something before',
    async (end) => {
      await using job = new LookedAtJob('https://m/in', 'https://m/out');
      job.attempt(1);
      job.end(end);
      await vi.waitFor(() => {
        expect(job.found).toHaveLength(15);
      });
      const verify = job.requests.filter((request) => request.type === 'verify');
      expect(verify.map(({ outputs }) => outputs)).toEqual(['broken off', 'broken off', 'broken off']);
      expect(job.dropped).toBe(0);
    },
  );

  it.for([
    [
      'a rendition has failed',
      { type: 'renditionFailed', attempt: 1, rendition: '480p', fault: sampleFault('output') },
    ],
    ['the attempt was lost', { type: 'failover', attempt: 1, cause: sampleFault('transcoder') }],
  ] as const)('may be of something before where %s, though the job has finished', async ([, event]) => {
    await using job = new LookedAtJob('https://m/in', 'https://m/out');
    job.attempt(1);
    job.hear(event);
    job.end('finished');
    await vi.waitFor(() => {
      expect(job.found).toHaveLength(15);
    });
    const verify = job.requests.filter((request) => request.type === 'verify');
    const others = event.type === 'failover' ? 'broken off' : 'finished';
    expect(verify.map(({ outputs }) => outputs)).toEqual([others, 'broken off', others]);
  });

  it('is counted as waiting until it was looked at or given up', async () => {
    await using job = new LookedAtJob('https://m/in', 'https://m/out');
    job.attempt(1);
    expect(job.record).toMatchObject({ waiting: 15, dropped: 0 });
    job.attempt(2);
    expect(job.record).toMatchObject({ waiting: 15, dropped: 15 });
    job.end('finished');
    expect(job.record).toMatchObject({ waiting: 15, dropped: 15 });
    await job.idle();
    expect(job.record).toMatchObject({ waiting: 0, dropped: 15 });
    expect(job.record.verifications).toHaveLength(15);
  });

  it.for([
    ['rtmp://m/in', 'rtmp://m/out', 'live'],
    ['https://m/in', 'rtmp://m/out', 'live'],
    ['rtmp://m/in', 'https://m/out', 'live'],
    ['srt://m:1', 'srt://m:1', 'lossy'],
  ])('is recorded beside the stream where the source is %s and the rendition %s', async ([source = '', play = '']) => {
    await using job = new LookedAtJob(source, play);
    job.attempt(1);
    await vi.waitFor(() => {
      expect(job.recordings).not.toEqual([]);
    });
    expect(job.recordings).toMatchObject([{ type: 'record', source: { url: source } }]);
    job.end('finished');
    // What was not begun by the end is given up; one that was waits for its receipts.
    expect(job.recordings).toHaveLength(1);
    expect(job.dropped).toBe(14);
  });

  it('goes with what the source began with while the job ran, and not with what it begins with later', async () => {
    const begun = async (isAskedInTime: boolean) => {
      await using job = new LookedAtJob('https://m/in', 'https://m/out');
      job.attempt(1);
      if (isAskedInTime) await job.idle();
      job.end('finished');
      await vi.waitFor(() => {
        expect(job.found).toHaveLength(15);
      });
      return job.requests.flatMap((request) => (request.type === 'verify' ? [request.beginning] : []));
    };
    expect(await begun(true)).toEqual([beginning, beginning, beginning]);
    expect(await begun(false)).toEqual([undefined, undefined, undefined]);
  });

  it('never goes with the beginning of a playlist, whose parts go away', async () => {
    await using job = new LookedAtJob('https://m/in.m3u8?key=a', 'https://m/out');
    job.attempt(1);
    await job.idle();
    expect(job.requests).toEqual([]);
  });

  it('tells what the source was, and once of each window that it is another one', async () => {
    await using job = new LookedAtJob('https://m/in', 'https://m/out');
    job.source = {
      held: [],
      contradicted: [{ index: 2, root: `0x${'ab'.repeat(32)}` }],
      expected: [],
      isWithheld: false,
    };
    job.attempt(1);
    job.end('finished');
    await vi.waitFor(() => {
      expect(job.seen).toHaveLength(3);
    });
    expect(job.seen[0]).toEqual({ attempt: 1, seen: job.source });
    expect(job.found.filter(({ verification: { outcome } }) => outcome === 'failed')).toMatchObject([
      {
        orchestrator: 'orchestrator-1:1',
        verification: { attempt: 1, window: 2, findings: [{ code: 'SOURCE_OTHER' }] },
      },
    ]);
  });

  it('fails, once, where an attempt has kept the windows of its source back', async () => {
    await using job = new LookedAtJob('https://m/in', 'https://m/out');
    job.source = { held: [], contradicted: [], expected: [], isWithheld: true };
    job.attempt(1);
    job.end('finished');
    await vi.waitFor(() => {
      expect(job.seen).toHaveLength(3);
    });
    expect(job.found.filter(({ verification: { outcome } }) => outcome === 'failed')).toMatchObject([
      { orchestrator: 'orchestrator-1:1', verification: { attempt: 1, findings: [{ code: 'SOURCE_WITHHELD' }] } },
    ]);
  });

  it('is nothing of a file of the machine, which is not fetched', async () => {
    await using job = new LookedAtJob('file:///etc/in', 'https://m/out');
    job.attempt(1);
    job.end('finished');
    expect([job.requests, job.dropped]).toEqual([[], 0]);
  });
});
