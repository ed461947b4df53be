import { describe, expect, it } from 'vitest';

import type { EssenceCopy, EssenceTrack } from '../../src/transcoder/essence.js';
import type { Bundle, BundledAttempt } from '../../src/trust/bundle/bundle.js';
import { verifyBundle, type MediumCopy } from '../../src/trust/bundle/verify-bundle.js';
import { cutWindows } from '../../src/trust/essence/cut-windows.js';
import { windowRoot } from '../../src/trust/essence/window-root.js';
import type { Signer } from '../../src/trust/keys/signer.js';
import { ReceiptBuilder } from '../../src/trust/receipts/receipt-builder.js';

import { attemptOver, bundleOf, domain, mediaOf, orchestrator, signTicket, stranger } from './signed-job.js';
import { between, hash, syntheticCopy } from './synthetic-media.js';

/** What each attempt's windows of a rendition come to in a copy of it. */
async function of720p(bundle: Bundle, copy: MediumCopy): Promise<string[][]> {
  const { attempts } = await verifyBundle(bundle, { renditions: { '720p': copy } });
  return attempts.map(({ windows }) =>
    windows
      .filter(({ rendition }) => rendition === '720p')
      .map(({ media, reasons }) => (media === 'holds' ? media : (reasons.at(-1)?.code ?? media))),
  );
}

describe('The attempts of a bundle, beside a copy of sound alone', () => {
  const radio: EssenceCopy = { tracks: syntheticCopy({ name: 'radio', seconds: 120 }).tracks.slice(1) };
  const cut = cutWindows(radio, 2000);
  const honest = cut.map(({ tracks }) => tracks);
  /** More lengths than a copy is indexed for, each of more windows than the honest ones are; the last uses up the guesses. */
  const invented = Array.from({ length: 1201 }, (_, index): EssenceTrack[] => {
    const units = index === 1200 ? 93 : 2800 + (index % 12);
    return [{ kind: 'audio', codec: 'aac', units, parameters: hash('none'), merkleRoot: hash(`none ${index}`) }];
  });

  function attemptWith(windows: readonly EssenceTrack[][], attempt: number, by: Signer): BundledAttempt {
    const { message, signature, hash: ticket } = signTicket({ attempt, orchestrator: by.address });
    const builder = new ReceiptBuilder({ domain, signer: by, ticket, renditions: ['720p'] });
    const made = windows.flatMap((tracks, index) =>
      builder.addRendition('720p', {
        ...{ index, tracks, root: windowRoot(tracks), chain: '', last: index === windows.length - 1 },
        ...{ frames: 0, pixels: 0, width: 0, height: 0 },
        ...{ startTimestampUs: index * 2_000_000, endTimestampUs: (index + 1) * 2_000_000 },
      }),
    );
    const receipts = [...made, ...builder.end()].map(({ receipt }) => receipt);
    return { ticket: { message, signature }, receipts };
  }

  it('hold each by itself, whatever another one claims', async () => {
    const bundle = bundleOf(attemptWith(invented, 1, stranger), attemptWith(honest, 2, orchestrator));
    const [other, own] = await of720p(bundle, radio);
    expect(new Set(own)).toEqual(new Set(['holds']));
    expect(other).not.toContain('holds');
  });

  it('hold, though another one claims their windows as its own', async () => {
    const bundle = bundleOf(attemptWith(honest, 1, stranger), attemptWith(honest, 2, orchestrator));
    const [, own] = await of720p(bundle, radio);
    expect(new Set(own)).toEqual(new Set(['holds']));
  });

  it('hold, whatever stands among their receipts that they did not sign', async () => {
    const own = attemptWith(honest, 1, orchestrator);
    const { receipts } = attemptWith(invented, 1, stranger);
    const [verdicts] = await of720p(bundleOf({ ...own, receipts: [...receipts, ...own.receipts] }), radio);
    expect(new Set(verdicts?.slice(invented.length))).toEqual(new Set(['holds']));
  });

  it('hold, whatever was put in the place of the tracks of some of their windows', async () => {
    const own = structuredClone(attemptWith([...invented, ...honest], 1, orchestrator));
    let index = 0;
    for (const { tracks } of own.receipts)
      for (const [at] of tracks.renditions.entries())
        if (index++ < invented.length) tracks.renditions[at] = invented[index % invented.length] ?? [];
    const [verdicts] = await of720p(bundleOf(own), radio);
    expect(new Set(verdicts?.slice(invented.length))).toEqual(new Set(['holds']));
  });

  it('are not accused of windows that the copy was not looked through for', async () => {
    const other = { tracks: syntheticCopy({ name: 'other', seconds: 120 }).tracks.slice(1) };
    const [verdicts] = await of720p(bundleOf(attemptWith([...invented, ...honest], 1, orchestrator)), other);
    expect(new Set(verdicts?.slice(0, invented.length))).toContain('OTHER_MEDIA');
    expect(new Set(verdicts?.slice(invented.length))).toEqual(new Set(['INCOMPLETE']));
  });
});

describe('An attempt with none of its windows in a copy', () => {
  const media = mediaOf('honest', 20);
  const part = (fromS: number, toS: number) => ({
    source: between(media.source, fromS, toS),
    '720p': between(media['720p'], fromS, toS),
    '480p': between(media['480p'], fromS, toS),
    '360p': between(media['360p'], fromS, toS),
  });
  const bundle = bundleOf(attemptOver(part(0, 10)), attemptOver(part(10, 20), { attempt: 2 }));

  it('is not accused by a copy of another attempt’s time', async () => {
    expect(await of720p(bundle, part(10, 20)['720p'])).toEqual([Array(5).fill('OUTSIDE'), Array(5).fill('holds')]);
    expect(await of720p(bundle, part(0, 10)['720p'])).toEqual([Array(5).fill('holds'), Array(5).fill('OUTSIDE')]);
  });

  it('is of other media where the others are, too', async () => {
    const copy = mediaOf('another job', 20)['720p'];
    expect(new Set((await of720p(bundle, copy)).flat())).toEqual(new Set(['OTHER_MEDIA']));
  });
});
