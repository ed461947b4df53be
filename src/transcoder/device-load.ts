/** What one job adds to the load of a device. */
export interface DeviceShare {
  /** Absent: none, as with a job on the CPU. */
  readonly device: number | undefined;
  readonly pixelsPerSecond: number;
  /** The job turned out to be elsewhere. */
  move(device: number | undefined): void;
  /** The job turned out to be more. */
  add(pixelsPerSecond: number): void;
  /** The job has ended. Once is enough. */
  readonly release: () => void;
}

/**
 * How much every device has to do, in pixels per second: those that are encoded, and those that are decoded, where that
 * is known. A job stays where it was put, so this is looked at once for each.
 */
export class DeviceLoad {
  readonly #shares = new Set<DeviceShare>();

  /** Of all jobs at the device. */
  of(device: number): number {
    let sum = 0;
    for (const share of this.#shares) if (share.device === device) sum += share.pixelsPerSecond;
    return sum;
  }

  /** The devices in the order in which a job should try them: the least loaded first, and else as they were given. */
  order(devices: readonly number[]): number[] {
    return devices.toSorted((one, other) => this.of(one) - this.of(other));
  }

  book(device: number | undefined, pixelsPerSecond: number): DeviceShare {
    const share = new Share(device, pixelsPerSecond, () => this.#shares.delete(share));
    this.#shares.add(share);
    return share;
  }
}

class Share implements DeviceShare {
  readonly release: () => void;
  #device: number | undefined;
  #pixelsPerSecond: number;

  constructor(device: number | undefined, pixelsPerSecond: number, release: () => void) {
    this.#device = device;
    this.#pixelsPerSecond = pixelsPerSecond;
    this.release = release;
  }

  get device(): number | undefined {
    return this.#device;
  }

  get pixelsPerSecond(): number {
    return this.#pixelsPerSecond;
  }

  move(device: number | undefined): void {
    this.#device = device;
  }

  add(pixelsPerSecond: number): void {
    this.#pixelsPerSecond += pixelsPerSecond;
  }
}
