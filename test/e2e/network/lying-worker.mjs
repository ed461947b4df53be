// The worker of a transcoder that cheats, a double: it really transcodes, but from a spoiled copy of the source, or fewer
// pixels than it says. What it signs for is, unit for unit, the source that it was given and the renditions that it
// sent, so that no hash shows the lie.
import { spawn } from 'node:child_process';
import { Writable } from 'node:stream';

import { Transcoder } from '../../../dist/transcoder/transcoder.js';

/** By what `LYING_TRANSCODER_LIE` says, the filter that ffmpeg spoils the source with; its clock stays as it is. */
const filters = {
  none: 'null',
  black: 'drawbox=color=black:t=fill',
  // When all is delivered, it blames the source.
  evasive: 'drawbox=color=black:t=fill',
  unlucky: 'null',
  // Nor does it say a word about the source.
  silent: 'drawbox=color=black:t=fill',
  frozen: 'split[moving][first];[moving][first]freezeframes=first=0:last=1000000:replace=0',
  upscaled: 'scale=iw/2:ih/2,scale=2*iw:2*ih',
  overclaimed: 'null',
};
const blaming = ['evasive', 'unlucky'];
const sourceFault = { code: 'CONNECTION_RESET', stage: 'source', message: 'The source broke the connection off.' };
const lie = process.env['LYING_TRANSCODER_LIE'];
const cancelling = new AbortController();

process.on('disconnect', () => process.exit(0));
// The node may have gone while this program was being loaded.
if (!process.connected) process.exit(0);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
process.on('message', (request) => {
  if (request.type === 'run') void run(request.job);
  if (request.type === 'stop' || request.type === 'cancel') cancelling.abort();
});
setInterval(() => say({ type: 'beat' }), 250);
say({ type: 'ready' });

async function run(job) {
  const spoiling = spoiled(job.input.url);
  try {
    const signal = cancelling.signal;
    const read = lie === 'silent' ? undefined : readTruly({ ...job, signal });
    const renditions = lie === 'overclaimed' ? job.renditions.map(halved) : job.renditions;
    const input = { stream: spoiling.stdout, format: 'mpegts' };
    let progress;
    for await (const event of new Transcoder({ ...job, input, renditions, signal })) {
      if (event.type === 'ended') progress = event.result;
      else if (event.type !== 'essence') say({ type: 'event', event });
      else if (event.medium !== 'source') say({ type: 'event', event: claimed(event) });
    }
    await read;
    say({ type: 'ended', progress, ...(blaming.includes(lie) && { error: sourceFault }) });
  } catch (error) {
    say({ type: 'ended', error: { code: 'INTERNAL', stage: 'job', message: String(error) } });
  } finally {
    spoiling.kill('SIGKILL');
  }
}

function spoiled(url) {
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-crf', '10', '-g', '15'];
  const clock = ['-copyts', '-muxdelay', '0', '-muxpreload', '0', '-flush_packets', '1'];
  return spawn(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-analyzeduration', '300000', '-copyts', '-i', url],
      ...['-filter_complex', `[0:v]${filters[lie]}[spoiled]`, '-map', '[spoiled]', '-map', '0:a?'],
      ...[...encoder, '-c:a', 'copy', ...clock, '-f', 'mpegts', '-'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
}

/** Tells the essence of the source as it is; the rendition that this takes goes nowhere. */
async function readTruly(job) {
  const stream = new Writable({ write: (_bytes, _encoding, done) => done() });
  const profile = { width: 64, height: 36, bitrate: 50_000 };
  const renditions = [{ profile, output: { stream, format: 'mpegts' } }];
  for await (const event of new Transcoder({ ...job, renditions }))
    if (event.type === 'essence' && event.medium === 'source') say({ type: 'event', event });
}

function halved({ profile, ...rendition }) {
  return { ...rendition, profile: { ...profile, width: profile.width / 2, height: profile.height / 2 } };
}

function claimed(event) {
  if (lie !== 'overclaimed') return event;
  const { pixels, width, height } = event.window;
  return { ...event, window: { ...event.window, pixels: pixels * 4, width: width * 2, height: height * 2 } };
}

function say(report) {
  if (process.connected) process.send(report);
}
