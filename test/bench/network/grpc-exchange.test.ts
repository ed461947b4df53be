import { describe, expect, it } from 'vitest';

import { frame, frameBytes } from '../../../src/bench/network/grpc-exchange.js';

describe("gRPC's frames", () => {
  it('have the length of the message in front of it', () => {
    expect([...frame(Buffer.from('abc'))]).toEqual([0, 0, 0, 0, 3, 97, 98, 99]);
  });

  it('are there when all of their bytes are', () => {
    const bytes = Buffer.concat([frame(Buffer.from('abc')), frame(Buffer.from('d'))]);
    expect(frameBytes(bytes)).toBe(8);
    expect(frameBytes(bytes.subarray(8))).toBe(6);
    expect(frameBytes(bytes.subarray(0, 7))).toBeUndefined();
    expect(frameBytes(bytes.subarray(0, 4))).toBeUndefined();
  });
});
