import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createLog, type Log, type LogLevel } from '../../src/observe/log.js';
import { TranscodeError } from '../../src/transcoder/error.js';

type Line = Record<string, unknown>;

function capture(level: LogLevel = 'trace', name?: string): { log: Log; lines: () => Line[]; text: () => string } {
  const written: string[] = [];
  const destination = { write: (line: string) => void written.push(line) };
  const log = createLog({ level, destination, ...(name === undefined ? {} : { name }) });
  return { log, lines: () => written.map((line) => JSON.parse(line) as Line), text: () => written.join('') };
}

describe('a log line', () => {
  it('is one line of JSON with an ISO time, the level as a word, and the message', () => {
    const { log, lines, text } = capture();
    log.info('ready');
    expect(text()).toMatch(/^\{.*\}\n$/);
    const [line] = lines();
    expect(line).toEqual({ level: 'info', time: expect.any(String) as string, msg: 'ready' });
    expect(new Date(String(line?.['time'])).toISOString()).toBe(line?.['time']);
  });

  it('has the name of the node and what the child log is about', () => {
    const { log, lines } = capture('info', 'north-1');
    log.child({ role: 'broadcaster' }).child({ job: 'j1', attempt: 2, stream: 'live/a' }).warn('failover');
    expect(lines()).toMatchObject([
      { name: 'north-1', role: 'broadcaster', job: 'j1', attempt: 2, stream: 'live/a', level: 'warn' },
    ]);
  });

  it('is not written below the level', () => {
    const { log, text } = capture('warn');
    log.info('no');
    expect(text()).toBe('');
  });
});

describe('an error in a log line', () => {
  it('has its code, its stage, its message and its causes', () => {
    const { log, lines } = capture();
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const err = new TranscodeError('The source cannot be opened.', {
      code: 'CONNECTION_REFUSED',
      stage: 'source',
      cause,
    });
    log.error({ err }, 'attempt failed');
    expect(lines()[0]?.['err']).toEqual({
      code: 'CONNECTION_REFUSED',
      stage: 'source',
      message: 'The source cannot be opened.',
      cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
    });
  });

  it.each(['err', 'error', 'reason'])('is described under the name %s', (name) => {
    const { log, lines } = capture();
    log.error({ [name]: new Error('gone') });
    expect(lines()[0]?.[name]).toEqual({ message: 'gone' });
  });

  it('has the message as the line’s own when it comes alone', () => {
    const { log, lines } = capture();
    log.error(new Error('gone'));
    expect(lines()[0]).toMatchObject({ msg: 'gone', err: { message: 'gone' } });
  });

  it('has a stack when it is a defect of the program', () => {
    const { log, lines } = capture();
    log.error({ err: new TypeError('x is undefined') });
    expect(lines()[0]?.['err']).toMatchObject({ stack: expect.stringContaining('log.test') as string });
  });

  it('may have itself for a cause', () => {
    const { log, lines } = capture();
    const err = new Error('round');
    err.cause = err;
    log.error({ err });
    expect(lines()[0]?.['err']).toMatchObject({ message: 'round', cause: { message: 'round' } });
  });

  it('may be anything that was thrown', () => {
    const { log, lines } = capture();
    log.error({ err: 'a word' });
    log.error({ err: 7n });
    expect(lines()).toMatchObject([{ err: { message: 'a word' } }, { err: { message: '[object BigInt]' } }]);
  });
});

describe('a secret in a log line', () => {
  const url = 'https://user:SECRET@media.example/live/a.ts?token=SECRET#SECRET';
  const shown = 'https://media.example/live/a.ts?…';

  it.each<[string, (log: Log) => void]>([
    [
      'in the message',
      (log) => {
        log.info(`reading ${url}`);
      },
    ],
    [
      'in a value put into the message',
      (log) => {
        log.info('reading %s', url);
      },
    ],
    [
      'in a field',
      (log) => {
        log.info({ from: url }, 'reading');
      },
    ],
    [
      'in a nested field',
      (log) => {
        log.info({ source: { endpoints: [{ at: url }] } }, 'reading');
      },
    ],
    [
      'in the name of a field',
      (log) => {
        log.info({ streams: { [url]: 1 } }, 'reading');
      },
    ],
    [
      'in a child’s field',
      (log) => {
        log.child({ stream: url }).info('reading');
      },
    ],
    [
      'in an error',
      (log) => {
        log.info({ err: new Error(`cannot read ${url}`) });
      },
    ],
    [
      'in an error alone',
      (log) => {
        log.error(new Error(`cannot read ${url}`));
      },
    ],
    [
      'in an error’s cause',
      (log) => {
        log.info({ err: new Error('failed', { cause: new Error(url) }) });
      },
    ],
    [
      'in a cause that is a text',
      (log) => {
        log.info({ err: new Error('failed', { cause: `at ${url}` }) });
      },
    ],
    [
      'in a stack',
      (log) => {
        log.info({ err: new TypeError(`bad ${url}`) });
      },
    ],
    [
      'in an error’s own fields',
      (log) => {
        log.info({ job: { failure: Object.assign(new Error(), { url }) } });
      },
    ],
  ])('is not shown %s, but where it led is', (_, write) => {
    const { log, text } = capture();
    write(log);
    expect(text()).not.toContain('SECRET');
    expect(text()).toContain(shown);
  });

  it.each<[string, string]>([
    ['a stream key', 'rtmp://media.example/live/SECRET'],
    ['an SRT passphrase', 'srt://media.example:9000?passphrase=SECRET'],
    ['a URL behind a quote', 'said "https://h/a?b=c"SECRET" and ended'],
    ['a URL in the path of another', 'https://proxy.example/rtmp://user:SECRET@h/live/SECRET'],
    ['a second URL right behind the first', 'https://h/a.ts,rtmp://h/live/SECRET'],
    ['a bearer token', 'authorization: Bearer SECRET'],
  ])('is not shown when it is %s', (_, text) => {
    const { log, text: written } = capture();
    log.info({ detail: text }, text);
    expect(written()).not.toContain('SECRET');
  });

  it.each(['secret', 'orchSecret', 'authorization', 'Proxy-Authorization', 'token', 'passphrase', 'stream_key'])(
    'is not shown in a field named %s',
    (name) => {
      const { log, text, lines } = capture();
      log.info({ [name]: 'SECRET', nested: { [name]: { value: 'SECRET' } } });
      expect(text()).not.toContain('SECRET');
      expect(lines()[0]?.[name]).toBe('…');
    },
  );

  it.each(['url', 'inputUrl', 'outputUrl'])('is not shown in a field named %s that has no scheme', (name) => {
    const { log, text } = capture();
    log.info({ [name]: 'user:SECRET@host/path?SECRET' });
    expect(text()).not.toContain('SECRET');
  });

  it('is not shown whatever stands around it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const { log, text } = capture();
        log.info({ a: `${before}rtmp://h/live/SECRET ${after}` }, `${before}https://h/p?k=SECRET${after}`);
        expect(text()).not.toContain('SECRET');
      }),
    );
  });

  it('does not take other things along', () => {
    const { log, lines } = capture();
    log.info({ files: ['/etc/millrace/ca.pem'], url: '/var/media/a.ts', tokens: 3, tokenPresent: true }, 'plain 1/2');
    expect(lines()[0]).toMatchObject({
      files: ['/etc/millrace/ca.pem'],
      url: '/var/media/a.ts',
      tokens: 3,
      tokenPresent: true,
      msg: 'plain 1/2',
    });
  });
});
