import { loadAddon, type NativeAccel } from '../addon.js';
import { DeviceLoad } from './device-load.js';
import type { JobEvent } from './job.js';
import { pixelRate } from './pixel-rate.js';
import { deviceOf } from './planned-device.js';
import type { ValidJob } from './validate-options.js';

/** Where a job is to go, and what keeps its place in mind. */
export interface PlacedJob {
  accel: NativeAccel;
  /** To be told every event of it. */
  heard(event: JobEvent): void;
  /** To be told when it has ended. */
  readonly ended: () => void;
}

/** Spreads the jobs of one process over the cards, so that each begins on the one that has least to do for this process. */
export class SpreadJobs {
  readonly #load = new DeviceLoad();
  readonly #findCards: () => Promise<readonly number[]>;
  /** Those that there are, once that is known. */
  #cards: readonly number[] = [];
  #looksForCards = false;

  /** @param findCards asked once, when the first job comes that leaves the choice open */
  constructor(findCards: () => Promise<readonly number[]>) {
    this.#findCards = findCards;
  }

  place(job: ValidJob): PlacedJob {
    const { kind, devices } = job.accel;
    if (kind === 'none') return { accel: job.accel, heard: () => undefined, ended: () => undefined };
    if (devices.length === 0) this.#look();
    // While nobody knows which cards there are, the engine takes the first that it can use, and says so.
    const order = this.#load.order(devices.length > 0 ? devices : this.#cards);
    const share = this.#load.book(order[0], ladderRate(job));
    return {
      accel: { kind, devices: order },
      heard: (event) => {
        if (event.type !== 'started') return;
        share.move(deviceOf(event.renditions));
        if (event.source.video) share.add(pixelRate(event.source.video));
      },
      ended: share.release,
    };
  }

  /** No job waits for it: a driver that is only now being loaded takes its time. */
  #look(): void {
    if (this.#looksForCards) return;
    this.#looksForCards = true;
    this.#findCards().then(
      (cards) => (this.#cards = cards),
      () => undefined, // then all is as it was
    );
  }
}

function ladderRate({ renditions }: ValidJob): number {
  return renditions.reduce(
    (sum, { width, height, fpsNumerator, fpsDenominator }) =>
      sum + pixelRate({ width, height, fps: fpsNumerator / fpsDenominator }),
    0,
  );
}

/** The jobs of this process. The driver's management library knows the cards without opening anything on them. */
export const processJobs = new SpreadJobs(async () => {
  const statuses = await loadAddon().deviceStatus();
  return statuses.map(({ index }) => index);
});
