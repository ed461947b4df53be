import { describe, expect, it } from 'vitest';

import { verdict, type Measurement } from '../../src/bench/measurement.js';

const latency: Measurement = {
  part: 'latency',
  what: '720p latency',
  unit: 'ms',
  better: 'lower',
  millrace: [20, 18, 100],
  ffmpeg: [80, 90, 85],
};

describe('verdict', () => {
  it('compares the medians of the rounds', () => {
    expect(verdict(latency)).toMatchObject({ millrace: 20, ffmpeg: 85, ratio: 20 / 85 });
  });

  it('says nothing about a goal where there is none', () => {
    expect(verdict(latency).reached).toBeUndefined();
  });

  it('asks for every bound of a goal', () => {
    expect(verdict({ ...latency, goal: { atMost: 20, ratioAtMost: 0.25 } }).reached).toBe(true);
    expect(verdict({ ...latency, goal: { atMost: 19, ratioAtMost: 0.25 } }).reached).toBe(false);
    expect(verdict({ ...latency, goal: { atMost: 20, ratioAtMost: 0.2 } }).reached).toBe(false);
  });

  it('lets a figure fall short of the peer by as much as the goal allows', () => {
    const ssim = { ...latency, unit: '' as const, millrace: [0.98], ffmpeg: [0.9804] };
    expect(verdict({ ...ssim, goal: { shortfallAtMost: 0.0005 } }).reached).toBe(true);
    expect(verdict({ ...ssim, goal: { shortfallAtMost: 0.0003 } }).reached).toBe(false);
  });

  it('has not reached a goal that nothing was measured for', () => {
    expect(verdict({ ...latency, millrace: [], goal: { atMost: 20 } }).reached).toBe(false);
    expect(verdict({ ...latency, ffmpeg: [], goal: { ratioAtMost: 1 } }).reached).toBe(false);
  });

  it('has no ratio to nothing', () => {
    expect(verdict({ ...latency, ffmpeg: [0] }).ratio).toBeUndefined();
  });
});
