import { expect, test } from 'vitest';

import { redactUrl } from '../../src/transcoder/redact-url.js';

test.each([
  ['https://user:pass@media.example:8443/live/a.ts?token=t#f', 'https://media.example:8443/live/a.ts?…'],
  ['HTTP://a@b@media.example/x', 'http://media.example/x'],
  ['rtmp://media.example/live/key', 'rtmp://media.example/live/…'],
  ['rtmps://u:p@media.example/live/room/key?auth=a/b', 'rtmps://media.example/live/…'],
  ['rtmp://media.example', 'rtmp://media.example'],
  ['srt://media.example:9000?streamid=key', 'srt://media.example:9000?…'],
  ['recordings/what?.ts', 'recordings/what?.ts'],
])('%s is shown as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown);
});
