import { describe, expect, it } from 'vitest';

import type { EssenceCopy } from '../../src/transcoder/essence.js';
import { attestReceipts } from '../../src/trust/bundle/attest-source.js';
import type { Bundle, BundledAttempt } from '../../src/trust/bundle/bundle.js';
import type { WindowVerdict } from '../../src/trust/bundle/verdict.js';
import { verifyBundle, type MediumCopy } from '../../src/trust/bundle/verify-bundle.js';
import { openUrl } from '../../src/trust/orders/url-commitment.js';

import {
  attemptOver,
  broadcaster,
  bundleOf,
  domain,
  job,
  mediaOf,
  orchestrator,
  receiptsOver,
  salt,
  signTicket,
  stranger,
  type JobMedia,
} from './signed-job.js';
import { between, changed, hash } from './synthetic-media.js';

const media = mediaOf('honest');
const attempt = attemptOver(media);

/** The media verdicts of one medium, in order. */
async function mediaVerdicts(
  bundle: Bundle,
  copies: { source?: MediumCopy; renditions?: Record<string, MediumCopy> },
  rendition?: string,
): Promise<Pick<WindowVerdict, 'media' | 'reasons'>[]> {
  const { holds, attempts } = await verifyBundle(bundle, copies);
  const windows = attempts.flatMap((verdict) => verdict.windows).filter((window) => window.rendition === rendition);
  expect(holds).toBe(windows.every((window) => window.media === 'holds'));
  return windows;
}

async function of720p(copy: MediumCopy, bundle = bundleOf(attempt)): Promise<string[]> {
  const windows = await mediaVerdicts(bundle, { renditions: { '720p': copy } }, '720p');
  return windows.map(({ media: verdict, reasons }) => reasons[0]?.code ?? verdict);
}

