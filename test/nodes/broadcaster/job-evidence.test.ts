import { describe, expect, it } from 'vitest';

import { JobEvidence } from '../../../src/nodes/broadcaster/job-evidence.js';
import { ticketMessage } from '../../../src/trust/orders/ticket.js';
import { seeSource } from '../../../src/trust/bundle/see-source.js';
import { verifyBundle } from '../../../src/trust/bundle/verify-bundle.js';
import type { EssenceWindow } from '../../../src/transcoder/essence.js';
import { ReceiptBuilder } from '../../../src/trust/receipts/receipt-builder.js';
import { broadcasterTrust, sampleSigners } from '../sample-trust.js';
import { sampleOrder } from '../wire-samples.js';
import { between, syntheticCopy, windowsOf } from '../../trust/synthetic-media.js';

const shape = { name: 'the source', seconds: 20, gopFrames: 20 };
const source = syntheticCopy(shape);
const honest = windowsOf(source);
const invented = windowsOf(syntheticCopy({ ...shape, name: 'an invention' }));

/** The evidence of a job with one attempt, whose orchestrator signs for the windows of the source that it is given. */
class Job {
  readonly accused: [attempt: number, window: number][] = [];
  readonly evidence = new JobEvidence({ ...broadcasterTrust, windowMs: 2000 }, (...which) => this.accused.push(which));
  readonly #attempt;
  readonly #builder;

  constructor() {
    const price = { wei: 1, pixels: 1 };
    const { address: orchestrator } = sampleSigners.orchestrator;
    this.#attempt = this.evidence.sign(sampleOrder(), { orchestrator, price }, []);
    const { domain } = broadcasterTrust;
    const [bundled] = this.evidence.bundle().attempts;
    if (bundled === undefined) throw new Error('There is no attempt.');
    const { message } = bundled.ticket;
    this.#builder = new ReceiptBuilder({
      domain,
      signer: sampleSigners.orchestrator,
      ticket: ticketMessage.hash(domain, message),
      renditions: message.renditions.map(({ name }) => name),
    });
  }

  /** What is made of the receipts that come with a window of each rendition. */
  receive(...windows: (EssenceWindow | undefined)[]): string[] {
    const names = sampleOrder().renditions.map(({ name }) => name);
    return windows.flatMap((window) => {
      if (window === undefined) throw new Error('There is no such window.');
      const small = { ...window, width: 16, height: 16, pixels: window.frames * 256, last: false };
      const receipts = [
        ...this.#builder.addSource({ ...window, last: false }),
        ...names.flatMap((name) => this.#builder.addRendition(name, small)),
      ];
      return receipts.map((receipt) => {
        const check = this.#attempt.take(receipt);
        return check.valid ? 'valid' : check.code;
      });
    });
  }

  /** The broadcaster looks at a copy of the source. */
  look(copy = source): void {
    const [attempt] = this.evidence.bundle().attempts;
    if (attempt !== undefined) this.evidence.saw(1, seeSource(copy, attempt, { isSameForAll: false }));
  }
}

describe("What a broadcaster has seen of a job's source", () => {
  it('is attested in the bundle, which holds', async () => {
    const job = new Job();
    job.receive(...honest.slice(0, 4));
    job.look();
    const { attempts, ...bundle } = job.evidence.bundle();
    expect(attempts[0]?.attestation?.message.windows).toHaveLength(4);
    const verdict = await verifyBundle({ ...bundle, attempts });
    expect(verdict.holds).toBe(true);
    expect(verdict.attempts[0]?.windows.filter(({ attested }) => attested === 'holds')).toHaveLength(4);
  });

  it('is evidence against receipts that came before', async () => {
    const job = new Job();
    job.receive(honest[0], invented[1], honest[2]);
    job.look();
    expect(job.accused).toEqual([[1, 1]]);
    const verdict = await verifyBundle(job.evidence.bundle());
    expect(verdict.holds).toBe(false);
    const windows = verdict.attempts[0]?.windows.filter(({ rendition }) => rendition === undefined);
    expect(windows?.map(({ attested }) => attested)).toEqual(['holds', 'doesNotHold', 'holds']);
  });

  it('is held against a receipt that comes later, and that receipt is evidence', async () => {
    const job = new Job();
    job.receive(honest[0], honest[1]);
    job.look();
    expect(job.receive(honest[2], invented[3])).toEqual(['valid', 'RECEIPT_SOURCE_OTHER']);
    expect(job.accused).toEqual([[1, 3]]);
    const verdict = await verifyBundle(job.evidence.bundle());
    expect(verdict.holds).toBe(false);
    expect(verdict.attempts[0]?.windows.find(({ window, attested }) => window === 3 && attested)).toMatchObject({
      signature: 'holds',
      attested: 'doesNotHold',
    });
  });

  it('accuses nobody who was honest when it was joined late', async () => {
    const job = new Job();
    job.receive(...honest.slice(0, 5));
    job.look(between(source, 7, 17));
    expect(job.receive(...honest.slice(5, 9))).toEqual(['valid', 'valid', 'valid', 'valid']);
    job.look(between(source, 12, 19));
    expect(job.accused).toEqual([]);
    expect((await verifyBundle(job.evidence.bundle())).holds).toBe(true);
  });

  it('is not taken back by a look that saw less', async () => {
    const job = new Job();
    job.receive(...honest.slice(0, 4));
    job.look();
    job.evidence.saw(1, { held: [], contradicted: [{ index: 1, root: `0x${'ab'.repeat(32)}` }], expected: [] });
    expect(job.accused).toEqual([]);
    expect((await verifyBundle(job.evidence.bundle())).holds).toBe(true);
  });
});
