import { describe, expect, it } from 'vitest';

import { JobEvidence } from '../../../src/nodes/broadcaster/job-evidence.js';
import type { Bundle } from '../../../src/trust/bundle/bundle.js';
import type { BundleVerdict } from '../../../src/trust/bundle/verdict.js';
import { ticketMessage } from '../../../src/trust/orders/ticket.js';
import { seeSource } from '../../../src/trust/bundle/see-source.js';
import { verifyBundle } from '../../../src/trust/bundle/verify-bundle.js';
import type { EssenceWindow } from '../../../src/transcoder/essence.js';
import { ReceiptBuilder } from '../../../src/trust/receipts/receipt-builder.js';
import { broadcasterTrust, sampleSigners } from '../sample-trust.js';
import { sampleOrder } from '../wire-samples.js';
import { TemporaryArchive } from './temporary-archive.js';
import { between, syntheticCopy, windowsOf } from '../../trust/synthetic-media.js';

const shape = { name: 'the source', seconds: 20, gopFrames: 20 };
const source = syntheticCopy(shape);
const honest = windowsOf(source);
const invented = windowsOf(syntheticCopy({ ...shape, name: 'an invention' }));

/** The evidence of a job with one attempt, whose orchestrator signs for the windows of the source that it is given. */
class Job implements Disposable {
  readonly accused: [attempt: number, window: number][] = [];
  readonly withholding: number[] = [];
  readonly kept = new TemporaryArchive();
  readonly evidence = new JobEvidence(broadcasterTrust, {
    segment: 'stream/0',
    archive: this.kept.archive,
    onOtherSource: (...which) => this.accused.push(which),
    onWithheldSource: (attempt) => this.withholding.push(attempt),
  });
  readonly #attempt;
  readonly #builder;

