import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import { BoundedLabel } from './bounded-label.js';
import { DeviceMetrics } from './device-metrics.js';
import { LoadGauges } from './load-gauges.js';
import type { Load, Outcome } from './outcome.js';
import { ReportedHistogram, type ReportedBucket } from './reported-histogram.js';

/** The engine's own bounds, every other one of them where it does not matter. */
const latencyBounds = [
  ...[0.001, 0.002, 0.003, 0.004, 0.006, 0.008, 0.012, 0.016, 0.024, 0.032, 0.048, 0.064, 0.096, 0.128],
  ...[0.192, 0.256, 0.384, 0.512, 1.024, 2.048, 4.096, 8.192],
];

/** What a transcoder counts: `millrace_transcoder_*`. One per registry. */
export class TranscoderMetrics {
  /** How its GPUs are. */
  readonly devices: DeviceMetrics;
  readonly #attemptsStarted: Counter;
  readonly #attemptsEnded: Counter<'outcome' | 'fault_class'>;
  readonly #frameLatency: ReportedHistogram;
  readonly #realTimeRatio: Histogram;
  readonly #lastRatios = new Map<string, number>();
  readonly #workers: Gauge<'state'>;
  readonly #workerCrashes: Counter;
  readonly #framesDropped: Counter;
  readonly #connected: Gauge;
  readonly #load: LoadGauges;
  readonly #faultClasses = new BoundedLabel(8);

  constructor(registry: Registry) {
    const registers = [registry];
    this.#attemptsStarted = new Counter({
      name: 'millrace_transcoder_attempts_started_total',
      help: 'Attempts that were taken on.',
      registers,
    });
    this.#attemptsEnded = new Counter({
      name: 'millrace_transcoder_attempts_ended_total',
      help: 'Attempts that ended, by outcome; a failed one by whose fault it was.',
      labelNames: ['outcome', 'fault_class'],
      registers,
    });
    this.#frameLatency = new ReportedHistogram(registry, {
      name: 'millrace_transcoder_frame_latency_seconds',
      help: 'From a source access unit being complete to its picture handed to the output, over all renditions.',
      bounds: latencyBounds,
    });
    this.#realTimeRatio = new Histogram({
      name: 'millrace_transcoder_real_time_ratio',
      help: 'Media seconds delivered per second, as running attempts reported it; 1 is the pace of real time.',
      buckets: [0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 1, 1.02, 1.05, 1.1, 1.25, 1.5, 2, 4, 8],
      registers,
    });
    const lastRatios = this.#lastRatios;
    new Gauge({
      name: 'millrace_transcoder_real_time_ratio_lowest',
      help: 'The last report of the running attempt that is slowest; 1 when none is running.',
      registers,
      collect() {
        this.set(lastRatios.size === 0 ? 1 : Math.min(...lastRatios.values()));
      },
    });
    this.#workers = new Gauge({
      name: 'millrace_transcoder_workers',
      help: 'Child processes, by what they do.',
      labelNames: ['state'],
      registers,
    });
    this.#workerCrashes = new Counter({
      name: 'millrace_transcoder_worker_crashes_total',
      help: 'Child processes that ended without being told to.',
      registers,
    });
    this.#framesDropped = new Counter({
      name: 'millrace_transcoder_frames_dropped_total',
      help: 'Frames lost because an encoder or an output could not keep up with a live source.',
      registers,
    });
    this.#connected = new Gauge({
      name: 'millrace_transcoder_connected',
      help: '1 while the orchestrator has let this transcoder in, 0 otherwise.',
      registers,
    });
    this.#load = new LoadGauges(registry, 'millrace_transcoder');
    this.devices = new DeviceMetrics(registry);
    this.#attemptsEnded.inc({ outcome: 'finished', fault_class: 'none' }, 0);
  }

  attemptStarted(): void {
    this.#attemptsStarted.inc();
  }

  /** @param faultClass whose fault it was, when it failed */
  attemptEnded(outcome: Outcome, faultClass = 'none'): void {
    this.#attemptsEnded.inc({ outcome, fault_class: this.#faultClasses.of(faultClass) });
  }

  /**
   * The latencies of one rendition so far.
   *
   * @param key of the rendition in its attempt, such as `JOB/ATTEMPT/RENDITION`; the reports of a key add up
   */
  frameLatency(key: string, buckets: readonly ReportedBucket[]): void {
    this.#frameLatency.report(key, buckets);
  }

  /**
   * How fast an attempt is at the moment.
   *
   * @param key of the attempt, such as `JOB/ATTEMPT`
   */
  realTimeRatio(key: string, ratio: number): void {
    this.#realTimeRatio.observe(ratio);
    this.#lastRatios.set(key, ratio);
  }

  /** No more reports come of this key, nor of those that begin with it and a slash: to be called when an attempt ended. */
  forget(key: string): void {
    const below = (other: string) => other === key || other.startsWith(`${key}/`);
    this.#frameLatency.forget(below);
    for (const other of this.#lastRatios.keys()) if (below(other)) this.#lastRatios.delete(other);
  }

  workers({ idle, busy }: { idle: number; busy: number }): void {
    this.#workers.set({ state: 'idle' }, idle);
    this.#workers.set({ state: 'busy' }, busy);
  }

  workerCrashed(): void {
    this.#workerCrashes.inc();
  }

  /** @param count how many more */
  framesDropped(count: number): void {
    this.#framesDropped.inc(count);
  }

  capacity(load: Load): void {
    this.#load.set(load);
  }

  /** Whether the orchestrator has let it in. */
  connected(isConnected: boolean): void {
    this.#connected.set(isConnected ? 1 : 0);
  }
}
