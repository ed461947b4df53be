import { describe, expect, test } from 'vitest';

import { toFault } from '../../src/nodes/fault.js';
import { fault as faultSchema } from '../../src/rpc/attempt-event.js';
import { TranscodeError, type TranscodeErrorCode, type TranscodeStage } from '../../src/transcoder/error.js';

type Verdict = 'SOURCE' | 'OUTPUT' | 'TRANSCODER' | 'CANCELLED';

/** What goes by the stage at which it happens: the source's at its end, the output's at the other. */
const byStage = {
  source: 'SOURCE',
  sink: 'OUTPUT',
} as const;

const verdicts: Record<TranscodeErrorCode, Partial<Record<TranscodeStage, Verdict>>> = {
  OPTIONS_INVALID: { options: 'SOURCE' },
  SCHEME_DENIED: byStage,
  ADDRESS_DENIED: byStage,
  HOST_NOT_FOUND: byStage,
  CONNECTION_REFUSED: byStage,
  CONNECTION_RESET: byStage,
  TIMED_OUT: byStage,
  STALLED: byStage,
  TLS_UNTRUSTED: byStage,
  TLS_FAILED: byStage,
  UNAUTHORIZED: byStage,
  NOT_FOUND: byStage,
  HTTP_STATUS: byStage,
  PROTOCOL: byStage,
  FILE_FAILED: byStage,
  STREAM_FAILED: byStage,
  FORMAT_INVALID: { source: 'SOURCE', decode: 'SOURCE' },
  NO_MEDIA: { source: 'SOURCE', decode: 'SOURCE' },
  CODEC_UNSUPPORTED: { source: 'SOURCE', decode: 'SOURCE', encode: 'TRANSCODER', mux: 'TRANSCODER' },
  DECODE_FAILED: { decode: 'SOURCE' },
  SCALE_FAILED: { scale: 'TRANSCODER' },
  ENCODE_FAILED: { encode: 'TRANSCODER' },
  MUX_FAILED: { mux: 'TRANSCODER' },
  DEVICE_UNAVAILABLE: { device: 'TRANSCODER', options: 'TRANSCODER', decode: 'TRANSCODER', encode: 'TRANSCODER' },
  DEVICE_LOST: { device: 'TRANSCODER' },
  DEVICE_OUT_OF_MEMORY: { device: 'TRANSCODER' },
  DEVICE_SESSIONS_EXHAUSTED: { device: 'TRANSCODER' },
  DEVICE_FAILED: { device: 'TRANSCODER' },
  ADDON_UNAVAILABLE: { job: 'TRANSCODER', options: 'TRANSCODER' },
  CANCELLED: { job: 'CANCELLED', source: 'CANCELLED', sink: 'CANCELLED' },
  INTERNAL: { job: 'TRANSCODER', source: 'TRANSCODER', sink: 'TRANSCODER', decode: 'TRANSCODER' },
};

const table = Object.entries(verdicts).flatMap(([code, stages]) =>
  Object.entries(stages).map(
    ([stage, verdict]) => [code as TranscodeErrorCode, stage as TranscodeStage, verdict] as const,
  ),
);

describe('Whose fault an error of the engine is:', () => {
  test.each(table)('%s at the stage %s is of class %s', (code, stage, verdict) => {
    const fault = toFault(new TranscodeError('It failed.', { code, stage }));
    expect(fault).toEqual({ class: `FAULT_CLASS_${verdict}`, code, stage, message: 'It failed.', url: '' });
  });
});

test('The URL that the engine has redacted is passed on.', () => {
  const error = new TranscodeError('Nobody listens there.', {
    code: 'CONNECTION_REFUSED',
    stage: 'sink',
    url: 'rtmp://output.example/live/…',
  });
  expect(toFault(error).url).toBe('rtmp://output.example/live/…');
});

test('However long an error is, its fault can be sent.', () => {
  const url = `http://source.example/${'x'.repeat(10_000)}`;
  const error = new TranscodeError('x'.repeat(10_000), { code: 'NOT_FOUND', stage: 'source', url });
  expect(faultSchema.safeParse(toFault(error))).toMatchObject({ success: true });
});
