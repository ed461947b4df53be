import { beforeEach, describe, expect, it } from 'vitest';

import { PublishTokens } from '../../src/media-server/publish-tokens.js';

const first = { jobId: 'job', attempt: 1 };
const second = { jobId: 'job', attempt: 2 };

let now = 0;
let tokens: PublishTokens;

beforeEach(() => {
  now = 0;
  tokens = new PublishTokens({ unusedMs: 1000, now: () => now });
});

describe('PublishTokens', () => {
  it('lets in who has the token of the stream, as often as it comes', () => {
    const token = tokens.grant(first, 'a');
    expect(tokens.enter('a', ['other', token], '1')).toBe(true);
    expect(tokens.enter('a', [token], '2')).toBe(true);
  });

  it('lets nobody in with the token of another stream, with none, or with something else', () => {
    tokens.grant(first, 'a');
    const other = tokens.grant(first, 'b');
    expect(tokens.enter('a', [other], '1')).toBe(false);
    expect(tokens.enter('a', [], '1')).toBe(false);
    expect(tokens.enter('a', [''], '1')).toBe(false);
    expect(tokens.enter('nothing', [other], '1')).toBe(false);
  });

  it('lets a token expire that nobody has used, and no other', () => {
    const [used, unused] = [tokens.grant(first, 'a'), tokens.grant(first, 'b')];
    now = 999;
    expect(tokens.enter('a', [used], '1')).toBe(true);
    now = 1000;
    expect(tokens.enter('b', [unused], '2')).toBe(false);
    expect(tokens.enter('a', [used], '3')).toBe(true);
  });

  it('revokes at once, names who is there, and leaves the next attempt alone', () => {
    const old = tokens.grant(first, 'a');
    tokens.enter('a', [old], '1');
    const next = tokens.grant(second, 'a');
    expect(tokens.revoke(first)).toStrictEqual([{ stream: 'a', id: '1', enteredAtMs: 0 }]);
    expect(tokens.enter('a', [old], '2')).toBe(false);
    expect(tokens.stay('a', [old], '1')).toBe(false);
    expect(tokens.enter('a', [next], '3')).toBe(true);
    expect(tokens.revoke(first)).toStrictEqual([]);
    expect(tokens.stay('a', [next], '3')).toBe(true);
  });

  it('names nobody who has left', () => {
    const token = tokens.grant(first, 'a');
    tokens.enter('a', [token], '1');
    tokens.leave('a', [token], '1');
    expect(tokens.revoke(first)).toStrictEqual([]);
  });

  it('does not believe somebody without the token that a publisher has left', () => {
    const token = tokens.grant(first, 'a');
    tokens.enter('a', [token], '1');
    tokens.leave('a', ['other'], '1');
    expect(tokens.revoke(first)).toHaveLength(1);
  });

  it('lets publishers of a released attempt finish, and nobody else in', () => {
    const token = tokens.grant(first, 'a');
    tokens.enter('a', [token], '1');
    tokens.release(first);
    expect(tokens.enter('a', [token], '2')).toBe(false);
    expect(tokens.stay('a', [token], '1')).toBe(true);
    tokens.leave('a', [token], '1');
    expect(tokens.knows('a')).toBe(false);
  });

  it('forgets a released attempt that nobody publishes for', () => {
    tokens.grant(first, 'a');
    tokens.release(first);
    expect(tokens.knows('a')).toBe(false);
  });

  it('forgets publishers of a released attempt that give no sign any more', () => {
    const token = tokens.grant(first, 'a');
    tokens.enter('a', [token], '1');
    tokens.release(first);
    now = 50_000;
    tokens.stay('a', [token], '1');
    now = 100_000;
    tokens.grant(second, 'b');
    expect(tokens.knows('a')).toBe(true);
    now = 110_000;
    tokens.grant(second, 'b');
    expect(tokens.knows('a')).toBe(false);
  });

  it('names a bounded number of publishers, the latest', () => {
    const token = tokens.grant(first, 'a');
    for (let id = 1; id <= 100; id++) tokens.enter('a', [token], String(id));
    const ids = tokens.revoke(first).map(({ id }) => id);
    expect(ids.length).toBeLessThan(10);
    expect(ids.at(-1)).toBe('100');
  });

  it('keeps nothing of 10,000 attempts that ended', () => {
    for (let attempt = 0; attempt < 10_000; attempt++) {
      const key = { jobId: 'job', attempt };
      const token = tokens.grant(key, 'a');
      tokens.enter('a', [token], '1');
      if (attempt % 2 === 0) tokens.revoke(key);
      else tokens.release(key);
      tokens.leave('a', [token], '1');
    }
    expect(tokens.knows('a')).toBe(false);
  });
});
