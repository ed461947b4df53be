import { describe, expect, it } from 'vitest';

import type { EssenceCopy, EssenceWindow } from '../../src/index.js';
import type { BundledAttempt } from '../../src/trust/bundle/bundle.js';
import { isOtherThan, seeSource, type SeenSource } from '../../src/trust/bundle/see-source.js';
import { noReceipt, type IssuedReceipt } from '../../src/trust/receipts/receipt.js';
import { signTicket } from './signed-job.js';
import { between, changed, syntheticCopy, windowsOf } from './synthetic-media.js';

// Keyframes every two thirds of a second, so that windows are two seconds and 60 pictures.
const shape = { name: 'the source', seconds: 20, gopFrames: 20 };
const source = syntheticCopy(shape);
const other = syntheticCopy({ ...shape, name: 'an invention' });

/** An attempt whose receipts, unsigned, have these windows of the source. */
function attemptOver(windows: readonly EssenceWindow[]): BundledAttempt {
  const { message, signature, hash: ticket } = signTicket();
  const receipts = windows.map(({ index, root, frames, startTimestampUs, endTimestampUs, tracks }): IssuedReceipt => ({
    message: {
      ...{ ticket, index, previous: noReceipt, renditions: [], leftOut: [], final: false },
      sources: [{ index, root: `0x${root}`, frames, startTimestampUs, endTimestampUs }],
    },
    signature: '0x',
    tracks: { sources: [tracks], renditions: [] },
  }));
  return { ticket: { message, signature }, receipts };
}

/** What an honest transcoder says that has read all of it. */
const honest = windowsOf(source);

/** The same, but for some windows that it made up: at the same times, with as many pictures. */
function inventing(...indices: readonly number[]): EssenceWindow[] {
  const invented = windowsOf(other);
  return honest.map((window) => (indices.includes(window.index) ? (invented[window.index] ?? window) : window));
}

function seen(copy: EssenceCopy, windows: readonly EssenceWindow[], isSameForAll = false): SeenSource {
  return seeSource(copy, attemptOver(windows), { isSameForAll });
}

function indicesOf(windows: readonly { index: number }[]): number[] {
  return windows.map(({ index }) => index);
}

/** The copy on another clock. */
function later(copy: EssenceCopy, byS: number): EssenceCopy {
  return {
    tracks: copy.tracks.map((track) => ({
      ...track,
      units: track.units.map((unit) => ({ ...unit, timestampUs: unit.timestampUs + byS * 1e6 })),
    })),
  };
}

