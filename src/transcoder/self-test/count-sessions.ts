import { encodersOn } from '../planned-device.js';
import { TranscodeError } from '../error.js';
import { Transcoder } from '../transcoder.js';
import { nowhere } from './nowhere.js';

export interface CountedSessions {
  /** Encoders that were open at once. */
  opened: number;
  /** Whether the driver refused one more. `false`: more were not tried. */
  refused: boolean;
}

/** Opens encoders on a GPU, one after the other and all at once, until its driver refuses one or there are `most`. */
export async function countSessions(device: number, most: number, signal: AbortSignal): Promise<CountedSessions> {
  const end = new AbortController();
  const jobs: Transcoder[] = [];
  try {
    for (let opened = 0; opened < most; opened += 1) {
      const job = oneEncoder(device, AbortSignal.any([signal, end.signal]));
      jobs.push(job);
      if (!(await isEncodedOn(device, job))) return { opened, refused: true };
    }
    return { opened: most, refused: false };
  } finally {
    end.abort();
    await Promise.all(jobs.map((job) => job[Symbol.asyncDispose]()));
  }
}

/** A job that goes on until it is broken off. */
function oneEncoder(device: number, signal: AbortSignal): Transcoder {
  return new Transcoder({
    input: 'testpattern:640x360@30',
    renditions: [{ profile: { width: 320, height: 180, bitrate: 500_000 }, output: nowhere() }],
    accel: `nvidia:${device}`,
    audio: 'drop',
    signal,
  });
}

async function isEncodedOn(device: number, job: Transcoder): Promise<boolean> {
  const started = new Promise<boolean>((resolve) => {
    job.on('started', ({ renditions }) => {
      resolve(encodersOn(device, renditions) > 0);
    });
  });
  const ended = job.run().then(
    () => false,
    (error: unknown) => {
      if (error instanceof TranscodeError && error.stage === 'device') return false;
      throw error;
    },
  );
  // Broken off at the end, whichever came first.
  ended.catch(() => undefined);
  return Promise.race([started, ended]);
}
