import type { DeviceFigures, DeviceMetrics } from '../../../observe/device-metrics.js';
import type { Log } from '../../../observe/log.js';
import { accelChoice, accelText } from '../../../transcoder/accel.js';
import { DeviceLoad } from '../../../transcoder/device-load.js';
import type { DeviceStatus } from '../../../transcoder/device-status.js';
import type { GpuReport } from '../../../transcoder/devices.js';
import type { Accel } from '../../../transcoder/options.js';
import { Card } from './card.js';
import { DevicePlace, type PlaceListener } from './device-place.js';
import { StatusSampler } from './status-sampler.js';

export interface NodeDevicesOptions {
  /** Which GPUs may be used, and whether one has to be. */
  accel: Accel;
  /** Those of the machine. */
  gpus: readonly GpuReport[];
  log: Log;
  metrics: DeviceMetrics;
  /** Asks the driver how they are. */
  status: () => Promise<DeviceStatus[]>;
  /** A clock in milliseconds that only goes forward. */
  now: () => number;
  /** A card was taken out, or is back: what the node can do has changed. */
  onServiceChanged: () => void;
}

/** What a job is expected to take. */
export interface JobSize {
  /** Encoded, over all renditions. */
  pixelsPerSecond: number;
  renditions: number;
}

/** The GPUs of a transcoder: puts every job on one of them, and knows which are fit for it. */
export class NodeDevices {
  readonly #options: NodeDevicesOptions;
  readonly #kind: 'auto' | 'none' | 'nvidia';
  readonly #cards: readonly Card[];
  readonly #load = new DeviceLoad();
  readonly #sampler: StatusSampler;
  readonly #listener: PlaceListener = {
    onFault: (card, code) => {
      this.#failed(card, code);
    },
    onTrialPassed: (card) => {
      card.health.passedTrial();
      this.#options.log.info({ device: card.label }, 'the GPU works again: it is back in service');
      this.#options.onServiceChanged();
    },
    onSessionsRefused: (card) => {
      const known = card.sessions.limit;
      const limit = card.sessions.refused();
      if (limit !== known)
        this.#options.log.warn(
          { device: card.label, limit },
          'the driver allows no more encoder sessions than there are',
        );
      this.#count();
    },
  };

  constructor(options: NodeDevicesOptions) {
    this.#options = options;
    this.#kind = accelChoice(options.accel, 'accel').kind;
    this.#cards = cardsFor(options.accel, options.gpus).map((report) => new Card(report, options.now));
    this.#sampler = new StatusSampler(options.status, options.now, (statuses) => {
      this.#counted(statuses);
    });
    options.metrics.read(
      () => this.#cards.map((card) => this.#figures(card)),
      () => (this.#cards.length === 0 ? Promise.resolve([]) : this.#sampler.sample()),
    );
  }

  /** Those that are not taken out, by number. */
  get inService(): readonly number[] {
    return this.#cards.filter(({ health }) => health.state === 'in service').map(({ index }) => index);
  }

  /** Whether there is anything to put a job on. */
  get takesJobs(): boolean {
    return this.#kind !== 'nvidia' || this.#cards.length === 0 || this.#cards.some(({ health }) => health.takesJobs);
  }

  /**
   * A place for a job: on the card that has least to do, with the others to fall back on, those first that are known to
   * have encoders to spare. A card that was out for long enough is tried by one job, which has the same to fall back on.
   */
  place({ pixelsPerSecond, renditions }: JobSize): DevicePlace {
    const order = this.#order(renditions);
    const isTrial = order[0]?.health.began() ?? false;
    if (order.some(({ sessions }) => sessions.limit !== undefined)) this.#count();
    return new DevicePlace({
      accel: this.#accelFor(order),
      cards: order,
      isTrial,
      encoders: renditions,
      share: this.#load.book(order[0]?.index, pixelsPerSecond),
      now: this.#options.now,
      listener: this.#listener,
    });
  }

  /** What a worker process is to warm up on: what the next job is likely to be put on, and never on what is taken out. */
  warmOn(): Accel {
    if (this.#cards.length === 0) return this.#options.accel;
    const [device] = this.#load.order(this.inService);
    return device === undefined ? 'none' : accelText({ kind: 'auto', devices: [device] });
  }

  #order(encoders: number): Card[] {
    const due = this.#cards.find(({ health }) => health.state === 'due');
    const fit = this.#cards.filter(({ health }) => health.state === 'in service');
    const byLoad = this.#load.order(fit.map(({ index }) => index));
    const byRoom = fit
      .toSorted((one, other) => byLoad.indexOf(one.index) - byLoad.indexOf(other.index))
      .toSorted(
        (one, other) => Number(other.sessions.hasRoomFor(encoders)) - Number(one.sessions.hasRoomFor(encoders)),
      );
    return due === undefined ? byRoom : [due, ...byRoom];
  }

  #accelFor(order: readonly Card[]): Accel {
    // Of what is not there, or is no good, the engine says what is missing.
    if (this.#cards.length === 0) return this.#options.accel;
    if (order.length === 0) return this.#kind === 'nvidia' ? this.#options.accel : 'none';
    return accelText({ kind: this.#kind, devices: order.map(({ index }) => index) });
  }

  #failed(card: Card, code: string): void {
    const { log, metrics, onServiceChanged } = this.#options;
    metrics.failed(card.label, code);
    log.warn({ device: card.label, code }, 'a job failed because of the GPU, or left it');
    if (!card.health.failed()) return;
    log.error(
      { device: card.label, name: card.report.name, code, retryInS: card.health.restMs / 1000 },
      'the GPU fails repeatedly: it is taken out',
    );
    onServiceChanged();
  }

  /** Nobody waits for it: it is for the next job. */
  #count(): void {
    void this.#sampler.sample();
  }

  #counted(statuses: readonly DeviceStatus[]): void {
    for (const { index, encoderSessions } of statuses) {
      const card = this.#cards.find((one) => one.index === index);
      if (encoderSessions !== undefined) card?.sessions.counted(encoderSessions);
    }
  }

  #figures(card: Card): DeviceFigures {
    return {
      device: card.label,
      inService: card.health.state === 'in service',
      busyPixelsPerSecond: this.#load.of(card.index),
      encoderSessions: card.sessions.own,
      encoderSessionsLimit: card.sessions.limit,
    };
  }
}

/** Which of the machine's GPUs may be used. One without any unit, as it could not be opened, is none. */
export function cardsFor(accel: Accel, gpus: readonly GpuReport[]): GpuReport[] {
  const { kind, devices } = accelChoice(accel, 'accel');
  if (kind === 'none') return [];
  const usable = gpus.filter(({ decodes, scales, encodes }) => scales || decodes.length > 0 || encodes.length > 0);
  if (devices.length === 0) return usable;
  return devices.flatMap((device) => usable.filter(({ index }) => index === device));
}