describe("A broadcaster's own copy of the source", () => {
  it('holds what an honest transcoder has read', () => {
    expect(seen(source, honest)).toMatchObject({ contradicted: [] });
    expect(indicesOf(seen(source, honest).held)).toEqual(indicesOf(honest));
  });

  it('contradicts a window that was made up, by the windows beside it, and has the root of what is there', () => {
    const { held, contradicted } = seen(source, inventing(4));
    expect(contradicted).toEqual([{ index: 4, root: `0x${honest[4]?.root ?? ''}` }]);
    expect(indicesOf(held)).not.toContain(4);
  });

  it('does so wherever it was joined and on whatever clock', () => {
    const joinedLate = later(between(source, 5, 14), 1000);
    expect(indicesOf(seen(joinedLate, inventing(4)).contradicted)).toEqual([4]);
    expect(indicesOf(seen(joinedLate, inventing(4, 5)).contradicted)).toEqual([4, 5]);
  });

  it.each([
    ['was joined late', between(source, 7, 20)],
    ['ends early', between(source, 0, 9)],
    ['was joined late, on a clock that begins then', later(between(source, 7, 20), -7)],
    ['has lost a picture', changed(source, 'video', (units) => units.toSpliced(250, 1))],
    ['has lost a keyframe', changed(source, 'video', (units) => units.toSpliced(240, 1))],
    ['has lost seconds', changed(source, 'video', (units) => units.toSpliced(130, 100))],
    ['has lost sound', changed(source, 'audio', (units) => units.toSpliced(300, 5))],
    ['is of something else', other],
    ['has nothing', { tracks: [] }],
  ])('contradicts nobody who was honest when it %s', (_, copy) => {
    expect(seen(copy, honest).contradicted).toEqual([]);
  });

  it.each([
    ['a picture', 250, 1],
    ['a keyframe', 240, 1],
    ['the keyframe that a window begins with', 300, 1],
    ['a second', 310, 30],
    ['the end of one window and the beginning of the next', 290, 20],
  ])('contradicts no transcoder that lost %s on its way', (_, from, count) => {
    const read = changed(source, 'video', (units) => units.toSpliced(from, count));
    expect(seen(source, windowsOf(read)).contradicted).toEqual([]);
  });

  it('contradicts nobody where both have lost something, elsewhere and as much', () => {
    const read = changed(source, 'video', (units) => units.toSpliced(250, 1));
    const copy = changed(source, 'video', (units) => units.toSpliced(270, 1));
    expect(seen(copy, windowsOf(read)).contradicted).toEqual([]);
  });

  it('says nothing of an invention from beginning to end, if it may have been joined at another time', () => {
    expect(seen(source, windowsOf(other))).toMatchObject({ held: [], contradicted: [], expected: [] });
  });

  it('contradicts that where everybody is given the same from the same beginning', () => {
    expect(indicesOf(seen(source, windowsOf(other), true).contradicted)).toEqual(indicesOf(honest).slice(0, -1));
    const fewer = windowsOf(syntheticCopy({ ...shape, name: 'an invention', gopFrames: 25 }));
    expect(indicesOf(seen(source, fewer, true).contradicted)).toContain(0);
  });

  it('contradicts nobody there who was honest, from wherever he read and however far it reaches', () => {
    for (const copy of [source, between(source, 0, 9)])
      for (const read of [source, between(source, 4, 13)])
        expect(seen(copy, windowsOf(read), true).contradicted).toEqual([]);
  });

  it('knows what follows on the last window that it holds', () => {
    const { expected } = seen(source, honest.slice(0, 3));
    expect(expected.slice(0, 2)).toMatchObject(
      honest.slice(3, 5).map(({ index, root, startTimestampUs, endTimestampUs }) => ({
        index,
        root: `0x${root}`,
        startTimestampUs,
        endTimestampUs,
      })),
    );
    const [next] = expected;
    const [true3, made3] = [honest[3], inventing(3)[3]];
    if (next === undefined || true3 === undefined || made3 === undefined) throw new Error('There is no such window.');
    expect(isOtherThan(next, made3, made3.tracks)).toBe(true);
    expect(isOtherThan(next, true3, true3.tracks)).toBe(false);
    const lost = windowsOf(changed(source, 'video', (units) => units.toSpliced(200, 1)))[3];
    if (lost === undefined) throw new Error('There is no such window.');
    expect(isOtherThan(next, lost, lost.tracks)).toBe(false);
  });

  it('expects nothing behind pictures that were lost', () => {
    const copy = changed(source, 'video', (units) => units.toSpliced(200, 1));
    expect(seen(copy, honest.slice(0, 3)).expected).toEqual([]);
  });
});

