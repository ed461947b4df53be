import type { MeasuredMachine } from './self-test.js';

/** How many encoded pixels per second a transcoder does, by the GPUs that are in service. */
export class Capacity {
  readonly #ofGpus: ReadonlyMap<number, number>;
  readonly #ofCpu: number;

  /** @param ofCpu of the CPU alone, which is what is left when no GPU is in service */
  private constructor(ofGpus: ReadonlyMap<number, number>, ofCpu: number) {
    this.#ofGpus = ofGpus;
    this.#ofCpu = ofCpu;
  }

  static measured({ gpus, cpu }: MeasuredMachine): Capacity {
    return new Capacity(gpus, cpu);
  }

  /**
   * What the operator says of the whole machine: every GPU has the same share of it, and so has the CPU without them.
   *
   * @param usesCpu whether jobs go on the CPU when no GPU is in service
   */
  static given(pixelsPerSecond: number, gpus: readonly number[], usesCpu: boolean): Capacity {
    const share = Math.round(pixelsPerSecond / Math.max(1, gpus.length));
    return new Capacity(new Map(gpus.map((gpu) => [gpu, share])), usesCpu || gpus.length === 0 ? share : 0);
  }

  /** At least 1: the protocol knows no transcoder that can do nothing. */
  of(inService: readonly number[]): number {
    const sum = inService.reduce((total, gpu) => total + (this.#ofGpus.get(gpu) ?? 0), 0);
    return Math.max(1, inService.length > 0 ? sum : this.#ofCpu);
  }
}