describe('a bundle of an honest job', () => {
  it('holds with copies of all media', async () => {
    const { source, ...renditions } = media;
    const verdict = await verifyBundle(bundleOf(attempt), { source, renditions });
    expect(verdict.attempts[0]?.windows.filter((window) => window.media !== 'holds')).toEqual([]);
    expect(verdict).toMatchObject({
      holds: true,
      seams: [],
      attempts: [{ ending: 'closed', faults: [], leftOut: [] }],
    });
  });

  it('holds without copies, and says that the media was not looked at', async () => {
    const { holds, attempts } = await verifyBundle(bundleOf(attempt));
    expect(holds).toBe(true);
    expect(new Set(attempts[0]?.windows.map((window) => window.media))).toEqual(new Set(['noCopyGiven']));
  });

  it('survives being written and read again', async () => {
    const read: unknown = JSON.parse(JSON.stringify(bundleOf(attempt)));
    expect(await verifyBundle(read, { renditions: { '720p': media['720p'] } })).toMatchObject({ holds: true });
  });

  it('holds in the windows that a copy has whole which was joined late and left early', async () => {
    expect(await of720p(between(media['720p'], 3, 9))).toEqual(['OUTSIDE', 'OUTSIDE', 'holds', 'holds', 'OUTSIDE']);
  });

  it('holds in the windows that a copy has whole which lost pictures', async () => {
    const copy = changed(media['720p'], 'video', (units) => units.filter((_, index) => index < 70 || index > 75));
    expect(await of720p(copy)).toEqual(['holds', 'INCOMPLETE', 'holds', 'holds', 'holds']);
  });

  it('holds in the windows behind one that lost its first pictures', async () => {
    const copy = changed(media['720p'], 'video', (units) => units.filter((_, index) => index < 60 || index > 63));
    expect(await of720p(copy)).toEqual(['holds', 'INCOMPLETE', 'holds', 'holds', 'holds']);
  });

  it('holds in the windows that a copy has whole which lost sound', async () => {
    const copy = changed(media['720p'], 'audio', (units) => units.filter((_, index) => index < 100 || index > 110));
    expect(await of720p(copy)).toEqual(['holds', 'INCOMPLETE', 'holds', 'holds', 'holds']);
  });

  it('holds in a copy whose clock begins elsewhere', async () => {
    const shift = (units: EssenceCopy['tracks'][number]['units']) =>
      units.map((unit) => ({ ...unit, timestampUs: unit.timestampUs + 3_600_000_400 }));
    const copy = changed(changed(media['720p'], 'video', shift), 'audio', shift);
    expect(await of720p(copy)).toEqual(Array(5).fill('holds'));
  });

  it('holds in a copy that has its tracks the other way round, and one more', async () => {
    const [video, audio] = media['720p'].tracks;
    const other = mediaOf('other language')['720p'].tracks[1];
    if (video === undefined || audio === undefined || other === undefined) throw new Error('A track is missing.');
    expect(await of720p({ tracks: [other, audio, video] })).toEqual(Array(5).fill('holds'));
  });

  it('says nothing against anybody beside a live copy of another time', async () => {
    const later = between(mediaOf('honest', 30)['720p'], 20, 30);
    expect(await of720p(later)).toEqual(Array(5).fill('OTHER_MEDIA'));
    expect(await of720p({ ...later, isLive: true })).toEqual(Array(5).fill('OUTSIDE'));
    const verdicts = await mediaVerdicts(
      bundleOf(attempt),
      { renditions: { '720p': { ...later, isLive: true } } },
      '720p',
    );
    expect(verdicts).toMatchObject(Array(5).fill({ media: 'notInThisCopy' }));
    const { holds, counts } = await verifyBundle(bundleOf(attempt), {
      renditions: { '720p': { ...later, isLive: true } },
    });
    expect({ holds, counts }).toEqual({
      holds: false,
      counts: { total: 18, foundInCopy: 0, notLookedAt: 13, notInCopy: 5, doNotHold: 0 },
    });
  });

  it('says the same beside a live copy that is shorter than a window', async () => {
    const short = between(mediaOf('honest', 30)['720p'], 20, 23);
    expect(await of720p(short)).toEqual(Array(5).fill('INCOMPLETE'));
    expect(await of720p({ ...short, isLive: true })).toEqual(Array(5).fill('OUTSIDE'));
  });

  it('is told to be altered in a live copy that has other windows of it', async () => {
    const copy = changed(media['720p'], 'video', (units) =>
      units.map((unit, index) => (index === 130 ? { ...unit, hash: hash('a flipped bit') } : unit)),
    );
    expect(await of720p({ ...copy, isLive: true })).toEqual(['holds', 'holds', 'ALTERED', 'holds', 'holds']);
  });

  it('says that a copy without a whole window cannot tell', async () => {
    expect(await of720p(between(media['720p'], 3, 5))).toEqual(Array(5).fill('INCOMPLETE'));
  });
});

