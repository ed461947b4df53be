import { describe, expect, it } from 'vitest';

import { ReceiptChecker, type ReceiptCheckerOptions } from '../../src/trust/receipts/receipt-checker.js';
import { receiptMessage, type IssuedReceipt, type Receipt } from '../../src/trust/receipts/receipt.js';

import { domain, mediaOf, orchestrator, receiptsOver, signTicket, stranger } from './signed-job.js';

const media = mediaOf('honest');
const ticket = signTicket();
const receipts = receiptsOver(media, ticket);

function checkerFor(options: Partial<ReceiptCheckerOptions> = {}): ReceiptChecker {
  return new ReceiptChecker({ domain, ticket: ticket.message, ticketHash: ticket.hash, ...options });
}

function at(index: number, list: readonly IssuedReceipt[] = receipts): IssuedReceipt {
  const receipt = list.at(index);
  if (receipt === undefined) throw new Error('There is no such receipt.');
  return receipt;
}

/** What a checker says that has taken the receipts before. */
function codeAfter(before: readonly IssuedReceipt[], issued: unknown, checker = checkerFor()): string {
  for (const receipt of before) expect(checker.check(receipt)).toMatchObject({ valid: true });
  const check = checker.check(issued);
  return check.valid ? 'valid' : check.code;
}

/** The receipt with another content, signed properly by the orchestrator. */
function resigned(issued: IssuedReceipt, changes: Partial<Receipt>, by = orchestrator): IssuedReceipt {
  const { message, signature } = receiptMessage.sign(domain, { ...issued.message, ...changes }, by);
  return { message, signature, tracks: issued.tracks };
}

