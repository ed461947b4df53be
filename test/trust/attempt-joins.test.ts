import { describe, expect, it } from 'vitest';

import { seamsOf, type AttemptReceipts } from '../../src/trust/receipts/attempt-joins.js';

/** An attempt with receipts over these stretches of 720p, in seconds. */
function attempt(number: number, ...spans: [fromS: number, toS: number][]): AttemptReceipts {
  return { attempt: number, receipts: spans.map((span) => ({ renditions: [window('720p', span)] })) };
}

function window(name: string, [fromS, toS]: [number, number]) {
  const span = { startTimestampUs: fromS * 1e6, endTimestampUs: toS * 1e6 };
  return { name, index: 0, root: '', frames: 60, pixels: 1, width: 1, height: 1, ...span };
}

describe('seamsOf', () => {
  it('finds none where attempts go on where those before ended', () => {
    expect(seamsOf([attempt(1, [0, 2], [2, 4]), attempt(2, [4, 6]), attempt(3), attempt(4, [6.001, 8])])).toEqual([]);
  });

  it('states the hole that an attempt left which was cut off in the middle of a window', () => {
    expect(seamsOf([attempt(1, [0, 2]), attempt(2, [3.5, 5.5])])).toEqual([
      { rendition: '720p', kind: 'hole', fromTimestampUs: 2e6, toTimestampUs: 3.5e6, attempts: [1, 2] },
    ]);
  });

  it('states what was delivered twice', () => {
    expect(seamsOf([attempt(1, [0, 2], [2, 4]), attempt(2, [3, 5])])).toEqual([
      { rendition: '720p', kind: 'overlap', fromTimestampUs: 3e6, toTimestampUs: 4e6, attempts: [1, 2] },
    ]);
  });

  it('states a hole inside of one attempt', () => {
    expect(seamsOf([attempt(1, [0, 2], [4, 6])])).toMatchObject([{ kind: 'hole', attempts: [1, 1] }]);
  });

  it('looks at every rendition for itself', () => {
    const receipts = [
      { renditions: [window('720p', [0, 2]), window('360p', [0, 2])] },
      { renditions: [window('360p', [2, 4])] },
    ];
    const behind = { attempt: 2, receipts: [{ renditions: [window('720p', [4, 6]), window('360p', [4, 6])] }] };
    expect(seamsOf([{ attempt: 1, receipts }, behind])).toMatchObject([{ rendition: '720p', fromTimestampUs: 2e6 }]);
  });
});
