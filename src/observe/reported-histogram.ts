import type { Histogram, Registry } from 'prom-client';

/** How many observations were greater than the bound of the bucket before, and not greater than this one's. */
export interface ReportedBucket {
  readonly upToMs: number;
  readonly count: number;
}

export interface ReportedHistogramOptions {
  name: string;
  help: string;
  /** Upper bounds in seconds, ascending. Right to the bucket where reports have these bounds too. */
  bounds: readonly number[];
}

/**
 * A Prometheus histogram in seconds of what was measured elsewhere: its reports are histograms themselves, each over
 * everything since the beginning. prom-client's own takes observations one by one only.
 *
 * The sum is as exact as the reports' buckets: an observation counts as the middle of its one.
 */
export class ReportedHistogram {
  readonly name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  /** One for each bound, and one for what lies above all of them. */
  readonly #counts: number[];
  #sum = 0;
  readonly #last = new Map<string, ReadonlyMap<number, number>>();

  constructor(registry: Registry, { name, help, bounds }: ReportedHistogramOptions) {
    this.name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = [...bounds, Infinity].map(() => 0);
    // A registry asks no more of a metric than its name and `get`, whatever its type says.
    registry.registerMetric(this as unknown as Histogram);
  }

  /**
   * Adds what is new since the last report under this key. A report in which a count went back is taken for the first
   * of a new series.
   */
  report(key: string, buckets: readonly ReportedBucket[]): void {
    const counts = new Map(buckets.map(({ upToMs, count }) => [upToMs, count]));
    const last = this.#last.get(key) ?? new Map<number, number>();
    const wentBack = [...last].some(([upToMs, count]) => (counts.get(upToMs) ?? 0) < count);
    let lowerMs = 0;
    for (const [upToMs, count] of counts) {
      const added = wentBack ? count : count - (last.get(upToMs) ?? 0);
      if (added > 0) this.#add((lowerMs + upToMs) / 2000, upToMs / 1000, added);
      lowerMs = upToMs;
    }
    this.#last.set(key, counts);
  }

  /** No more reports come under the keys that this is true for. What was counted stays. */
  forget(matches: (key: string) => boolean): void {
    for (const key of this.#last.keys()) if (matches(key)) this.#last.delete(key);
  }

  /** For the registry: the metric as prom-client's histograms give it. */
  get(): ReturnType<Histogram['get']> {
    let count = 0;
    const values = this.#counts.map((inBucket, index) => {
      count += inBucket;
      const le = this.#bounds[index] ?? '+Inf';
      return { labels: { le }, value: count, metricName: `${this.name}_bucket` };
    });
    return Promise.resolve({
      name: this.name,
      help: this.#help,
      type: 'histogram',
      aggregator: 'sum',
      values: [
        ...values,
        { labels: {}, value: this.#sum, metricName: `${this.name}_sum` },
        { labels: {}, value: count, metricName: `${this.name}_count` },
      ],
    } as unknown as Awaited<ReturnType<Histogram['get']>>);
  }

  /** For the registry: starts over. */
  reset(): void {
    this.#counts.fill(0);
    this.#sum = 0;
    this.#last.clear();
  }

  #add(middle: number, upTo: number, count: number): void {
    const index = this.#bounds.findIndex((bound) => upTo <= bound * (1 + 1e-9));
    const bucket = index < 0 ? this.#counts.length - 1 : index;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.#sum += middle * count;
  }
}