describe('ReceiptChecker', () => {
  it('takes the receipts of an attempt to the final one', () => {
    const checker = checkerFor();
    expect(receipts.map((receipt) => checker.check(receipt).valid)).toEqual([true, true, true, true, true]);
    expect(checker.final).toBe(true);
  });

  it.each([
    ['another attempt', { attempt: 2 }],
    ['another job', { jobId: 'job-2' }],
    ['another price', { price: { wei: 9999, pixels: 1 } }],
    ['another window length', { windowMs: 4000 }],
  ])('refuses a receipt that is replayed from %s', (_, changes) => {
    expect(codeAfter([], at(0, receiptsOver(media, signTicket(changes))))).toBe('RECEIPT_OTHER_TICKET');
  });

  it('refuses a receipt that comes again', () => {
    expect(codeAfter([at(0)], at(0))).toBe('RECEIPT_OUT_OF_ORDER');
  });

  it('refuses a receipt that comes too early, and takes the ones that belong there', () => {
    const checker = checkerFor();
    expect(codeAfter([at(0)], at(2), checker)).toBe('RECEIPT_OUT_OF_ORDER');
    expect(checker.check(at(1))).toMatchObject({ valid: true });
    expect(checker.check(at(2))).toMatchObject({ valid: true });
  });

  it("refuses a receipt over one window with another window's content", () => {
    expect(codeAfter([at(0)], resigned(at(2), { index: 1, previous: at(1).message.previous }))).toBe(
      'RECEIPT_SOURCE_UNEXPECTED',
    );
    const { index, previous, sources } = at(1).message;
    expect(codeAfter([at(0)], { ...resigned(at(2), { index, previous, sources }) })).toBe(
      'RECEIPT_RENDITION_UNEXPECTED',
    );
  });

  it('refuses a receipt that follows another one than came', () => {
    expect(codeAfter([at(0)], resigned(at(1), { previous: ticket.hash }))).toBe('RECEIPT_CHAIN_BROKEN');
  });

  it('refuses a receipt of somebody else', () => {
    expect(codeAfter([], at(0, receiptsOver(media, ticket, stranger)))).toBe('RECEIPT_WRONG_SIGNER');
  });

  it('refuses a receipt that was changed after it was signed', () => {
    const [first, ...others] = at(0).message.renditions;
    if (first === undefined) throw new Error('There is no rendition.');
    const message = { ...at(0).message, renditions: [{ ...first, pixels: first.pixels - 1 }, ...others] };
    expect(codeAfter([], { ...at(0), message })).toBe('RECEIPT_WRONG_SIGNER');
  });

  it('refuses anything after the final receipt', () => {
    const { index } = at(-1).message;
    const more = resigned(at(-1), { index: index + 1, sources: [], renditions: [] });
    expect(codeAfter(receipts, more)).toBe('RECEIPT_AFTER_FINAL');
  });

  it('refuses a receipt that says nothing', () => {
    const empty = resigned(at(1), { sources: [], renditions: [] });
    expect(codeAfter([at(0)], empty)).toBe('RECEIPT_EMPTY');
  });

  it.each([
    ['a rendition that is not ordered', (name: string) => (name === '480p' ? '1080p' : name)],
    ['a rendition twice', (name: string) => (name === '480p' ? '720p' : name)],
  ])('refuses %s', (_, rename) => {
    const renditions = at(0).message.renditions.map((window) => ({ ...window, name: rename(window.name) }));
    expect(codeAfter([], resigned(at(0), { renditions }))).toBe('RECEIPT_RENDITION_UNEXPECTED');
  });

  it('refuses a rendition that was left out before', () => {
    const without = resigned(at(1), { leftOut: ['480p'], previous: at(1).message.previous });
    const { hash } = receiptMessage.sign(domain, without.message, orchestrator);
    expect(codeAfter([at(0), without], resigned(at(2), { previous: hash }))).toBe('RECEIPT_RENDITION_UNEXPECTED');
    expect(codeAfter([], resigned(at(0), { leftOut: ['1080p'] }))).toBe('RECEIPT_RENDITION_UNEXPECTED');
    expect(codeAfter([], resigned(at(0), { leftOut: ['480p', '480p'] }))).toBe('RECEIPT_RENDITION_UNEXPECTED');
  });

  it('refuses a window of the source that is missing or comes again', () => {
    const [first] = at(0).message.sources;
    if (first === undefined) throw new Error('There is no source.');
    for (const index of [1, 7])
      expect(codeAfter([], resigned(at(0), { sources: [{ ...first, index }] }))).toBe('RECEIPT_SOURCE_UNEXPECTED');
  });

  it('refuses a window of the source that the broadcaster saw otherwise', () => {
    const second = checkerFor({ isOtherSource: ({ index }) => index === 1 });
    expect(codeAfter([at(0)], at(1), second)).toBe('RECEIPT_SOURCE_OTHER');
    expect(codeAfter([], receiptsOver(media, ticket, stranger)[0], checkerFor({ isOtherSource: () => true }))).toBe(
      'RECEIPT_WRONG_SIGNER',
    );
  });

  it('refuses roots and frames that are not those of the tracks', () => {
    const [window, ...others] = at(0).message.renditions;
    if (window === undefined) throw new Error('There is no rendition.');
    for (const wrong of [{ root: ticket.hash }, { frames: window.frames + 1 }])
      expect(codeAfter([], resigned(at(0), { renditions: [{ ...window, ...wrong }, ...others] }))).toBe(
        'RECEIPT_TRACKS_MISMATCH',
      );
    const tracks = { ...at(0).tracks, sources: [] };
    expect(codeAfter([], { ...at(0), tracks })).toBe('RECEIPT_TRACKS_MISMATCH');
  });

  it.each([
    ['more pixels than its profile has', { pixels: 60 * 1280 * 720 + 1 }],
    ['a larger picture than its profile', { width: 1920, height: 1080 }],
    ['no pixels for its frames', { pixels: 0 }],
  ])('refuses a rendition that claims %s', (_, claim) => {
    const [window, ...others] = at(0).message.renditions;
    if (window === undefined) throw new Error('There is no rendition.');
    expect(codeAfter([], resigned(at(0), { renditions: [{ ...window, ...claim }, ...others] }))).toBe(
      'RECEIPT_PIXELS_IMPOSSIBLE',
    );
  });

  it.each([
    ['another size than its profile has', { width: 640, height: 360, pixels: 60 * 640 * 360 }],
    ['a picture that the box has room around', { width: 1200, height: 700, pixels: 60 * 1200 * 700 }],
  ])('refuses a rendition of %s', (_, claim) => {
    const [window, ...others] = at(0).message.renditions;
    if (window === undefined) throw new Error('There is no rendition.');
    expect(codeAfter([], resigned(at(0), { renditions: [{ ...window, ...claim }, ...others] }))).toBe(
      'RECEIPT_PROFILE_OTHER',
    );
  });

  it('refuses a rendition of another codec than was ordered', () => {
    const hevc = media['720p'].tracks.map((track) => ({
      ...track,
      codec: track.kind === 'video' ? 'hevc' : track.codec,
    }));
    const list = receiptsOver({ ...media, '720p': { tracks: hevc } }, ticket);
    expect(codeAfter([], at(0, list))).toBe('RECEIPT_PROFILE_OTHER');
  });

  it('refuses more frames than there is time for, however they are made up', () => {
    const { tracks } = media['720p'];
    const many = tracks.map(({ units, ...track }) => ({
      ...track,
      units: units.flatMap((unit) => [unit, ...Array<typeof unit>(9).fill({ ...unit, key: false })]),
    }));
    const list = receiptsOver({ ...media, '720p': { tracks: many } }, ticket);
    expect(codeAfter([], at(0, list))).toBe('RECEIPT_PIXELS_IMPOSSIBLE');
  });

  it('refuses a window that goes on behind one that is shorter than was ordered', () => {
    const short = signTicket({ windowMs: 4000 });
    const list = receiptsOver(media, short); // windows of 2 s
    const checker = checkerFor({ ticket: short.message, ticketHash: short.hash });
    expect(codeAfter([at(0, list)], at(1, list), checker)).toBe('RECEIPT_TIME_IMPOSSIBLE');
  });

  it('refuses windows that lie over one another, or end before they begin', () => {
    const [window, ...others] = at(1).message.renditions;
    if (window === undefined) throw new Error('There is no rendition.');
    for (const wrong of [{ startTimestampUs: window.startTimestampUs - 2000 }, { endTimestampUs: 0 }])
      expect(codeAfter([at(0)], resigned(at(1), { renditions: [{ ...window, ...wrong }, ...others] }))).toBe(
        'RECEIPT_TIME_IMPOSSIBLE',
      );
  });

  it.each([[undefined], ['a receipt'], [{}], [{ ...at(0), note: 'more' }]])(
    'refuses %j, which is no receipt',
    (value) => {
      expect(codeAfter([], value)).toBe('RECEIPT_MALFORMED');
    },
  );
});
