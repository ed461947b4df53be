import { text as textOf } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

import { describe, expect, test as base, vi } from 'vitest';

import type { MediaServerAdaptor } from '../../src/media-server/adaptor.js';
import { NginxRtmpAdaptor } from '../../src/media-server/nginx-rtmp.js';
import { rendition, transcode } from '../e2e/transcoding.js';
import { GuardedNginx } from '../servers/guarded-nginx.js';
import { LivePlayer } from '../servers/live-player.js';
import { LivePublisher } from '../servers/live-publisher.js';
import { MediaServer } from '../servers/media-server.js';
import { nginxRtmpMissing } from '../servers/nginx-rtmp.js';
import { status } from '../servers/sending.js';

const path = 'live/out/P240p30fps16x9/0.ts';
const first = { jobId: 'job', attempt: 1 };
const second = { jobId: 'job', attempt: 2 };

interface Fixtures {
  hooks: MediaServer;
  nginx: GuardedNginx;
  /** What the hooks were answered, e.g. `update_publish 204`. */
  answers: string[];
  /** Puts an adaptor behind the hooks of nginx. */
  answer: (adaptor: MediaServerAdaptor) => void;
}

/* eslint-disable no-empty-pattern -- vitest insists on a pattern */
const test = base.extend<Fixtures>({
  hooks: async ({}, use) => {
    await using server = await MediaServer.start();
    await use(server);
  },
  nginx: async ({ hooks }, use) => {
    await using server = await GuardedNginx.start(hooks.url('/hooks/nginx-rtmp'));
    await use(server);
  },
  answers: async ({}, use) => use([]),
  answer: async ({ hooks, answers }, use) => {
    await use((adaptor) => {
      for (const name of ['publish', 'update', 'done']) {
        hooks.on(`/hooks/nginx-rtmp/${name}`, async (request, response) => {
          const { method = '', url = '' } = request;
          const body = await textOf(request);
          const status = adaptor.hook?.({ method, path: url, body })?.status ?? 404;
          answers.push(`${new URLSearchParams(body).get('call')} ${status}`);
          response.writeHead(status).end();
        });
      }
    });
  },
});

function only<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new Error(`There are ${items.length} items.`);
  return item;
}

async function isRefused(url: string): Promise<boolean> {
  await using publisher = new LivePublisher(url);
  return (await publisher.ended()) !== 0;
}

