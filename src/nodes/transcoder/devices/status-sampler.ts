import type { DeviceStatus } from '../../../transcoder/device-status.js';
import { withinTime } from '../../within-time.js';

const keptMs = 2000;
const longestWaitMs = 500;

/**
 * Asks the driver how the GPUs are, however many want to know it: not more often than every two seconds, one question at
 * a time, and nobody waits long for one that hangs.
 */
export class StatusSampler {
  readonly #ask: () => Promise<DeviceStatus[]>;
  readonly #now: () => number;
  readonly #onSample: (statuses: readonly DeviceStatus[]) => void;
  #latest: readonly DeviceStatus[] = [];
  #askedAtMs = -Infinity;
  #asking: Promise<void> | undefined;

  /**
   * @param now a clock in milliseconds that only goes forward
   * @param onSample hears every answer
   */
  constructor(
    ask: () => Promise<DeviceStatus[]>,
    now: () => number,
    onSample: (statuses: readonly DeviceStatus[]) => void,
  ) {
    this.#ask = ask;
    this.#now = now;
    this.#onSample = onSample;
  }

  /** The latest there is. Empty while the driver does not answer: what it said before is not how things are. */
  async sample(): Promise<readonly DeviceStatus[]> {
    if (this.#asking === undefined && this.#now() - this.#askedAtMs >= keptMs) {
      this.#askedAtMs = this.#now();
      this.#asking = this.#refresh();
    }
    if (this.#asking === undefined) return this.#latest;
    const asking = this.#asking;
    await withinTime(longestWaitMs, asking);
    return this.#asking === asking ? [] : this.#latest;
  }

  async #refresh(): Promise<void> {
    try {
      this.#latest = await this.#ask();
      this.#onSample(this.#latest);
    } catch {
      this.#latest = [];
    } finally {
      this.#asking = undefined;
    }
  }
}
