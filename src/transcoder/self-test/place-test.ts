import { join } from 'node:path';

import { comparePictures } from '../compare-pictures.js';
import { TranscodeError } from '../error.js';
import type { RenditionPlan } from '../events.js';
import type { Accel, RenditionOptions } from '../options.js';
import { deviceOf } from '../planned-device.js';
import { countSessions, type CountedSessions } from './count-sessions.js';
import { runLadder, type LadderRun } from './ladder-run.js';
import { nowhere } from './nowhere.js';
import { pictureVerdict, type PictureVerdict } from './picture-verdict.js';
import { seconds } from './source.js';

/** What the CPU, or one GPU with the CPU's help, did of a few seconds of generated video. */
export interface PlaceReport {
  /** `cpu` or `nvidia:N`. */
  place: string;
  /** The card's, as its driver says it; how many cores, of the CPU. */
  name: string;
  /** Where each stage ran, and by which encoder. Absent: it did not come so far. */
  stages?: { decode: string; scale: string; encode: string; encoder: string };
  /** How like they are: the CPU's to the source, a GPU's to the CPU's. */
  pictures?: Omit<PictureVerdict, 'problem'> & { against: 'source' | 'cpu' };
  /** Frames per second of the source, decoded and scaled to one picture that is next to nothing to encode. */
  decodeFps?: number;
  /** Frames per second of the source, for the whole ladder. */
  ladderFps?: number;
  /** Encoded, over all renditions of the ladder. */
  pixelsPerSecond?: number;
  /** Absent: it does not encode. */
  sessions?: CountedSessions;
  /** What is wrong. Absent: nothing is. */
  problem?: string;
}

const ladder = [
  { width: 854, height: 480 },
  { width: 640, height: 360 },
  { width: 426, height: 240 },
];
// High enough that what the encoders leave out does not show beside what a decoder or a scaler gets wrong.
const bitrate = 12_000_000;
const small = { width: 160, height: 90, bitrate: 100_000, preset: 'ultrafast' } as const;

export interface PlaceTestOptions {
  place: string;
  accel: Accel;
  /** Where files may be put. */
  folder: string;
  source: string;
  signal: AbortSignal;
  /** Whose pictures are right. Absent: the source's. */
  reference?: Pick<PlaceTest, 'file'>;
  /** A GPU's number. */
  device?: number;
  mostSessions?: number;
}

/** Tries one place. */
export class PlaceTest {
  readonly #options: PlaceTestOptions;
  readonly #report: PlaceReport;
  #timestampBaseUs = 0;

  constructor(options: PlaceTestOptions) {
    this.#options = options;
    this.#report = { place: options.place, name: '' };
  }

  /** What fails is a problem of the place, and told. */
  async run(name: string): Promise<PlaceReport> {
    this.#report.name = name;
    try {
      await this.#measure();
      await this.#compare();
      await this.#count();
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (!(error instanceof TranscodeError)) throw error;
      this.#report.problem = `${error.code}: ${error.message}`;
    }
    return this.#report;
  }

  /** Where the rendition of this height went. */
  file(height: number): string {
    return join(this.#options.folder, `${this.#options.place.replace(':', '-')}-${height}p.ts`);
  }

  async #measure(): Promise<void> {
    const report = this.#report;
    const { device } = this.#options;
    const whole = await this.#run(
      ladder.map((size) => ({ profile: { ...size, bitrate }, output: this.file(size.height) })),
    );
    this.#timestampBaseUs = whole.result.timestampBaseUs ?? 0;
    const [plan] = whole.plans;
    if (plan !== undefined) report.stages = stagesOf(plan);
    report.ladderFps = whole.framesPerSecond;
    report.pixelsPerSecond = whole.framesPerSecond * ladder.reduce((sum, size) => sum + size.width * size.height, 0);
    report.decodeFps = (await this.#run([{ profile: small, output: nowhere() }])).framesPerSecond;
    if (device !== undefined && deviceOf(whole.plans) !== device)
      report.problem = 'No stage ran on this GPU, although it was insisted on.';
  }

  #run(renditions: readonly RenditionOptions[]): Promise<LadderRun> {
    const { source, accel, signal } = this.#options;
    return runLadder({ input: source, seconds, renditions, accel, signal });
  }

  async #compare(): Promise<void> {
    const { source, reference, signal } = this.#options;
    const fromUs = this.#timestampBaseUs;
    const stretch = { fromUs, untilUs: fromUs + seconds * 1_000_000 };
    const comparisons = [];
    for (const { height } of ladder)
      comparisons.push(
        await comparePictures(
          {
            source: { input: reference?.file(height) ?? source, ...stretch },
            rendition: { input: this.file(height), ...stretch },
          },
          { signal },
        ),
      );
    const { problem, ...likeness } = pictureVerdict(comparisons);
    this.#report.pictures = { ...likeness, against: reference === undefined ? 'source' : 'cpu' };
    if (problem !== undefined) this.#report.problem = problem;
  }

  async #count(): Promise<void> {
    const { device, mostSessions = 0, place, signal } = this.#options;
    if (device === undefined || mostSessions === 0 || this.#report.stages?.encode !== place) return;
    this.#report.sessions = await countSessions(device, mostSessions, signal);
  }
}

function stagesOf({
  decode = '',
  scale = '',
  encode = '',
  encoder = '',
}: RenditionPlan): NonNullable<PlaceReport['stages']> {
  return { decode, scale, encode, encoder };
}