describe('a copy of changed media', () => {
  it('does not hold where one unit was changed', async () => {
    const copy = changed(media['720p'], 'video', (units) =>
      units.map((unit, index) => (index === 130 ? { ...unit, hash: hash('a flipped bit') } : unit)),
    );
    expect(await of720p(copy)).toEqual(['holds', 'holds', 'ALTERED', 'holds', 'holds']);
  });

  it('does not hold where two units were exchanged', async () => {
    const copy = changed(media['720p'], 'video', (units) => {
      const [one, other] = units.splice(10, 2);
      if (one !== undefined && other !== undefined) units.splice(10, 0, other, one);
      return units;
    });
    expect(await of720p(copy)).toEqual(['ALTERED', 'holds', 'holds', 'holds', 'holds']);
  });

  it.each([
    ['inside of a window', 70, ['holds', 'ALTERED', 'holds', 'holds', 'holds']],
    ['behind a window', 119, ['holds', 'EXTRA_UNITS', 'holds', 'holds', 'holds']],
    ['in the last window', 250, ['holds', 'holds', 'holds', 'holds', 'ALTERED']],
  ])('does not hold where a unit was repeated %s', async (_, position, expected) => {
    const copy = changed(media['720p'], 'video', (units) => {
      const unit = units[position];
      return unit === undefined ? units : units.toSpliced(position, 0, { ...unit, key: false });
    });
    expect(await of720p(copy)).toEqual(expected);
  });

  it('does not hold where a unit was dropped', async () => {
    const copy = changed(media['720p'], 'video', (units) => units.toSpliced(70, 1));
    expect(await of720p(copy)).toEqual(['holds', 'INCOMPLETE', 'holds', 'holds', 'holds']);
  });

  it('does not hold where sound was replaced', async () => {
    const copy = changed(media['720p'], 'audio', (units) =>
      units.map((unit, index) => (index === 5 ? { ...unit, hash: hash('dubbed') } : unit)),
    );
    expect(await of720p(copy)).toEqual(['ALTERED', 'holds', 'holds', 'holds', 'holds']);
  });

  it('does not hold with other parameter sets', async () => {
    const copy: EssenceCopy = {
      tracks: media['720p'].tracks.map((track) => ({
        ...track,
        parameterSets: track.parameterSets.map((set) => hash(`changed ${set}`)),
      })),
    };
    expect(await of720p(copy)).toEqual(Array(5).fill('PARAMETERS_CHANGED'));
  });

  it('does not hold without its sound', async () => {
    const copy = { tracks: media['720p'].tracks.slice(0, 1) };
    expect(await of720p(copy)).toEqual(Array(5).fill('TRACK_MISSING'));
  });

  it("does not hold when it is another job's rendition", async () => {
    expect(await of720p(mediaOf('another job')['720p'])).toEqual(Array(5).fill('OTHER_MEDIA'));
  });

  it('does not hold when it is another rendition of the job', async () => {
    expect(await of720p(media['480p'])).toEqual(Array(5).fill('OTHER_MEDIA'));
  });

  it('does not hold when source and rendition are exchanged', async () => {
    expect(await of720p(media.source)).toEqual(Array(5).fill('OTHER_MEDIA'));
    const sources = await mediaVerdicts(bundleOf(attempt), { source: media['720p'] });
    expect(new Set(sources.map((window) => window.media))).toEqual(new Set(['doesNotHold']));
  });

  it('does not hold by tracks that are not those of the signed root', async () => {
    const other = mediaOf('another job');
    const forged = structuredClone(attempt);
    for (const [index, receipt] of receiptsOver(other, signTicket()).entries()) {
      const target = forged.receipts[index];
      if (target !== undefined) target.tracks = receipt.tracks;
    }
    const windows = await mediaVerdicts(bundleOf(forged), { renditions: { '720p': other['720p'] } }, '720p');
    expect(windows.map(({ media: verdict, reasons }) => [verdict, reasons.at(-1)?.code])).toEqual(
      Array(5).fill(['doesNotHold', 'RECEIPT_TRACKS_MISMATCH']),
    );
  });
});

