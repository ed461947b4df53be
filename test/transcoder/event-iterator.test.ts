import { expect, test } from 'vitest';

import type { ProgressEvent, TranscodeEvent } from '../../src/index.js';
import { EventIterator } from '../../src/transcoder/event-iterator.js';

const nothing = (): Promise<void> => Promise.resolve();
const finished = (name: string): TranscodeEvent => ({ type: 'renditionFinished', name });
const log = (message: string): TranscodeEvent => ({ type: 'log', level: 'info', source: 'test', message });
const progress = (elapsedMs: number): ProgressEvent => ({ type: 'progress', elapsedMs }) as ProgressEvent;

async function rest(iterator: EventIterator): Promise<TranscodeEvent[]> {
  const events = [];
  for await (const event of iterator) events.push(event);
  return events;
}

test('Events come in their order, and then the loop ends', async () => {
  const iterator = new EventIterator(nothing);
  const first = iterator.next();
  iterator.push(finished('a'));
  iterator.push(finished('b'));
  iterator.end({ type: 'ended', result: {} as never });
  expect(await first).toStrictEqual({ done: false, value: finished('a') });
  expect((await rest(iterator)).map(({ type }) => type)).toStrictEqual(['renditionFinished', 'ended']);
});

test('Of progress that nobody took, only the newest is kept', async () => {
  const iterator = new EventIterator(nothing);
  for (const event of [progress(1), finished('a'), progress(2), progress(3)]) iterator.push(event);
  iterator.end({ type: 'ended', result: {} as never });
  expect(await rest(iterator)).toMatchObject([finished('a'), { elapsedMs: 3 }, { type: 'ended' }]);
});

test('Of log lines that nobody took, the oldest go first, and nothing else does', async () => {
  const iterator = new EventIterator(nothing);
  iterator.push(finished('a'));
  for (let line = 0; line < 1500; line++) iterator.push(log(String(line)));
  iterator.end({ type: 'ended', result: {} as never });
  const events = await rest(iterator);
  expect(events).toHaveLength(1002);
  expect(events[0]).toStrictEqual(finished('a'));
  expect(events[1]).toStrictEqual(log('500'));
});

test('A failure is thrown after what came before it, and once', async () => {
  const iterator = new EventIterator(nothing);
  iterator.push(finished('a'));
  iterator.fail(new Error('gone'));
  expect(await iterator.next()).toMatchObject({ done: false });
  await expect(iterator.next()).rejects.toThrow('gone');
  expect(await iterator.next()).toStrictEqual({ done: true, value: undefined });
});

test('A failure with no reason at all is thrown too', async () => {
  const iterator = new EventIterator(nothing);
  iterator.fail(undefined);
  await expect(iterator.next()).rejects.toBeUndefined();
});

test('Of several waiting for the next event, one learns of the failure and the others of the end', async () => {
  const iterator = new EventIterator(nothing);
  const waiting = [iterator.next(), iterator.next()];
  iterator.fail(new Error('gone'));
  await expect(waiting[0]).rejects.toThrow('gone');
  expect(await waiting[1]).toStrictEqual({ done: true, value: undefined });
});

test('Leaving the loop abandons the job, also while an event is being waited for', async () => {
  let abandoned = false;
  const iterator = new EventIterator(() => {
    abandoned = true;
    return Promise.resolve();
  });
  const waiting = iterator.next();
  await iterator.return();
  expect(abandoned).toBe(true);
  expect(await waiting).toStrictEqual({ done: true, value: undefined });
});
