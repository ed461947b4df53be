import { describe, expect, it } from 'vitest';

import type { BundledAttempt } from '../../src/trust/bundle/bundle.js';
import type { UncoveredStretch } from '../../src/trust/bundle/verdict.js';
import { verifyBundle } from '../../src/trust/bundle/verify-bundle.js';
import { cutWindows } from '../../src/trust/essence/cut-windows.js';
import { ReceiptBuilder } from '../../src/trust/receipts/receipt-builder.js';

import { attemptOver, bundleOf, domain, mediaOf, orchestrator, signTicket, type JobMedia } from './signed-job.js';
import { between, windowsOf } from './synthetic-media.js';

const media = mediaOf('honest');

/** The media of a part of the job, in seconds. */
function part(fromS: number, toS: number): JobMedia {
  const names = ['source', '720p', '480p', '360p'] as const;
  return Object.fromEntries(names.map((name) => [name, between(media[name], fromS, toS)])) as JobMedia;
}

/** An attempt that was cut off before it closed a window. */
function cutOff(attempt: number): BundledAttempt {
  return { ...attemptOver(media, { attempt }), receipts: [] };
}

/** An attempt that read the source, and delivered nothing of one of its renditions or of all. */
function deliveringOnly(...names: readonly ('720p' | '480p' | '360p')[]): BundledAttempt {
  const { message, signature, hash } = signTicket();
  const builder = new ReceiptBuilder({ domain, signer: orchestrator, ticket: hash, renditions: names });
  const receipts = windowsOf(media.source).flatMap((window) => builder.addSource(window));
  for (const name of names)
    receipts.push(...windowsOf(media[name]).flatMap((window) => builder.addRendition(name, window)));
  return { ticket: { message, signature }, receipts: [...receipts, ...builder.end()].map(({ receipt }) => receipt) };
}

describe('A bundle in which there is nothing to hold', () => {
  it('does not hold without any receipt', async () => {
    expect(await verifyBundle(bundleOf(cutOff(1)))).toMatchObject({
      holds: false,
      attempts: [{ faults: [{ code: 'NO_RECEIPTS' }], windows: [] }],
    });
  });

  it('does not hold where the last attempt has none', async () => {
    expect(await verifyBundle(bundleOf(attemptOver(media), cutOff(2)))).toMatchObject({
      holds: false,
      attempts: [{ faults: [] }, { faults: [{ code: 'NO_RECEIPTS' }] }],
    });
  });

  it('holds where an attempt was cut off before its first window, and the next delivered', async () => {
    expect(await verifyBundle(bundleOf(cutOff(1), attemptOver(media, { attempt: 2 })))).toMatchObject({
      holds: true,
      attempts: [{ faults: [], windows: [], ending: 'open' }, { faults: [] }],
    });
  });

  it('does not hold where receipts are for the source alone', async () => {
    const attempt = deliveringOnly();
    expect(attempt.receipts).toHaveLength(1);
    expect(await verifyBundle(bundleOf(attempt))).toMatchObject({
      holds: false,
      attempts: [{ faults: [{ code: 'NO_RECEIPTS' }] }],
    });
  });

  it('does not hold beside a copy of a rendition that no receipt is for', async () => {
    const bundle = bundleOf(deliveringOnly('720p'));
    expect(await verifyBundle(bundle, { renditions: { '720p': media['720p'] } })).toMatchObject({ holds: true });
    const { holds, faults } = await verifyBundle(bundle, { renditions: { '480p': media['480p'] } });
    expect({ holds, faults }).toEqual({
      holds: false,
      faults: [
        {
          code: 'NOTHING_OF_COPY',
          message: 'A copy of 480p was given, and no receipt is for a window of it.',
        },
      ],
    });
  });

  it('does not hold beside a copy of a source that no receipt is for', async () => {
    const { message, signature, hash } = signTicket();
    const builder = new ReceiptBuilder({ domain, signer: orchestrator, ticket: hash, renditions: ['720p'] });
    const receipts = windowsOf(media['720p']).flatMap((window) => builder.addRendition('720p', window));
    const bundle = bundleOf({ ticket: { message, signature }, receipts: receipts.map(({ receipt }) => receipt) });
    expect(await verifyBundle(bundle)).toMatchObject({ holds: true, faults: [] });
    expect(await verifyBundle(bundle, { source: media.source })).toMatchObject({
      holds: false,
      faults: [{ code: 'NOTHING_OF_COPY' }],
    });
  });

  it('is none where a window has a track of no units, which every copy would hold', async () => {
    const attempt = structuredClone(attemptOver(media));
    const track = attempt.receipts[0]?.tracks.renditions[0]?.[0];
    if (track === undefined) throw new Error('There is no track.');
    track.units = 0;
    await expect(verifyBundle(bundleOf(attempt))).rejects.toThrow('expected at least 1');
  });
});

