import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';

import { describe, expect, it } from 'vitest';

import type { JobReport } from '../../src/cli/job-report.js';
import { JsonReport } from '../../src/cli/json-report.js';
import { LineReport } from '../../src/cli/line-report.js';
import { TableReport } from '../../src/cli/table-report.js';
import { TranscodeError } from '../../src/transcoder/error.js';
import type { TranscodeEvent } from '../../src/transcoder/events.js';
import type { RenditionProgress, RenditionState, TranscodeResult } from '../../src/transcoder/result.js';

const started: TranscodeEvent = {
  ...{ type: 'started', renditions: [], timestampBaseUs: 0 },
  source: { container: 'mpegts', live: true },
};
const refusal = new TranscodeError('The server refuses.', { code: 'UNAUTHORIZED', stage: 'sink', httpStatus: 403 });
const log: TranscodeEvent = { type: 'log', level: 'info', source: 'libx264', message: 'hello' };

function rendition(name: string, state: RenditionState): RenditionProgress {
  return {
    ...{ name, state, framesIn: 9, framesEncoded: 9, framesOut: 9, framesDropped: 0, gopsDropped: 0 },
    ...{ bytes: 1, pixelsEncoded: 1, fps: 30, bitrateBps: 1, realTimeRatio: 1 },
  };
}

function progress(...renditions: RenditionProgress[]) {
  return {
    ...{ elapsedMs: 1, sourceBytes: 1, sourceAccessUnits: 1, sourceFrames: 1, decodeErrors: 0, discontinuities: 0 },
    ...{ sourceGopsDropped: 0, realTimeRatio: 1, renditions },
  };
}

/** The error of a job whose source failed after everything read was delivered. */
function stalled(): TranscodeError {
  const result = progress({ ...rendition('360p', 'finished') }) as TranscodeResult;
  return new TranscodeError('Nothing comes.', { code: 'STALLED', stage: 'source', result });
}

/** The same error as an event of a rendition and as what the job fails with: the engine makes two objects of it. */
function again({ message, code, stage, httpStatus }: TranscodeError): TranscodeError {
  return new TranscodeError(message, { code, stage, ...(httpStatus !== undefined && { httpStatus }) });
}

function lines(report: (report: JobReport) => void): string {
  const talk = new PassThrough({ encoding: 'utf8' });
  report(new LineReport(talk, { quiet: false, verbose: false }));
  return String(talk.read() ?? '');
}

/** All that a terminal was sent; `last` is what was drawn after the last erasure. */
function terminal(report: (report: JobReport) => void): { all: string; last: string } {
  const talk = new PassThrough({ encoding: 'utf8' });
  const table = new TableReport(Object.assign(talk, { isTTY: true, columns: 200 }) as unknown as WriteStream, {
    verbose: false,
  });
  report(table);
  table.close();
  const all = String(talk.read() ?? '');
  return { all, last: stripVTControlCharacters(all.split('\u001b[J').at(-1) ?? '') };
}

describe.each([
  ['lines', lines],
  ['a table', (report: (report: JobReport) => void) => stripVTControlCharacters(terminal(report).all)],
])('as %s', (_, shown) => {
  it('the failure of the only rendition is told once', () => {
    const text = shown((report) => {
      report.event({ type: 'renditionFailed', name: '360p', error: refusal });
      report.failed(again(refusal));
    });
    expect(text.match(/The server refuses/g)).toHaveLength(1);
    expect(text).toContain('360p: The server refuses.');
  });

  it('when every rendition has failed, that is said in a sentence', () => {
    const text = shown((report) => {
      report.event({ type: 'renditionFailed', name: '360p', error: refusal });
      report.event({ type: 'renditionFailed', name: '240p', error: again(refusal) });
      report.failed(again(refusal));
    });
    expect(text.match(/The server refuses/g)).toHaveLength(2);
    expect(text).toContain('millrace: No rendition is left.');
  });

  it('the failure of the source is told after the renditions have failed otherwise', () => {
    const text = shown((report) => {
      report.event({ type: 'renditionFailed', name: '360p', error: refusal });
      report.failed(stalled());
    });
    expect(text).toContain('millrace: Nothing comes.');
  });

  it('a rendition of a source that fails is not said to be finished', () => {
    const text = shown((report) => {
      report.event(started);
      report.event({ type: 'renditionFinished', name: '360p' });
      report.failed(stalled());
    });
    expect(text).toContain('ended early');
    expect(text).not.toContain('finished');
  });

  it('what is broken off is called so', () => {
    const text = shown((report) => {
      report.event(started);
      report.event({ type: 'progress', ...progress(rendition('360p', 'running')) });
      report.brokenOff();
    });
    expect(text).toMatch(/360p.*broken off/);
  });
});

describe('the last lines', () => {
  it('say which rendition failed and which did not', () => {
    const text = lines((report) => {
      const result = progress(rendition('360p', 'failed'), rendition('240p', 'finished')) as TranscodeResult;
      report.event({ type: 'ended', result });
    });
    expect(text).toMatch(/^360p: failed, 9 frames.*\n240p: finished, 9 frames/);
  });
});

describe('a terminal', () => {
  it('is not left waiting for a source that failed', () => {
    const { last } = terminal((report) => {
      report.failed(refusal);
    });
    expect(last).not.toContain('waiting for the source');
  });

  it('keeps the table below the failure, with what the renditions came to', () => {
    const { last } = terminal((report) => {
      report.event(started);
      report.event({ type: 'progress', ...progress(rendition('360p', 'running')) });
      report.failed(stalled());
    });
    expect(last).toMatch(/360p.*ended early/);
  });

  it('shows a finished rendition in green only when the job has ended well', () => {
    const finished = progress(rendition('360p', 'finished'));
    const env = { ...process.env };
    delete process.env['NO_COLOR'];
    const green = (report: (report: JobReport) => void) => terminal(report).all.includes('\u001b[32m');
    try {
      expect(
        green((report) => {
          report.event({ type: 'progress', ...finished });
        }),
      ).toBe(false);
      expect(
        green((report) => {
          report.event(started);
          report.failed(stalled());
        }),
      ).toBe(false);
      expect(
        green((report) => {
          report.event(started);
          report.event({ type: 'ended', result: { ...finished, source: started.source } as TranscodeResult });
        }),
      ).toBe(true);
    } finally {
      process.env = env;
    }
  });
});

describe('as JSON', () => {
  const json = (verbose: boolean, report: (report: JobReport) => void): string => {
    const out = new PassThrough({ encoding: 'utf8' });
    report(new JsonReport(out, new PassThrough(), { verbose }));
    return String(out.read() ?? '');
  };

  it("the libraries' log lines come when asked for, as elsewhere", () => {
    const tell = (report: JobReport) => {
      report.event(log);
    };
    expect(json(false, tell)).toBe('');
    expect(JSON.parse(json(true, tell))).toEqual(log);
  });

  it('the last line of a job that was broken off says so', () => {
    const text = json(false, (report) => {
      report.brokenOff();
    });
    expect(JSON.parse(text)).toMatchObject({ type: 'failed', error: { code: 'CANCELLED' } });
  });
});
