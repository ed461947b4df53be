import type { EssenceCopy } from '../../src/transcoder/essence.js';
import type { Bundle, BundledAttempt } from '../../src/trust/bundle/bundle.js';
import { Signer } from '../../src/trust/keys/signer.js';
import { ticketFor, type OrderedJob, type TicketTerms } from '../../src/trust/orders/ordered-job.js';
import { ticketMessage, type OrderedProfile, type SignedTicket } from '../../src/trust/orders/ticket.js';
import { ReceiptBuilder, type MadeReceipt } from '../../src/trust/receipts/receipt-builder.js';
import type { IssuedReceipt } from '../../src/trust/receipts/receipt.js';
import { defaultDomain } from '../../src/trust/typed-data/domain.js';

import { syntheticCopy, windowsOf } from './synthetic-media.js';

export const domain = defaultDomain;
export const broadcaster = new Signer(`0x${'b0'.repeat(32)}`);
export const orchestrator = new Signer(`0x${'01'.repeat(32)}`);
export const stranger = new Signer(`0x${'5a'.repeat(32)}`);
export const salt = `0x${'a5'.repeat(32)}`;
/** In seconds since 1970. */
export const now = 1_800_000_000;

export function profile(width: number, height: number): OrderedProfile {
  return {
    width,
    height,
    bitrateBps: 1_000_000,
    fpsNumerator: 30,
    fpsDenominator: 1,
    codec: 'h264',
    encoderProfile: '',
    gopMs: 2000,
  };
}

export const job: OrderedJob = {
  jobId: 'job-1',
  attempt: 1,
  sourceUrl: 'rtmp://media.example/live/key',
  renditions: [
    {
      name: '720p',
      publishUrl: 'rtmp://media.example/out/k720',
      playUrl: 'https://m.example/720p.ts',
      profile: profile(1280, 720),
    },
    { name: '480p', publishUrl: 'rtmp://media.example/out/k480', profile: profile(854, 480) },
    { name: '360p', publishUrl: 'rtmp://media.example/out/k360', profile: profile(640, 360) },
  ],
};

export const terms: TicketTerms = {
  broadcaster: broadcaster.address,
  orchestrator: orchestrator.address,
  price: { wei: 1200, pixels: 1 },
  notBefore: now - 5,
  notAfter: now + 60,
  windowMs: 2000,
};

export function signTicket(changes: Partial<TicketTerms & OrderedJob> = {}, by = broadcaster) {
  return ticketMessage.sign(domain, ticketFor({ ...job, ...changes }, termsOf(changes), salt), by);
}

function termsOf(changes: Partial<TicketTerms>): TicketTerms {
  const { price, notBefore, notAfter, windowMs, ...parties } = { ...terms, ...changes };
  return {
    broadcaster: parties.broadcaster,
    orchestrator: parties.orchestrator,
    price,
    notBefore,
    notAfter,
    windowMs,
  };
}

/** The media of a job, by the names of its renditions; `source` is the source's. */
export type JobMedia = Record<'source' | '720p' | '480p' | '360p', EssenceCopy>;

export function mediaOf(name: string, seconds = 10): JobMedia {
  return {
    source: syntheticCopy({ name: `${name} source`, seconds, width: 1920, height: 1080, gopFrames: 50 }),
    '720p': syntheticCopy({ name: `${name} 720p`, seconds }),
    '480p': syntheticCopy({ name: `${name} 480p`, seconds, width: 854, height: 480 }),
    '360p': syntheticCopy({ name: `${name} 360p`, seconds, width: 640, height: 360 }),
  };
}

/** The receipts that an orchestrator issues over the media. */
export function receiptsOver(media: JobMedia, ticket: { hash: string }, by = orchestrator): IssuedReceipt[] {
  const names = ['720p', '480p', '360p'] as const;
  const builder = new ReceiptBuilder({ domain, signer: by, ticket: ticket.hash, renditions: names });
  const sources = windowsOf(media.source);
  const renditions = names.map((name) => ({ name, windows: windowsOf(media[name]) }));
  const made: MadeReceipt[] = [];
  for (let index = 0; index < Math.max(...renditions.map(({ windows }) => windows.length)); index++) {
    const source = sources[index];
    if (source !== undefined) made.push(...builder.addSource(source));
    for (const { name, windows } of renditions) {
      const window = windows[index];
      if (window !== undefined) made.push(...builder.addRendition(name, window));
    }
  }
  return made.map(({ receipt }) => receipt);
}

/** One attempt as it stands in a bundle. */
export function attemptOver(media: JobMedia, changes: Parameters<typeof signTicket>[0] = {}): BundledAttempt {
  const { message, signature, hash } = signTicket(changes);
  return { ticket: { message, signature } satisfies SignedTicket, receipts: receiptsOver(media, { hash }) };
}

export function bundleOf(...attempts: BundledAttempt[]): Bundle {
  return { format: 'millrace-bundle', version: 1, domain, attempts };
}
