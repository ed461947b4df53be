import { Counter, Gauge, type Registry } from 'prom-client';

import type { DeviceStatus } from '../transcoder/device-status.js';
import { BoundedLabel } from './bounded-label.js';

/** What a transcoder knows of one of its GPUs by itself. */
export interface DeviceFigures {
  /** As jobs name it: `nvidia:0`. */
  device: string;
  inService: boolean;
  busyPixelsPerSecond: number;
  /** This node's. */
  encoderSessions: number;
  /** As many as the driver allows, all programs together. Absent: that was not found out lately. */
  encoderSessionsLimit?: number | undefined;
}

/** What the driver says of one. */
type Reading = (status: DeviceStatus) => number | undefined;

/** How a transcoder's GPUs are: `millrace_transcoder_device_*`, by device. One per registry. */
export class DeviceMetrics {
  readonly #failures: Counter<'device' | 'code'>;
  readonly #codes = new BoundedLabel(8);
  #figures: () => readonly DeviceFigures[] = () => [];
  #statuses: () => Promise<readonly DeviceStatus[]> = () => Promise.resolve([]);

  constructor(registry: Registry) {
    this.#failures = new Counter({
      name: 'millrace_transcoder_device_failures_total',
      help: 'Jobs that failed or went elsewhere because of a GPU, by the reason.',
      labelNames: ['device', 'code'],
      registers: [registry],
    });
    this.#known(registry, 'in_service', '1 while jobs are put on it, 0 while it is taken out.', (one) =>
      Number(one.inService),
    );
    this.#known(
      registry,
      'busy_pixels_per_second',
      'Pixels per second that its jobs encode and decode.',
      (one) => one.busyPixelsPerSecond,
    );
    this.#known(
      registry,
      'own_encoder_sessions',
      "This node's encoders that are open on it.",
      (one) => one.encoderSessions,
    );
    this.#known(
      registry,
      'encoder_sessions_limit',
      'Encoders that its driver allows, as was found out when it refused one; absent when that was not lately.',
      (one) => one.encoderSessionsLimit,
    );
    const ratio = (percent: number | undefined) => (percent === undefined ? undefined : percent / 100);
    const said: [name: string, help: string, reading: Reading][] = [
      ['utilization_ratio', 'How much of the time its cores are at work.', (one) => ratio(one.computePercent)],
      ['encoder_utilization_ratio', 'Likewise its encoders.', (one) => ratio(one.encoderPercent)],
      ['decoder_utilization_ratio', 'Likewise its decoders.', (one) => ratio(one.decoderPercent)],
      ['memory_used_bytes', 'Of all programs.', (one) => one.memoryUsedBytes],
      ['memory_bytes', 'The memory it has.', (one) => one.memoryTotalBytes],
      ['encoder_sessions', 'Encoders that are open on it, of all programs.', (one) => one.encoderSessions],
      ['temperature_celsius', 'Of the chip.', (one) => one.temperatureCelsius],
    ];
    for (const [name, help, reading] of said) this.#said(registry, name, help, reading);
  }

  /**
   * Where the figures come from, at every scrape.
   *
   * @param statuses never waits for long; what it leaves out has no metrics
   */
  read(figures: () => readonly DeviceFigures[], statuses: () => Promise<readonly DeviceStatus[]>): void {
    this.#figures = figures;
    this.#statuses = statuses;
  }

  failed(device: string, code: string): void {
    this.#failures.inc({ device, code: this.#codes.of(code) });
  }

  #known(registry: Registry, name: string, help: string, reading: (one: DeviceFigures) => number | undefined): void {
    this.#gauge(registry, name, help, () =>
      Promise.resolve(this.#figures().map((one) => [one.device, reading(one)] as const)),
    );
  }

  #said(registry: Registry, name: string, help: string, reading: Reading): void {
    this.#gauge(registry, name, help, async () => {
      const known = new Set(this.#figures().map(({ device }) => device));
      const statuses = await this.#statuses();
      return statuses
        .map((status) => [`nvidia:${status.index}`, reading(status)] as const)
        .filter(([device]) => known.has(device));
    });
  }

  #gauge(
    registry: Registry,
    name: string,
    help: string,
    values: () => Promise<(readonly [device: string, value: number | undefined])[]>,
  ): void {
    new Gauge({
      name: `millrace_transcoder_device_${name}`,
      help,
      labelNames: ['device'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const [device, value] of await values()) if (value !== undefined) this.set({ device }, value);
      },
    });
  }
}
