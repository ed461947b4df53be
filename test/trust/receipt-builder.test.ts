import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { EssenceWindow } from '../../src/transcoder/essence.js';
import { ReceiptBuilder, type MadeReceipt } from '../../src/trust/receipts/receipt-builder.js';
import { ReceiptChecker } from '../../src/trust/receipts/receipt-checker.js';

import { domain, mediaOf, orchestrator, signTicket } from './signed-job.js';
import { windowsOf } from './synthetic-media.js';

const ticket = signTicket();
const media = mediaOf('honest');
const names = ['720p', '480p', '360p'] as const;
const source = windowsOf(media.source);
const windows = {
  '720p': windowsOf(media['720p']),
  '480p': windowsOf(media['480p']),
  '360p': windowsOf(media['360p']),
};

function builder(): ReceiptBuilder {
  return new ReceiptBuilder({ domain, signer: orchestrator, ticket: ticket.hash, renditions: names });
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error('There is no such window.');
  return item;
}

/** What each receipt has of renditions, as `name index`. */
function contents(receipts: readonly MadeReceipt[]): string[][] {
  return receipts.map(({ receipt: { message } }) => message.renditions.map(({ name, index }) => `${name} ${index}`));
}

function expectTaken(receipts: readonly MadeReceipt[]): ReceiptChecker {
  const checker = new ReceiptChecker({ domain, ticket: ticket.message, ticketHash: ticket.hash });
  for (const { receipt, hash } of receipts) expect(checker.check(receipt)).toMatchObject({ valid: true, hash });
  return checker;
}