describe("An orchestrator that keeps the source's windows back", () => {
  /** Receipts, each with a window of a rendition, and the windows of the source that were over by then. */
  function receiptsFor(read: EssenceCopy, isTold = ({ index }: EssenceWindow) => index >= 0): BundledAttempt {
    const sources = windowsOf(read).filter(isTold);
    const { ticket, receipts } = attemptOver(windowsOf(source));
    let next = 0;
    return {
      ticket,
      receipts: receipts.map(({ message, signature, tracks }) => {
        const [rendition] = message.sources;
        if (rendition === undefined) throw new Error('There is no window.');
        const from = next;
        while ((sources[next]?.endTimestampUs ?? Infinity) <= rendition.endTimestampUs) next++;
        const closed = attemptOver(sources.slice(from, next)).receipts;
        return {
          message: {
            ...message,
            sources: closed.flatMap((one) => one.message.sources),
            renditions: [{ ...rendition, name: '720p', pixels: 1, width: 1, height: 1 }],
          },
          signature,
          tracks: { sources: closed.flatMap((one) => one.tracks.sources), renditions: tracks.sources },
        };
      }),
    };
  }

  function isWithheld(copy: EssenceCopy, attempt: BundledAttempt, isSameForAll = true): boolean {
    return seeSource(copy, attempt, { isSameForAll }).isWithheld;
  }

  const none = receiptsFor(source, () => false);

  it('is told by a copy that is the same for everybody', () => {
    expect(isWithheld(source, none)).toBe(true);
  });

  it('is told by a copy that holds the last window there is in the receipts, on whatever clock', () => {
    const stopped = receiptsFor(source, ({ index }) => index < 2);
    expect(isWithheld(later(source, 1000), stopped, false)).toBe(true);
  });

  /** The same with windows in each receipt, one behind the other, that nobody has read. */
  function withInvented({ receipts, ticket }: BundledAttempt, fromS: number, count: number): BundledAttempt {
    const [window] = windowsOf(other);
    if (window === undefined) throw new Error('There is no window.');
    let next = 0;
    return {
      ticket,
      receipts: receipts.map((receipt): IssuedReceipt => {
        const invented = Array.from({ length: count }, (): EssenceWindow => {
          const startTimestampUs = (fromS + next * 2) * 1e6;
          return { ...window, index: next++, startTimestampUs, endTimestampUs: startTimestampUs + 2e6 };
        });
        const closed = attemptOver(invented).receipts;
        const sources = [...receipt.message.sources, ...closed.flatMap(({ message }) => message.sources)];
        const tracks = [...receipt.tracks.sources, ...closed.flatMap((one) => one.tracks.sources)];
        return {
          ...receipt,
          message: { ...receipt.message, sources },
          tracks: { ...receipt.tracks, sources: tracks },
        };
      }),
    };
  }

  it.each([1, 256])('is told though it makes up windows of a time to come, %i in a receipt', (count) => {
    expect(isWithheld(source, withInvented(none, 3600, count))).toBe(true);
    const stopped = receiptsFor(source, ({ index }) => index < 2);
    const [first, second, ...rest] = stopped.receipts;
    if (first === undefined || second === undefined) throw new Error('There are no receipts.');
    const ahead = withInvented({ ...stopped, receipts: rest }, 3600, count);
    const attempt = { ...stopped, receipts: [first, second, ...ahead.receipts] };
    expect(isWithheld(later(source, 1000), attempt, false)).toBe(true);
  });

  it('is told though it makes up windows of a time before the source began, as many as a receipt has room for', () => {
    expect(isWithheld(source, withInvented(none, -36_000, 256))).toBe(true);
  });

  it('is nobody whose windows of the source come long before what is made from them', () => {
    const { ticket, receipts } = receiptsFor(source);
    const [first] = receipts;
    if (first === undefined) throw new Error('There is no receipt.');
    const sources = receipts.flatMap(({ message }) => message.sources);
    const tracks = receipts.flatMap((receipt) => receipt.tracks.sources);
    const early = receipts.map((receipt, index): IssuedReceipt => ({
      ...receipt,
      message: { ...receipt.message, sources: index === 0 ? sources : [] },
      tracks: { ...receipt.tracks, sources: index === 0 ? tracks : [] },
    }));
    for (let count = 0; count <= early.length; count++)
      expect(isWithheld(source, { ticket, receipts: early.slice(0, count) })).toBe(false);
  });

  it('is not told by a copy of which nobody knows when it was joined', () => {
    expect(isWithheld(source, none, false)).toBe(false);
  });

  it('is not told by a copy that does not reach so far', () => {
    expect(isWithheld(between(source, 0, 3), none)).toBe(false);
    expect(isWithheld({ tracks: [] }, none)).toBe(false);
  });

  it('is not told of receipts that have come so far for less than two windows, and some seconds', () => {
    const early = (count: number) => ({ ...none, receipts: none.receipts.slice(0, count) });
    expect([0, 1, 4, 5].map((count) => isWithheld(source, early(count)))).toEqual([false, false, false, true]);
  });

  it.each([20, 60, 150, 299, 600])('is nobody who reads a source with %i pictures to a keyframe', (gopFrames) => {
    const read = syntheticCopy({ ...shape, gopFrames });
    const { ticket, receipts } = receiptsFor(read);
    for (let count = 0; count <= receipts.length; count++)
      expect(isWithheld(read, { ticket, receipts: receipts.slice(0, count) })).toBe(false);
  });

  it('is nobody whose last receipt had no room for more windows of the source', () => {
    const [window] = honest;
    if (window === undefined) throw new Error('There is no window.');
    const full = attemptOver(Array<EssenceWindow>(256).fill(window)).receipts;
    const receipts = none.receipts.map((receipt, index): IssuedReceipt => {
      if (index < none.receipts.length - 1) return receipt;
      return {
        ...receipt,
        message: { ...receipt.message, sources: full.flatMap(({ message }) => message.sources) },
        tracks: { ...receipt.tracks, sources: full.flatMap(({ tracks }) => tracks.sources) },
      };
    });
    expect(isWithheld(source, { ...none, receipts })).toBe(false);
  });
});
