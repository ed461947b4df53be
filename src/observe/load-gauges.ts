import { Gauge, type Registry } from 'prom-client';

import type { Load } from './outcome.js';

/** Capacity and load, as orchestrators and transcoders both have them. */
export class LoadGauges {
  readonly #pixelsPerSecond: Gauge;
  readonly #busyPixelsPerSecond: Gauge;
  readonly #sessions: Gauge;
  readonly #runningSessions: Gauge;

  /** @param prefix of the metrics' names, such as `millrace_transcoder` */
  constructor(registry: Registry, prefix: string) {
    const gauge = (name: string, help: string) => new Gauge({ name: `${prefix}_${name}`, help, registers: [registry] });
    this.#pixelsPerSecond = gauge(
      'capacity_pixels_per_second',
      'Encoded pixels per second that can be done at the pace of real time.',
    );
    this.#busyPixelsPerSecond = gauge('busy_pixels_per_second', 'How much of the capacity is taken.');
    this.#sessions = gauge('sessions_limit', 'Attempts that can be done at a time.');
    this.#runningSessions = gauge('sessions_running', 'Attempts that are being done.');
  }

  set({ pixelsPerSecond, busyPixelsPerSecond, sessions, runningSessions }: Load): void {
    this.#pixelsPerSecond.set(pixelsPerSecond);
    this.#busyPixelsPerSecond.set(busyPixelsPerSecond);
    this.#sessions.set(sessions);
    this.#runningSessions.set(runningSessions);
  }
}