describe('Media of a copy that no receipt is for', () => {
  async function uncoveredOf(copy: JobMedia['720p'], ...attempts: BundledAttempt[]): Promise<UncoveredStretch[]> {
    const { uncovered } = await verifyBundle(bundleOf(...attempts), { renditions: { '720p': copy } });
    return uncovered;
  }

  it('is none where the copy ends with the receipts', async () => {
    expect(await uncoveredOf(media['720p'], attemptOver(media))).toEqual([]);
  });

  it('is stated behind the last window of a job that is closed, which holds', async () => {
    const longer = mediaOf('honest', 12)['720p'];
    const verdict = await verifyBundle(bundleOf(attemptOver(media)), { renditions: { '720p': longer } });
    expect(verdict).toMatchObject({ holds: true, faults: [] });
    const behind = { rendition: '720p', units: 60, fromTimestampUs: 10_000_000, toTimestampUs: 11_966_667 };
    expect(verdict.uncovered).toEqual([behind]);
  });

  it('is not stated behind the last window while more receipts may come', async () => {
    const { ticket, receipts } = attemptOver(media);
    expect(await uncoveredOf(media['720p'], { ticket, receipts: receipts.slice(0, -1) })).toEqual([]);
  });

  it('is stated before the first window', async () => {
    expect(await uncoveredOf(media['720p'], attemptOver(part(4, 10)))).toEqual([
      { rendition: '720p', units: 120, fromTimestampUs: 0, toTimestampUs: 3_966_667 },
    ]);
  });

  it('is stated between the attempts of a job', async () => {
    const attempts = [attemptOver(part(0, 4)), attemptOver(part(6, 10), { attempt: 2 })];
    expect(await uncoveredOf(media['720p'], ...attempts)).toEqual([
      { rendition: '720p', units: 60, fromTimestampUs: 4_000_000, toTimestampUs: 5_966_667 },
    ]);
  });

  it('is told on the timeline of the receipts, on whatever clock the copy is', async () => {
    const { tracks } = mediaOf('honest', 12)['720p'];
    const later = tracks.map((track) => ({
      ...track,
      units: track.units.map((unit) => ({ ...unit, timestampUs: unit.timestampUs + 3_600_000_000 })),
    }));
    expect(await uncoveredOf({ tracks: later }, attemptOver(media))).toMatchObject([
      { units: 60, fromTimestampUs: 10_000_000 },
    ]);
  });

  it('is a track of its own that nobody signed for', async () => {
    const [video, audio] = media['720p'].tracks;
    const [other] = mediaOf('another job')['480p'].tracks;
    if (video === undefined || audio === undefined || other === undefined) throw new Error('A track is missing.');
    expect(await uncoveredOf({ tracks: [video, audio, other] }, attemptOver(media))).toMatchObject([{ units: 300 }]);
  });

  it('is told of sound where there are no pictures', async () => {
    const radio = (copy: JobMedia['720p']) => ({ tracks: copy.tracks.slice(1) });
    const { message, signature, hash } = signTicket();
    const builder = new ReceiptBuilder({ domain, signer: orchestrator, ticket: hash, renditions: ['720p'] });
    const receipts = cutWindows(radio(media['720p']), 2000).flatMap((window, index) =>
      builder.addRendition('720p', {
        ...{ ...window, chain: '', frames: 0, pixels: 0, width: 0, height: 0, last: index === 4 },
        ...{ startTimestampUs: index * 2_000_000, endTimestampUs: (index + 1) * 2_000_000 },
      }),
    );
    const attempt = {
      ticket: { message, signature },
      receipts: [...receipts, ...builder.end()].map(({ receipt }) => receipt),
    };
    const stretches = await uncoveredOf(radio(mediaOf('honest', 12)['720p']), attempt);
    expect(stretches).toHaveLength(1);
    expect(stretches[0]?.units).toBeGreaterThan(90);
  });

  it('is not told beside windows that were not found', async () => {
    expect(await uncoveredOf(between(media['720p'], 3, 9), attemptOver(media))).toEqual([]);
    expect(await uncoveredOf(mediaOf('another job')['720p'], attemptOver(media))).toEqual([]);
  });
});
