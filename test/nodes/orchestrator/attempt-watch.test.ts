import { describe, expect, test } from 'vitest';

import { AttemptWatch } from '../../../src/nodes/orchestrator/attempt-watch.js';
import { RenditionState, type Progress } from '../../../src/rpc/attempt-event.js';
import { sampleProgress } from '../wire-samples.js';

const stallTimeoutMs = 1500;

/** What each report of a transcoder is taken for, one coming every quarter of a second. */
function stalls(reports: readonly Progress[]): boolean[] {
  const watch = new AttemptWatch(stallTimeoutMs);
  return reports.map((report, index) => watch.hasStalled(report, index * 250));
}

/** Ten reports, made of their number. */
function ten(report: (index: number) => Progress): Progress[] {
  return Array.from({ length: 10 }, (_, index) => report(index));
}

test('A transcoder that reads on and encodes nothing for the stall timeout has stalled.', () => {
  const verdicts = stalls(ten((index) => sampleProgress(100 + index, 100)));
  expect(verdicts.indexOf(true)).toBe(stallTimeoutMs / 250);
});

test('One that encodes has not.', () => {
  expect(stalls(ten((index) => sampleProgress(100 + index, 100 + index)))).not.toContain(true);
});

test('One that encodes a frame just in time begins anew.', () => {
  const verdicts = stalls(ten((index) => sampleProgress(100 + index, index < 5 ? 100 : 101)));
  expect(verdicts).not.toContain(true);
});

describe('It is no fault of the transcoder', () => {
  test('when the source stands still.', () => {
    expect(stalls(ten(() => sampleProgress(100, 100)))).not.toContain(true);
  });

  test('when the source goes on after it stood still, and the pictures of that are about to come.', () => {
    expect(stalls([...ten(() => sampleProgress(100, 100)), sampleProgress(101, 100)])).not.toContain(true);
  });

  test('when the source cannot be decoded.', () => {
    const reports = ten((index) => ({ ...sampleProgress(100 + index, 100), decodeErrors: index }));
    expect(stalls(reports)).not.toContain(true);
  });

  test('when no rendition has begun.', () => {
    expect(stalls(ten((index) => inState(RenditionState.RENDITION_STATE_WAITING, index)))).not.toContain(true);
  });

  test('when every rendition has failed, or is finished.', () => {
    expect(stalls(ten((index) => inState(RenditionState.RENDITION_STATE_FAILED, index)))).not.toContain(true);
    expect(stalls(ten((index) => inState(RenditionState.RENDITION_STATE_FINISHED, index)))).not.toContain(true);
  });

  test('when an output takes nothing, as what is encoded is counted and not what is delivered.', () => {
    const reports = ten((index) => {
      const report = sampleProgress(100 + index, 100 + index);
      return { ...report, renditions: report.renditions.map((rendition) => ({ ...rendition, framesOut: 0 })) };
    });
    expect(stalls(reports)).not.toContain(true);
  });
});

test('It knows the latest report.', () => {
  const watch = new AttemptWatch(stallTimeoutMs);
  expect(watch.latest).toBeUndefined();
  watch.hasStalled(sampleProgress(1, 1), 0);
  watch.hasStalled(sampleProgress(2, 2), 250);
  expect(watch.latest).toEqual(sampleProgress(2, 2));
});

function inState(state: RenditionState, index: number): Progress {
  const report = sampleProgress(100 + index, 100);
  return { ...report, renditions: report.renditions.map((rendition) => ({ ...rendition, state })) };
}
