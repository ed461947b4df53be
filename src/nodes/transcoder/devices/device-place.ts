import type { Accel } from '../../../transcoder/options.js';
import type { DeviceShare } from '../../../transcoder/device-load.js';
import { pixelRate } from '../../../transcoder/pixel-rate.js';
import { deviceOf, encodersOn } from '../../../transcoder/planned-device.js';
import type { ForwardedEvent } from '../worker-messages.js';
import type { Card } from './card.js';
import { isDeviceFault, isSessionRefusal } from './device-fault.js';

/** What a job's place finds out about the cards. */
export interface PlaceListener {
  /** A job failed, or left the card, because of it. Once for each job. */
  onFault(card: Card, code: string): void;
  /** A job that tried the card worked. */
  onTrialPassed(card: Card): void;
  /** The driver refused an encoder. */
  onSessionsRefused(card: Card): void;
}

export interface DevicePlaceOptions {
  accel: Accel;
  /** Those that the job may be at; the first one is expected to have it. */
  cards: readonly Card[];
  /** Whether the job shows if the first one is fit again. */
  isTrial: boolean;
  /** How many encoders it may open. */
  encoders: number;
  share: DeviceShare;
  /** A clock in milliseconds that only goes forward. */
  now: () => number;
  listener: PlaceListener;
}

// What works for this long works.
const trialMs = 10_000;

/** Where one job is, from when it was put there to its end. Follows what the job tells, and counts it on its card. */
export class DevicePlace {
  readonly accel: Accel;
  readonly #options: DevicePlaceOptions;
  readonly #beganAtMs: number;
  /** Absent: on the CPU. Before it has started: where it is expected. */
  #card: Card | undefined;
  #encoders: number;
  #trial: Card | undefined;
  #hasStarted = false;
  #wasRefused = false;
  #isBlamed = false;
  #isOver = false;

  constructor(options: DevicePlaceOptions) {
    this.#options = options;
    this.accel = options.accel;
    this.#beganAtMs = options.now();
    [this.#card] = options.cards;
    this.#encoders = this.#card === undefined ? 0 : options.encoders;
    this.#card?.sessions.change(this.#encoders);
    if (options.isTrial) this.#trial = this.#card;
  }

  /** Something happened in the job. */
  heard(event: ForwardedEvent): void {
    if (this.#isOver) return;
    switch (event.type) {
      case 'started':
        this.#started(event);
        break;
      case 'warning':
        this.#told(event.code);
        break;
      case 'renditionFailed':
        this.#told(event.error.code);
        break;
      case 'progress':
        if (this.#options.now() - this.#beganAtMs >= trialMs && event.renditions.some(({ framesOut }) => framesOut > 0))
          this.#passedTrial();
        break;
      case 'renditionFinished':
        this.#passedTrial();
        break;
      case 'renditionStarted':
      case 'essence':
    }
  }

  /** The job did not end when it was told to, or its process says nothing: most likely a call of the driver hangs. */
  hung(): void {
    if (!this.#isOver) this.#blame('HUNG');
  }

  /** The job is over, and nothing of it is left. Once is enough. */
  ended(code?: string): void {
    if (this.#isOver) return;
    if (code !== undefined) this.#told(code);
    this.#isOver = true;
    this.#options.share.release();
    this.#card?.sessions.change(-this.#encoders);
    if (this.#wasRefused && this.#card !== undefined) this.#options.listener.onSessionsRefused(this.#card);
    this.#trial?.health.leftTrial();
  }

  #started({ source, renditions }: Extract<ForwardedEvent, { type: 'started' }>): void {
    const { cards, share, listener } = this.#options;
    const device = deviceOf(renditions);
    const expected = this.#card;
    expected?.sessions.change(-this.#encoders);
    this.#card = cards.find(({ index }) => index === device);
    this.#encoders = this.#card === undefined ? 0 : encodersOn(this.#card.index, renditions);
    this.#card?.sessions.change(this.#encoders);
    share.move(this.#card?.index);
    if (source.video) share.add(pixelRate(source.video));
    this.#hasStarted = true;
    if (this.#wasRefused) {
      const refusing = this.#card ?? expected;
      if (refusing !== undefined) listener.onSessionsRefused(refusing);
      this.#wasRefused = false;
    }
    if (this.#trial !== this.#card) {
      this.#trial?.health.leftTrial();
      this.#trial = undefined;
    }
  }

  #told(code: string): void {
    if (isDeviceFault(code)) this.#blame(code);
    if (!isSessionRefusal(code)) return;
    // How many encoders this job has itself is known only when it has started, or is over.
    if (this.#hasStarted && this.#card !== undefined) this.#options.listener.onSessionsRefused(this.#card);
    else this.#wasRefused = true;
  }

  #blame(code: string): void {
    if (this.#isBlamed || this.#card === undefined) return;
    this.#isBlamed = true;
    this.#trial = undefined;
    this.#options.listener.onFault(this.#card, code);
  }

  #passedTrial(): void {
    const trial = this.#trial;
    this.#trial = undefined;
    if (trial !== undefined) this.#options.listener.onTrialPassed(trial);
  }
}