describe.skipIf(nginxRtmpMissing)('With a real nginx,', () => {
  test('a publisher with the token of its attempt and stream is let in, and goes on', async ({
    nginx,
    answers,
    answer,
  }) => {
    await using adaptor = new NginxRtmpAdaptor({ controlUrl: nginx.controlUrl });
    answer(adaptor);
    const url = only(adaptor.admit(first, [nginx.url(path)]));
    await using _publisher = new LivePublisher(url);
    await using player = new LivePlayer(nginx.url(path));
    await player.plays();
    await vi.waitFor(() => {
      expect(answers).toContain('update_publish 204');
    }, 10_000);
    await player.plays();
    expect(answers.filter((given) => !given.endsWith(' 204'))).toStrictEqual([]);
  });

  test('the engine publishes with its tokens', async ({ nginx, answers, answer }) => {
    await using adaptor = new NginxRtmpAdaptor({ controlUrl: nginx.controlUrl });
    answer(adaptor);
    const plain = [nginx.url(path), nginx.url('live/out/P360p30fps16x9/0.ts?x=1'), nginx.url('other/a')];
    const { renditions } = await transcode({
      input: 'testpattern:160x90@30',
      clip: { to: 0.5 },
      renditions: adaptor.admit(first, plain).map((output) => rendition(output)),
    });
    expect(renditions.map(({ state }) => state)).toStrictEqual(['finished', 'finished', 'finished']);
    expect(answers.filter((given) => given === 'publish 204')).toHaveLength(3);
  });

  test('nobody is let in without a token, with a foreign one, or with an old one', async ({
    nginx,
    answers,
    answer,
  }) => {
    await using adaptor = new NginxRtmpAdaptor({ controlUrl: nginx.controlUrl });
    answer(adaptor);
    const [own = '', others = ''] = adaptor.admit(first, [nginx.url(path), nginx.url('live/out/P360p30fps16x9/0.ts')]);
    await adaptor.revoke(first);
    adaptor.admit(second, [nginx.url(path), nginx.url('live/out/P360p30fps16x9/0.ts')]);
    expect(await isRefused(nginx.url(path))).toBe(true);
    expect(await isRefused(nginx.url(`${path}?token=${'A'.repeat(32)}`))).toBe(true);
    expect(await isRefused(nginx.url(`${path}?${new URL(others).searchParams.toString()}`))).toBe(true);
    expect(await isRefused(own)).toBe(true);
    expect(answers).toStrictEqual(Array(4).fill('publish 403'));
  });

  test('a token is good for one application only', async ({ nginx, answers, answer }) => {
    await using adaptor = new NginxRtmpAdaptor();
    answer(adaptor);
    const url = only(adaptor.admit(first, [nginx.url('live/out/a')]));
    expect(await isRefused(nginx.url(`other/a?${new URL(url).searchParams.toString()}`))).toBe(true);
    expect(answers).toStrictEqual(['publish 403']);
  });

  test('a token that nobody used in time is refused', async ({ nginx, answers, answer }) => {
    await using adaptor = new NginxRtmpAdaptor({ unusedTokenMs: 0 });
    answer(adaptor);
    expect(await isRefused(only(adaptor.admit(first, [nginx.url(path)])))).toBe(true);
    expect(answers).toStrictEqual(['publish 403']);
  });

  test.for(['live', 'frozen'] as const)(
    'a %s publisher is dropped when it is revoked, and the next one goes on for the same player',
    async (state, { nginx, answers, answer }) => {
      // Nothing but the control location is quick enough: while the old publisher is there, nginx refuses the next.
      const warnings: string[] = [];
      const options = { controlUrl: nginx.controlUrl, onWarning: (warning: string) => warnings.push(warning) };
      await using adaptor = new NginxRtmpAdaptor(options);
      answer(adaptor);
      await using publisher = new LivePublisher(only(adaptor.admit(first, [nginx.url(path)])));
      await using player = new LivePlayer(nginx.url(path));
      await player.plays();
      if (state === 'frozen') publisher.freeze();
      await adaptor.revoke(first);
      await using _next = new LivePublisher(only(adaptor.admit(second, [nginx.url(path)])));
      if (state === 'live') expect(await publisher.ended()).not.toBe(0);
      await player.plays(100_000);
      expect(answers.filter((given) => given === 'publish 204')).toHaveLength(2);
      expect(warnings).toStrictEqual([]);
    },
  );

  test('a publisher is dropped that is revoked while nginx is letting it in', async ({ nginx, answer, hooks }) => {
    const warnings: string[] = [];
    const onWarning = (warning: string) => warnings.push(warning);
    await using adaptor = new NginxRtmpAdaptor({ controlUrl: nginx.controlUrl, onWarning });
    answer(adaptor);
    let revoked: Promise<void> | undefined;
    hooks.on('/hooks/nginx-rtmp/update', status(204));
    hooks.on('/hooks/nginx-rtmp/publish', async (request, response) => {
      adaptor.hook({ method: 'POST', path: '/hooks/nginx-rtmp/publish', body: await textOf(request) });
      revoked = adaptor.revoke(first);
      await setTimeout(50);
      response.writeHead(204).end();
    });
    await using publisher = new LivePublisher(only(adaptor.admit(first, [nginx.url(path)])));
    expect(await publisher.ended()).not.toBe(0);
    await revoked;
    expect(warnings).toStrictEqual([]);
  });

  test('a revoked publisher is dropped by the hook for updates where there is no control location', async ({
    nginx,
    answers,
    answer,
  }) => {
    await using adaptor = new NginxRtmpAdaptor();
    answer(adaptor);
    await using publisher = new LivePublisher(only(adaptor.admit(first, [nginx.url(path)])));
    await using player = new LivePlayer(nginx.url(path));
    await player.plays();
    await adaptor.revoke(first);
    expect(await publisher.ended()).not.toBe(0);
    expect(answers).toContain('update_publish 403');
  });

  test('a publisher whose attempt is released may finish, and nobody else gets in', async ({
    nginx,
    answers,
    answer,
  }) => {
    await using adaptor = new NginxRtmpAdaptor({ controlUrl: nginx.controlUrl });
    answer(adaptor);
    const url = only(adaptor.admit(first, [nginx.url(path)]));
    await using _publisher = new LivePublisher(url);
    await using player = new LivePlayer(nginx.url(path));
    await player.plays();
    adaptor.release(first);
    await vi.waitFor(() => {
      expect(answers).toContain('update_publish 204');
    }, 10_000);
    await player.plays();
    expect(await isRefused(url)).toBe(true);
    expect(answers.filter((given) => !given.endsWith(' 204'))).toStrictEqual(['publish 403']);
  });

  test('streams to which nobody was admitted are let in when foreign ones are allowed, without a token', async ({
    nginx,
    answers,
    answer,
  }) => {
    await using adaptor = new NginxRtmpAdaptor({ foreign: 'allow' });
    answer(adaptor);
    adaptor.admit(first, [nginx.url(path)]);
    expect(await isRefused(nginx.url(path))).toBe(true);
    expect(await isRefused(nginx.url('other/streamer?token=old'))).toBe(true);
    await using _publisher = new LivePublisher(nginx.url('other/streamer'));
    await using player = new LivePlayer(nginx.url('other/streamer'));
    await player.plays();
    expect(answers.slice(0, 3)).toStrictEqual(['publish 403', 'publish 403', 'publish 204']);
  });

  test('a control location that never answers makes revoking take its time, not fail', async ({ nginx, answer }) => {
    const warnings: string[] = [];
    const onWarning = (warning: string) => warnings.push(warning);
    const options = { controlUrl: nginx.controlUrl, controlTimeoutMs: 100, onWarning };
    await using adaptor = new NginxRtmpAdaptor(options);
    answer(adaptor);
    await using _publisher = new LivePublisher(only(adaptor.admit(first, [nginx.url(path)])));
    await using player = new LivePlayer(nginx.url(path));
    await player.plays();
    nginx.freeze();
    await adaptor.revoke(first);
    expect(warnings).toStrictEqual([
      'nginx did not confirm that it dropped a publisher of attempt 1 of job job: it did not answer in time.',
    ]);
  });
});