  constructor() {
    const price = { wei: 1, pixels: 1 };
    const { address: orchestrator } = sampleSigners.orchestrator;
    this.#attempt = this.evidence.sign(sampleOrder(), { orchestrator, price }, []);
    const { domain } = broadcasterTrust;
    const { message } = this.#attempt.recent().ticket;
    this.#builder = new ReceiptBuilder({
      domain,
      signer: sampleSigners.orchestrator,
      ticket: ticketMessage.hash(domain, message),
      renditions: message.renditions.map(({ name }) => name),
    });
  }

  /** What is made of the receipts that come with a window of each rendition. */
  receive(...windows: (EssenceWindow | undefined)[]): string[] {
    return this.#receive(windows, windows);
  }

  /** Likewise where the source has other windows, or none that its orchestrator tells of. */
  receiveOver(sources: readonly EssenceWindow[], ...windows: EssenceWindow[]): void {
    expect(new Set(this.#receive(windows, sources))).toEqual(new Set(['valid']));
  }

  /** The next receipt has these windows of the source, too, whatever time they are of. */
  tellSources(...windows: EssenceWindow[]): void {
    for (const window of windows) this.#builder.addSource({ ...window, last: false });
  }

  #receive(windows: readonly (EssenceWindow | undefined)[], sources: readonly (EssenceWindow | undefined)[]): string[] {
    const waiting = [...sources];
    const names = sampleOrder().renditions.map(({ name }) => name);
    return windows.flatMap((window) => {
      if (window === undefined) throw new Error('There is no such window.');
      const made = { ...window, width: 640, height: 360, pixels: window.frames * 640 * 360, last: false };
      const isOver = (source: EssenceWindow | undefined) => (source?.endTimestampUs ?? 0) <= window.endTimestampUs;
      const over = waiting.splice(0, waiting.findLastIndex(isOver) + 1).flatMap((source) => source ?? []);
      const receipts = [
        ...over.flatMap((source) => this.#builder.addSource({ ...source, last: false })),
        ...names.flatMap((name) => this.#builder.addRendition(name, made)),
      ];
      return receipts.map(({ receipt }) => {
        const check = this.#attempt.take(receipt);
        return check.valid ? 'valid' : check.code;
      });
    });
  }

  /** The broadcaster looks at a copy of the source. */
  look(copy = source): void {
    this.evidence.saw(1, seeSource(copy, this.#attempt.recent(), { isSameForAll: false }));
  }

  verdict(): Promise<BundleVerdict> {
    return verifyBundle(this.bundle);
  }

  get bundle(): Bundle {
    const bundle = this.kept.bundle('stream/0');
    if (bundle === undefined) throw new Error('There is no bundle.');
    return bundle;
  }

  [Symbol.dispose](): void {
    this.kept[Symbol.dispose]();
  }
}

describe("What a broadcaster has seen of a job's source", () => {
  it('is attested in the bundle, which holds', async () => {
    using job = new Job();
    job.receive(...honest.slice(0, 4));
    job.look();
    expect(job.bundle.attempts[0]?.attestation?.message.windows).toHaveLength(4);
    const verdict = await job.verdict();
    expect(verdict.holds).toBe(true);
    expect(verdict.attempts[0]?.windows.filter(({ attested }) => attested === 'holds')).toHaveLength(4);
  });

  it('is evidence against receipts that came before', async () => {
    using job = new Job();
    job.receive(honest[0], invented[1], honest[2]);
    job.look();
    expect(job.accused).toEqual([[1, 1]]);
    const verdict = await job.verdict();
    expect(verdict.holds).toBe(false);
    const windows = verdict.attempts[0]?.windows.filter(({ rendition }) => rendition === undefined);
    expect(windows?.map(({ attested }) => attested)).toEqual(['holds', 'doesNotHold', 'holds']);
  });

  it('is held against a receipt that comes later, and that receipt is evidence', async () => {
    using job = new Job();
    job.receive(honest[0], honest[1]);
    job.look();
    expect(job.receive(honest[2], invented[3])).toEqual(['valid', 'RECEIPT_SOURCE_OTHER']);
    expect(job.accused).toEqual([[1, 3]]);
    const verdict = await job.verdict();
    expect(verdict.holds).toBe(false);
    expect(verdict.attempts[0]?.windows.find(({ window, attested }) => window === 3 && attested)).toMatchObject({
      signature: 'holds',
      attested: 'doesNotHold',
    });
  });

  it('accuses nobody who was honest when it was joined late', async () => {
    using job = new Job();
    job.receive(...honest.slice(0, 5));
    job.look(between(source, 7, 17));
    expect(job.receive(...honest.slice(5, 9))).toEqual(['valid', 'valid', 'valid', 'valid']);
    job.look(between(source, 12, 19));
    expect(job.accused).toEqual([]);
    expect((await job.verdict()).holds).toBe(true);
  });

  it('is not taken back by a look that saw less', async () => {
    using job = new Job();
    job.receive(...honest.slice(0, 4));
    job.look();
    job.evidence.saw(1, {
      held: [],
      contradicted: [{ index: 1, root: `0x${'ab'.repeat(32)}` }],
      expected: [],
      isWithheld: false,
    });
    expect(job.accused).toEqual([]);
    expect((await job.verdict()).holds).toBe(true);
  });

  it('is in the ledger, and there is nothing more in memory for more receipts', () => {
    using job = new Job();
    const long = windowsOf(syntheticCopy({ ...shape, seconds: 300 }));
    expect(new Set(job.receive(...long))).toEqual(new Set(['valid']));
    expect(job.evidence.recent(1)?.receipts).toHaveLength(32);
    expect(job.evidence.recent(1)?.receipts.at(-1)?.message.index).toBe(149);
    expect(job.evidence.span).toEqual({ startUs: 0, endUs: 300_000_000 });
    const indices = job.bundle.attempts[0]?.receipts.map(({ message }) => message.index);
    expect(indices).toEqual(Array.from({ length: 150 }, (_, index) => index));
    expect(job.evidence.until(1, 60_000_000)?.receipts).toHaveLength(30);
  });

  it('is there when the broadcaster is started again, whoever was killed', async () => {
    using job = new Job();
    job.receive(...honest.slice(0, 4));
    job.look();
    const before = job.bundle;
    job.kept.reopen();
    expect(job.bundle).toEqual(before);
    expect((await job.verdict()).holds).toBe(true);
    expect(job.kept.bundle('stream/1')).toBeUndefined();
  });
});

describe('An orchestrator whose receipts have nothing of the source', () => {
  const long = windowsOf(syntheticCopy({ ...shape, seconds: 120 }));
  const nothing = { held: [], contradicted: [], expected: [], isWithheld: false };

  it('is found out when the broadcaster has recorded the live source, and many receipts later there is still none', () => {
    using job = new Job();
    job.receiveOver([], ...long.slice(0, 20));
    job.evidence.saw(1, { ...nothing, recorded: { fromUs: 32_000_000, untilUs: 40_000_000 } });
    job.receiveOver([], ...long.slice(20, 25));
    expect(job.withholding).toEqual([]);
    job.receiveOver([], ...long.slice(25, 40));
    expect(new Set(job.withholding)).toEqual(new Set([1]));
  });

  it.each([
    { times: 'to come', fromS: 36_000, count: 1 },
    { times: 'to come', fromS: 36_000, count: 256 },
    { times: 'long past', fromS: -36_000, count: 256 },
  ])('is found out though each of its receipts has $count that it made up, of times $times', ({ fromS, count }) => {
    using job = new Job();
    job.receiveOver([], ...long.slice(0, 20));
    job.evidence.saw(1, { ...nothing, recorded: { fromUs: 32_000_000, untilUs: 40_000_000 } });
    for (const [receipt, window] of long.slice(20, 40).entries()) {
      const invented = Array.from({ length: count }, (_, at): EssenceWindow => {
        const index = receipt * count + at;
        const startTimestampUs = (fromS + index * 2) * 1e6;
        return { ...window, index, startTimestampUs, endTimestampUs: startTimestampUs + 2e6 };
      });
      job.tellSources(...invented);
      job.receiveOver([], window);
    }
    expect(new Set(job.withholding)).toEqual(new Set([1]));
  });

  it('is found out at once beside a source that everybody is given alike', () => {
    using job = new Job();
    job.receiveOver([], ...long.slice(0, 10));
    job.evidence.saw(1, { ...nothing, isWithheld: true });
    expect(job.withholding).toEqual([1]);
  });

  it('is not found out as long as the broadcaster has recorded nothing of the source', () => {
    using job = new Job();
    job.receiveOver([], ...long);
    expect(job.withholding).toEqual([]);
  });

  it.for([1, 2, 8, 40].flatMap((gopS) => [-10, 0, 10].map((aheadS) => ({ gopS, aheadS }))))(
    'is nobody who reads a keyframe every $gopS s, and the broadcaster the same $aheadS s sooner',
    ({ gopS, aheadS }) => {
      using job = new Job();
      const slow = windowsOf(syntheticCopy({ ...shape, seconds: 120, gopFrames: gopS * 30 }));
      let sources = [...slow];
      for (const window of long) {
        const over = sources.filter(({ endTimestampUs }) => endTimestampUs <= window.endTimestampUs);
        sources = sources.slice(over.length);
        job.receiveOver(over, window);
        // A recording of the last eight seconds begins with the first keyframe in it.
        const untilS = window.endTimestampUs / 1e6;
        const keyframeS = Math.ceil((untilS + aheadS - 8) / gopS) * gopS;
        const isRecorded = keyframeS >= 0 && keyframeS <= untilS + aheadS;
        const recorded = { fromUs: (keyframeS - aheadS) * 1e6, untilUs: untilS * 1e6 };
        if (isRecorded) job.evidence.saw(1, { ...nothing, recorded });
      }
      expect(job.withholding).toEqual([]);
    },
  );
});