describe('a bundle of forged statements', () => {
  async function faultsOf(bundle: Bundle): Promise<string[]> {
    const { holds, attempts } = await verifyBundle(bundle);
    expect(holds).toBe(false);
    return attempts.flatMap(({ faults, windows }) =>
      [...faults, ...windows.flatMap(({ reasons }) => reasons)].map(({ code }) => code),
    );
  }

  it('does not hold when the ticket was changed after it was signed', async () => {
    const { ticket, receipts } = structuredClone(attempt);
    ticket.message.price.wei = 1;
    const codes = await faultsOf(bundleOf({ ticket, receipts }));
    expect(codes[0]).toBe('TICKET_SIGNATURE');
    expect(codes).toContain('RECEIPT_OTHER_TICKET');
  });

  it('does not hold when the receipts are of another attempt', async () => {
    const { ticket } = attemptOver(media, { attempt: 2 });
    expect(new Set(await faultsOf(bundleOf({ ticket, receipts: attempt.receipts })))).toEqual(
      new Set(['RECEIPT_OTHER_TICKET']),
    );
  });

  it('does not hold when a receipt is missing, and says that the signatures of the others are good', async () => {
    const receipts = attempt.receipts.toSpliced(1, 1);
    const { holds, attempts } = await verifyBundle(bundleOf({ ...attempt, receipts }));
    expect(holds).toBe(false);
    const windows = attempts[0]?.windows.filter(({ rendition }) => rendition === '360p');
    expect(windows?.map(({ window, signature, chain }) => [window, signature, chain])).toEqual([
      [0, 'holds', 'holds'],
      [2, 'holds', 'doesNotHold'],
      [3, 'holds', 'doesNotHold'],
      [4, 'holds', 'doesNotHold'],
    ]);
  });

  it('tells the receipt that is refused from those that only stand behind it', async () => {
    const receipts = structuredClone(attempt.receipts);
    for (const index of [1, 3]) {
      const [window] = receipts[index]?.message.renditions ?? [];
      if (window !== undefined) window.endTimestampUs += 1;
    }
    const { attempts } = await verifyBundle(bundleOf({ ...attempt, receipts }));
    const windows = attempts[0]?.windows.filter(({ rendition }) => rendition === '360p');
    expect(windows?.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual([
      [],
      ['RECEIPT_WRONG_SIGNER'],
      ['RECEIPT_BEHIND_REFUSED'],
      ['RECEIPT_WRONG_SIGNER', 'RECEIPT_BEHIND_REFUSED'],
      ['RECEIPT_BEHIND_REFUSED'],
    ]);
    expect(attempts).toMatchObject([{ ending: 'finalRefused', faults: [{ code: 'RECEIPT_BEHIND_REFUSED' }] }]);
  });

  it('says first that a receipt is not signed, whatever else is wrong with it', async () => {
    const receipts = structuredClone(attempt.receipts);
    const [window] = receipts[4]?.message.renditions ?? [];
    if (window !== undefined) window.pixels *= 2;
    const codes = await faultsOf(bundleOf({ ...attempt, receipts }));
    expect(codes.slice(0, 2)).toEqual(['RECEIPT_WRONG_SIGNER', 'RECEIPT_PIXELS_IMPOSSIBLE']);
  });

  it('blames nothing on a receipt that came twice but what it is itself', async () => {
    const receipts = attempt.receipts.flatMap((receipt, index) =>
      index === 1 || index === 3 ? [receipt, receipt] : [receipt],
    );
    const codes = await faultsOf(bundleOf({ ...attempt, receipts }));
    expect(new Set(codes)).toEqual(new Set(['RECEIPT_OUT_OF_ORDER']));
  });

  it('does not hold when the receipts are signed by somebody else', async () => {
    const receipts = receiptsOver(media, signTicket(), stranger);
    const { attempts } = await verifyBundle(bundleOf({ ...attempt, receipts }));
    expect(attempts[0]?.windows[0]).toMatchObject({ signature: 'doesNotHold' });
  });

  it('does not hold for parties that were not asked for', async () => {
    for (const expected of [{ orchestrator: stranger.address }, { broadcaster: stranger.address }]) {
      const { holds, attempts } = await verifyBundle(bundleOf(attempt), {}, expected);
      expect({ holds, faults: attempts[0]?.faults }).toMatchObject({ holds: false, faults: [{ code: 'OTHER_PARTY' }] });
    }
  });

  it('does not hold in another domain', async () => {
    const codes = await faultsOf({ ...bundleOf(attempt), domain: { chainId: 2 } });
    expect(codes[0]).toBe('TICKET_SIGNATURE');
  });

  it.each([
    ['attempts of two jobs', [{}, { attempt: 2, jobId: 'job-2' }]],
    ['the same attempt twice', [{}, {}]],
    ['attempts in the wrong order', [{ attempt: 2 }, {}]],
  ])('does not hold with %s', async (_, changes) => {
    expect(await faultsOf(bundleOf(...changes.map((change) => attemptOver(media, change))))).toEqual(['OTHER_JOB']);
  });

  it('holds an opened URL against the ticket', async () => {
    const opened = [
      openUrl(salt, 'source', job.sourceUrl),
      openUrl(salt, 'publish:480p', 'rtmp://media.example/out/k480'),
      openUrl(salt, 'play:720p', 'https://m.example/720p.ts'),
    ];
    expect(await verifyBundle(bundleOf({ ...attempt, opened }))).toMatchObject({ holds: true });
    for (const other of [
      openUrl(salt, 'source', 'rtmp://media.example/live/other'),
      openUrl(salt, 'play:480p', 'rtmp://media.example/out/k480'),
      { ...openUrl(salt, 'publish:480p', 'rtmp://media.example/out/k480'), label: 'publish:360p' as const },
    ])
      expect(await faultsOf(bundleOf({ ...attempt, opened: [...opened, other] }))).toEqual(['OTHER_URL']);
  });

  it('refuses what is no bundle, in a sentence', async () => {
    await expect(verifyBundle({ format: 'zip' })).rejects.toMatchObject({ code: 'EVIDENCE_INVALID' });
    await expect(verifyBundle(bundleOf())).rejects.toThrow(/^This is no bundle of receipts\. attempts is not valid/);
  });

  it('refuses a copy of a rendition that nobody ordered', async () => {
    await expect(verifyBundle(bundleOf(attempt), { renditions: { '1080p': media['720p'] } })).rejects.toThrow(
      'No ticket of the bundle orders a rendition “1080p”; there are 720p, 480p, 360p.',
    );
  });
});

describe('a source that is attested', () => {
  const by = { domain, signer: broadcaster };

  function attested(copy: EssenceCopy, bundled: BundledAttempt = attempt): BundledAttempt {
    const { message, signature } = attestReceipts(copy, bundled, by);
    return { ...bundled, attestation: { message, signature } };
  }

  async function verdictsOf(bundled: BundledAttempt) {
    const { holds, attempts } = await verifyBundle(bundleOf(bundled));
    const windows = attempts[0]?.windows.filter(({ rendition }) => rendition === undefined) ?? [];
    return { holds, attested: windows.map((window) => window.attested), faults: attempts[0]?.faults };
  }

  it('holds in the windows that the broadcaster saw whole', async () => {
    const { holds, attested: windows } = await verdictsOf(attested(between(media.source, 3, 10)));
    expect(holds).toBe(true);
    expect(windows[0]).toBeUndefined();
    expect(windows.at(-1)).toBe('holds');
  });

  it('is not attested by a copy of other media', () => {
    expect(() => attested(mediaOf('another job').source)).toThrow('The copy holds none of the windows');
  });

  it('is not attested with a key that is not the one of the ticket', () => {
    expect(() => attestReceipts(media.source, attempt, { domain, signer: orchestrator })).toThrow(
      /^The ticket is not signed by 0x/,
    );
  });

  it('does not hold when the receipts were made over another source', async () => {
    const { attestation } = attested(media.source);
    const swapped: JobMedia = { ...media, source: mediaOf('another job').source };
    const other = attemptOver(swapped);
    if (attestation === undefined) throw new Error('There is no attestation.');
    const { holds, attested: windows } = await verdictsOf({ ...other, attestation });
    expect(holds).toBe(false);
    expect(new Set(windows)).toEqual(new Set(['doesNotHold']));
  });

  it('does not hold by an attestation of another attempt', async () => {
    const { attestation } = attested(media.source, attemptOver(media, { attempt: 2 }));
    if (attestation === undefined) throw new Error('There is no attestation.');
    expect(await verdictsOf({ ...attempt, attestation })).toMatchObject({
      holds: false,
      faults: [{ code: 'OTHER_ATTEMPT' }],
    });
  });

  it('does not hold by an attestation that was changed', async () => {
    const bundled = structuredClone(attested(media.source));
    bundled.attestation?.message.windows.pop();
    expect(await verdictsOf(bundled)).toMatchObject({ holds: false, faults: [{ code: 'ATTESTATION_SIGNATURE' }] });
  });
});