describe('The answer to a hook', () => {
  const hookOf = (body: string, kind = 'publish') => ({ method: 'POST', path: `/hooks/nginx-rtmp/${kind}`, body });
  const good = 'app=live&clientid=7&call=publish&name=a';

  test('is none for a path of somebody else', () => {
    expect(new NginxRtmpAdaptor().hook({ method: 'POST', path: '/hooks/other', body: '' })).toBeUndefined();
  });

  test('is 405 for another method', () => {
    const { path: hookPath } = hookOf('');
    expect(new NginxRtmpAdaptor().hook({ method: 'GET', path: hookPath, body: good })).toStrictEqual({ status: 405 });
  });

  test.for([
    ['nothing', ''],
    ['no application', 'clientid=7&call=publish&name=a'],
    ['a parameter of nginx that the client repeats', `${good}&name=b`],
    ['a connection that is no number', 'app=live&clientid=x&call=publish&name=a'],
    ['control characters', 'app=live&clientid=7&call=publish&name=a%0Ab'],
    ['a name too long', `app=live&clientid=7&call=publish&name=${'a'.repeat(513)}`],
    ['a body too long', `${good}&token=${'a'.repeat(9000)}`],
  ] as const)('is 400 for %s', ([, body]) => {
    expect(new NginxRtmpAdaptor({ foreign: 'allow' }).hook(hookOf(body))).toStrictEqual({ status: 400 });
  });

  test('is 403 for a call that is not the one of the path', () => {
    const adaptor = new NginxRtmpAdaptor({ foreign: 'allow' });
    expect(adaptor.hook(hookOf(good.replace('publish', 'play')))).toStrictEqual({ status: 403 });
    expect(adaptor.hook(hookOf(good, 'update'))).toStrictEqual({ status: 403 });
  });

  test('is 204 for players', () => {
    const body = 'app=live&clientid=7&call=update_play&name=a';
    expect(new NginxRtmpAdaptor().hook(hookOf(body, 'update'))).toStrictEqual({ status: 204 });
  });
});

describe('Publish URLs', () => {
  test('are the play URLs with a token each, before the query they have', () => {
    const urls = new NginxRtmpAdaptor().admit(first, ['rtmp://m/live/a', 'rtmps://m/live/b?x=1']);
    expect(urls[0]).toMatch(/^rtmp:\/\/m\/live\/a\?token=[\w-]{32}$/);
    expect(urls[1]).toMatch(/^rtmps:\/\/m\/live\/b\?token=[\w-]{32}&x=1$/);
  });

  test('are other ones for every attempt', () => {
    const adaptor = new NginxRtmpAdaptor();
    expect(adaptor.admit(first, ['rtmp://m/live/a'])).not.toEqual(adaptor.admit(second, ['rtmp://m/live/a']));
  });

  test('stay as they are, with a warning, where they are not RTMP', () => {
    const warnings: string[] = [];
    const adaptor = new NginxRtmpAdaptor({ onWarning: (warning) => warnings.push(warning) });
    expect(adaptor.admit(first, ['srt://m:9000?streamid=secret'])).toEqual(['srt://m:9000?streamid=secret']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain('secret');
  });
});