describe('ReceiptBuilder', () => {
  it('makes a receipt as soon as the last rendition closed its window', () => {
    const made = builder();
    expect(made.addRendition('360p', at(windows['360p'], 0))).toEqual([]);
    expect(made.addRendition('720p', at(windows['720p'], 0))).toEqual([]);
    expect(contents(made.addRendition('480p', at(windows['480p'], 0)))).toEqual([['720p 0', '480p 0', '360p 0']]);
  });

  it('puts the windows of the source that were closed since into a receipt, and waits for none', () => {
    const made = builder();
    const first = names.flatMap((name) => made.addRendition(name, at(windows[name], 0)));
    made.addSource(at(source, 0));
    made.addSource(at(source, 1));
    const second = names.flatMap((name) => made.addRendition(name, at(windows[name], 1)));
    expect([...first, ...second].map(({ receipt }) => receipt.message.sources.map(({ index }) => index))).toEqual([
      [],
      [0, 1],
    ]);
  });

  it('closes the attempt when all renditions and the source have ended, in whatever order', () => {
    const made = builder();
    const receipts = names.flatMap((name) => windows[name].flatMap((window) => made.addRendition(name, window)));
    expect(made.closed).toBe(false);
    for (const window of source) receipts.push(...made.addSource(window));
    expect(made.closed).toBe(true);
    expect(expectTaken(receipts).final).toBe(true);
  });

  it('leaves a rendition that failed out from then on, and says so', () => {
    const made = builder();
    made.addRendition('720p', at(windows['720p'], 0));
    made.addRendition('360p', at(windows['360p'], 0));
    const receipts = made.leaveOut('480p');
    expect(receipts.map(({ receipt }) => receipt.message.leftOut)).toEqual([['480p']]);
    expect(made.addRendition('480p', at(windows['480p'], 0))).toEqual([]);
    made.addRendition('720p', at(windows['720p'], 1));
    receipts.push(...made.addRendition('360p', at(windows['360p'], 1)));
    expect(contents(receipts)).toEqual([
      ['720p 0', '360p 0'],
      ['720p 1', '360p 1'],
    ]);
    expect([...expectTaken(receipts).leftOut]).toEqual(['480p']);
  });

  it('keeps what a rendition closed before it failed', () => {
    const made = builder();
    made.addRendition('480p', at(windows['480p'], 0));
    made.leaveOut('480p');
    made.addRendition('720p', at(windows['720p'], 0));
    const receipts = made.addRendition('360p', at(windows['360p'], 0));
    expect(contents(receipts)).toEqual([['720p 0', '480p 0', '360p 0']]);
    expect(at(receipts, 0).receipt.message.leftOut).toEqual(['480p']);
    expectTaken(receipts);
  });

  it('waits for a rendition that hangs until another has closed two windows, and no longer', () => {
    const made = builder();
    const receipts = [0, 1, 2].flatMap((index) =>
      (['720p', '480p'] as const).flatMap((name) => made.addRendition(name, at(windows[name], index))),
    );
    expect(contents(receipts)).toEqual([['720p 0', '720p 1', '480p 0'], ['480p 1'], ['720p 2', '480p 2']]);
    const back = made.addRendition('360p', at(windows['360p'], 0));
    expect(contents(back)).toEqual([['360p 0']]);
    const inStep = (['720p', '360p', '480p'] as const).flatMap((name) =>
      made.addRendition(name, at(windows[name], name === '360p' ? 1 : 3)),
    );
    expect(contents(inStep)).toEqual([['720p 3', '480p 3', '360p 1']]);
    expectTaken([...receipts, ...back, ...inStep]);
  });

  it('ends with a final receipt when the attempt is cut off, for what was closed', () => {
    const made = builder();
    made.addSource(at(source, 0));
    made.addRendition('720p', at(windows['720p'], 0));
    const receipts = made.end();
    expect(contents(receipts)).toEqual([['720p 0']]);
    expect(at(receipts, 0).receipt.message).toMatchObject({ final: true, leftOut: ['720p', '480p', '360p'] });
    expect(made.end()).toEqual([]);
    expect(made.addSource(at(source, 1))).toEqual([]);
    expect(expectTaken(receipts).final).toBe(true);
  });

  it('takes each window once, and leaves out a rendition that skips one', () => {
    const made = new ReceiptBuilder({ domain, signer: orchestrator, ticket: ticket.hash, renditions: ['720p'] });
    expect(made.addRendition('720p', at(windows['720p'], 0))).toHaveLength(1);
    expect(made.addRendition('720p', at(windows['720p'], 0))).toEqual([]);
    expect(made.addRendition('1080p', at(windows['720p'], 1))).toEqual([]);
    expect(made.addRendition('720p', at(windows['720p'], 2))).toEqual([]);
    expect(at(made.end(), 0).receipt.message.leftOut).toEqual(['720p']);
  });

  it('makes, of any interleaving with any failures, a chain that is taken and has every window once', () => {
    const lanes = fc.uniqueArray(fc.constantFrom('source', ...names), { minLength: 4, maxLength: 4 });
    const steps = fc.array(fc.tuple(fc.constantFrom('source', ...names), fc.integer({ min: 0, max: 30 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, lanes, (order, rest) => {
        const made = builder();
        const left: Record<string, EssenceWindow[]> = { source: [...source] };
        for (const name of names) left[name] = [...windows[name]];
        const given = new Set<string>();
        const receipts: MadeReceipt[] = [];
        const failed = new Set<string>();
        for (const [name, dice] of [...order, ...rest.flatMap((lane) => Array<[string, number]>(6).fill([lane, 1]))]) {
          if (name !== 'source' && dice === 0) {
            failed.add(name);
            receipts.push(...made.leaveOut(name));
          }
          const window = left[name]?.shift();
          if (window === undefined || failed.has(name)) continue;
          given.add(`${name} ${window.index}`);
          receipts.push(...(name === 'source' ? made.addSource(window) : made.addRendition(name, window)));
        }
        receipts.push(...made.end());
        expect(expectTaken(receipts).final).toBe(true);
        const stated = receipts.flatMap(
          ({
            receipt: {
              message: { sources, renditions },
            },
          }) => [
            ...sources.map(({ index }) => `source ${index}`),
            ...renditions.map(({ name, index }) => `${name} ${index}`),
          ],
        );
        expect(stated.toSorted()).toEqual([...given].toSorted());
      }),
      { numRuns: 30 },
    );
  });
});
